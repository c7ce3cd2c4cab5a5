//! Remote server that a URL refers to, checked against a policy.

use url::{Host, Url};

use super::{Failure, Policy};

/// Ports allowed by the public policy.
const PUBLIC_PORTS: [u16; 2] = [80, 443];

/// Host, port and scheme of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteServer {
    pub host: Host<String>,
    pub port: u16,
    pub is_https: bool,
}

impl RemoteServer {
    /// Extracts the server from a URL. Its host name isn't resolved yet.
    ///
    /// # Errors
    /// `Refused` if the scheme isn't http or https, if the URL includes credentials, or if the public policy doesn't
    /// allow the port.
    pub fn of(url: &Url, policy: Policy) -> Result<RemoteServer, Failure> {
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(Failure::Refused("unsupported scheme")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::Refused("user name or password in the URL"));
        }
        let host = url.host().map(|host| host.to_owned());
        let host = host.ok_or(Failure::Refused("URL without a host"))?;
        let port = url
            .port_or_known_default()
            .ok_or(Failure::Refused("URL without a port"))?;
        if policy == Policy::Public && !PUBLIC_PORTS.contains(&port) {
            return Err(Failure::Refused("port other than 80 and 443"));
        }
        Ok(RemoteServer {
            host,
            port,
            is_https,
        })
    }

    /// Returns the value of the `Host` header, which omits the default port (RFC 9110, section 7.2).
    pub fn authority(&self) -> String {
        let default_port = if self.is_https { 443 } else { 80 };
        match self.port == default_port {
            true => self.host.to_string(),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Returns the server name for TLS: the host without brackets or a trailing dot.
    pub fn tls_name(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }
}
