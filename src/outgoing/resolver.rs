//! Host name resolution, by the system or, in tests, by a given DNS server.

use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;
use url::Host;

use super::{Failure, Policy, address::is_public, dns, remote_server::RemoteServer};
use crate::config::{Config, Route};

/// Maximum number of addresses to try per host.
const MAX_ADDRESSES: usize = 4;

/// Resolver settings and, in tests, replaced addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// DNS server to use instead of the system's resolver. For tests only.
    pub dns: Option<SocketAddr>,
    /// Addresses to replace when connecting. For tests only; the policy checks the original address.
    pub routes: Vec<Route>,
}

impl Network {
    /// Creates the network from the configuration.
    pub fn of(config: &Config) -> Network {
        Network {
            dns: config.test_dns,
            routes: config.test_routes.clone(),
        }
    }

    /// Resolves a host once, and returns the addresses to connect to.
    ///
    /// # Errors
    /// `Refused` if the policy is public and any address isn't. A name with both kinds is suspicious.
    pub(super) async fn resolve(
        &self,
        server: &RemoteServer,
        policy: Policy,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let mut addresses = match &server.host {
            Host::Ipv4(address) => vec![IpAddr::from(*address)],
            Host::Ipv6(address) => vec![IpAddr::from(*address)],
            Host::Domain(name) => self.look_up(name, server.port).await?,
        };
        if policy == Policy::Public && !addresses.iter().all(|address| is_public(*address)) {
            return Err(Failure::Refused("address that isn’t public"));
        }
        addresses.truncate(MAX_ADDRESSES);
        let connect = addresses
            .into_iter()
            .map(|address| self.route(address, server.port));
        Ok(connect.collect())
    }

    async fn look_up(&self, name: &str, port: u16) -> Result<Vec<IpAddr>, Failure> {
        let addresses: Vec<IpAddr> = match self.dns {
            Some(server) => dns::look_up(name, server).await.map_err(Failure::Broken)?,
            None => match lookup_host((name, port)).await {
                Ok(addresses) => addresses.map(|address| address.ip()).collect(),
                Err(_) => return Err(Failure::Unresolved),
            },
        };
        match addresses.is_empty() {
            true => Err(Failure::Unresolved),
            false => Ok(addresses),
        }
    }

    fn route(&self, address: IpAddr, port: u16) -> SocketAddr {
        let mut routes = self.routes.iter();
        let route = routes.find(|(from, _)| *from == address);
        route.map_or(SocketAddr::new(address, port), |(_, to)| *to)
    }
}
