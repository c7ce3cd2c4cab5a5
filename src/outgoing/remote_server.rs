//! The host, port and scheme of a URL, as far as a policy allows them.

use url::{Host, Url};

use super::{Failure, Policy};

/// Ports of public servers.
const PUBLIC_PORTS: [u16; 2] = [80, 443];

/// Server of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteServer {
    pub host: Host<String>,
    pub port: u16,
    pub is_https: bool,
}

impl RemoteServer {
    /// Checks the parts of a URL before its name is resolved.
    ///
    /// # Errors
    /// `Refused` for another scheme than http and https, for user info, and for other ports if the policy is public.
    pub fn of(url: &Url, policy: Policy) -> Result<RemoteServer, Failure> {
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(Failure::Refused("the scheme")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::Refused("a user name in the URL"));
        }
        let host = url.host().map(|host| host.to_owned());
        let host = host.ok_or(Failure::Refused("no host"))?;
        let port = url
            .port_or_known_default()
            .ok_or(Failure::Refused("no port"))?;
        if policy == Policy::Public && !PUBLIC_PORTS.contains(&port) {
            return Err(Failure::Refused("the port"));
        }
        Ok(RemoteServer {
            host,
            port,
            is_https,
        })
    }

    /// Value of the header `Host`: without the default port of the scheme (RFC 9110, section 7.2).
    pub fn authority(&self) -> String {
        let default_port = if self.is_https { 443 } else { 80 };
        match self.port == default_port {
            true => self.host.to_string(),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Name for TLS: an address has no brackets.
    pub fn tls_name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}
