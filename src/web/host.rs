//! Protection against DNS rebinding: a page whose name points to this server has a host that is not this server's.
//!
//! Browsers take a page of `http://evil.test:8000` for one of this server as soon as `evil.test` has its address. Only
//! the `Host` header (RFC 9110, section 7.2) tells them apart. Addresses and `localhost` cannot be pointed elsewhere.

use poem::Request;

use super::peer::Peer;
use crate::{
    config::{Config, address_of, host_of},
    error::{Error, Result},
};

/// Paths that any host has, because they reveal nothing: the health check, which programs also call by an address
/// inside their network, and the files of the page that says where this server is.
const ANYWHERE: [&str; 2] = ["/health", "/assets/"];

/// Refuses a request for a host that is not this server's: neither that of `--public-url`, nor, while the server
/// listens on loopback, a name of this machine or the address that it listens on. Without `--public-url`, all hosts are
/// accepted from trusted proxies, and while the server listens beyond loopback.
pub fn guard(request: &Request, config: &Config) -> Result<()> {
    let Some(host) = of(request) else {
        return Ok(()); // HTTP/1.0, which browsers do not send
    };
    let path = request.uri().path();
    let is_anywhere = ANYWHERE.iter().any(|begin| path.starts_with(begin));
    match is_anywhere || is_ours(host, request, config) {
        true => Ok(()),
        false => Err(Error::Misdirected(
            config.public_url.as_ref().map(ToString::to_string),
        )),
    }
}

/// Host and port that a request is for. A complete URL in its first line precedes `Host` (RFC 9112, section 3.2.2).
pub fn of(request: &Request) -> Option<&str> {
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    authority.or_else(|| request.header("host"))
}

/// Address of this server as the client of a request knows it: `https://chat.test`.
pub fn own_address(request: &Request, config: &Config) -> String {
    if let Some(url) = &config.public_url {
        return url.to_string();
    }
    let https = request.data::<Peer>().is_some_and(|peer| peer.https);
    let scheme = if https { "https" } else { "http" };
    format!("{scheme}://{}", of(request).unwrap_or("localhost"))
}

fn is_ours(host: &str, request: &Request, config: &Config) -> bool {
    let is_public = config.public_url.as_ref().map(|url| url.is_at(host));
    let is_forwarded = request.data::<Peer>().is_some_and(|peer| peer.is_forwarded);
    match is_public {
        Some(true) => true,
        None if is_forwarded || !config.is_loopback() => true,
        _ => config.is_loopback() && is_local(host, config),
    }
}

/// Whether a host is a name of this machine, or the address that the server listens on. The port may be that of a
/// tunnel.
fn is_local(host: &str, config: &Config) -> bool {
    match address_of(host) {
        Some(address) => address.is_loopback() || address == config.listen.ip(),
        None => host_of(host).eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Command, read};

    fn config(args: &[&str]) -> Config {
        match read(args.iter().map(Into::into)) {
            Ok(Command::Serve(config)) => config,
            other => panic!("{args:?}: {other:?}"),
        }
    }

    #[test]
    fn a_complete_url_precedes_the_host_header() {
        let request = |uri: &str| {
            Request::builder()
                .uri_str(uri)
                .header("host", "127.0.0.1")
                .finish()
        };
        let config = config(&[]);
        assert!(guard(&request("/rooms"), &config).is_ok());
        assert!(guard(&request("http://127.0.0.1:8000/rooms"), &config).is_ok());
        assert!(guard(&request("http://evil.test/rooms"), &config).is_err());
    }

    #[test]
    fn beyond_loopback_only_a_public_url_limits_the_hosts() {
        let request = |host: &str| {
            Request::builder()
                .uri_str("/")
                .header("host", host)
                .finish()
        };
        let open = config(&["--listen", "0.0.0.0:8000"]);
        assert!(guard(&request("anything.test"), &open).is_ok());
        let url = [
            "--listen",
            "0.0.0.0:8000",
            "--public-url",
            "http://chat.test:8000",
        ];
        let named = config(&url);
        for (host, is_ours) in [
            ("chat.test:8000", true),
            ("Chat.Test:8000", true),
            ("chat.test", false),
            ("localhost:8000", false),
            ("192.0.2.1:8000", false),
        ] {
            assert_eq!(guard(&request(host), &named).is_ok(), is_ours, "{host}");
        }
    }
}
