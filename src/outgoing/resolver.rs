//! Addresses of a host: by the system, or in tests by a given DNS server.

use std::net::{IpAddr, SocketAddr};

use tokio::net::lookup_host;
use url::Host;

use super::{Failure, Policy, address::is_public, dns, remote_server::RemoteServer};
use crate::config::{Config, Route};

/// Addresses of a host that are tried.
const MAX_ADDRESSES: usize = 4;

/// How names become addresses, and addresses connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// DNS server in place of the system's resolver. Only for tests.
    pub dns: Option<SocketAddr>,
    /// Replaced addresses. Only for tests; the policy checks the address before it is replaced.
    pub routes: Vec<Route>,
}

impl Network {
    /// The network that the settings give.
    pub fn of(config: &Config) -> Network {
        Network {
            dns: config.test_dns,
            routes: config.test_routes.clone(),
        }
    }

    /// Resolves a host once, and returns the addresses to connect to.
    ///
    /// # Errors
    /// `Refused` if the policy is public and one of the addresses is not: a name that has both is made to deceive.
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
            return Err(Failure::Refused("the address"));
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
