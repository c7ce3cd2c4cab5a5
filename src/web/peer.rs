//! Address and scheme of the client. Forwarded headers count only from trusted proxies.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use ipnet::IpNet;
use poem::{
    FromRequest, Request, RequestBody,
    http::{HeaderMap, HeaderName},
};

use super::headers;
use crate::{config::Config, error::Error};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Client of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Address of the client. IPv6 addresses are cut to their /64 network, the part of one subscriber.
    pub address: IpAddr,
    /// Whether the client's connection is encrypted.
    pub https: bool,
    /// Whether a trusted proxy passed the request on.
    pub is_forwarded: bool,
}

impl Peer {
    /// Reads `X-Forwarded-For` and `X-Forwarded-Proto` when `socket` is a trusted proxy: the client is
    /// the last address in the list that is not itself trusted.
    pub fn of(socket: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Peer {
        let trusts = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let (mut address, mut https) = (socket.to_canonical(), false);
        let names = [FORWARDED_FOR, FORWARDED_PROTO];
        let has_headers = names.iter().any(|name| headers.contains_key(name));
        let is_forwarded = has_headers && trusts(&address);
        if is_forwarded {
            let forwarded = headers::list(headers, FORWARDED_FOR);
            let mut hops = forwarded.rsplit(',').map_while(|hop| parse(hop.trim()));
            address = hops.find(|hop| !trusts(hop)).unwrap_or(address);
            let proto = headers::list(headers, FORWARDED_PROTO);
            let last = proto.rsplit(',').next().unwrap_or_default();
            https = last.trim().eq_ignore_ascii_case("https");
        }
        Peer {
            address: subscriber(address),
            https,
            is_forwarded,
        }
    }
}

/// Parses an address, with a port or without: some proxies add it.
fn parse(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    let address: IpAddr = text.parse().or_else(|_| with_port()).ok()?;
    Some(address.to_canonical())
}

/// Cuts an IPv6 address to its /64 network, the part of one subscriber.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 => v4,
    }
}

/// Cuts an IPv6 address to its /48 network, the largest part that one customer of a provider usually has.
pub fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 80 << 80).into()),
        v4 => v4,
    }
}

/// Warns once in the log of a proxy that `--trusted-proxies` does not name.
#[derive(Debug, Default)]
pub struct ProxyWarning(AtomicBool);

impl ProxyWarning {
    /// Checks a request that came from `socket`. Addresses of the internet are no proxy of the operator.
    pub fn check(&self, socket: IpAddr, request: &Request, config: &Config) {
        let address = socket.to_canonical();
        let is_named = config
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&address));
        if is_named || !is_near(address) || !is_proxied(request, address, config) {
            return;
        }
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "all log-ins come from {address}: a proxy there is not named, so its users share one limit. \
                 If it is yours, set --trusted-proxies {address}"
            );
        }
    }
}

/// Whether an address is of this machine or of a private network.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// Whether a request has headers of a proxy, or comes to this machine's address under a public name.
fn is_proxied(request: &Request, address: IpAddr, config: &Config) -> bool {
    let names = [FORWARDED_FOR, FORWARDED_PROTO];
    let has_headers = names
        .iter()
        .any(|name| request.headers().contains_key(name));
    let host = request.header("host").unwrap_or_default();
    let public_url = config.public_url.as_ref().filter(|url| !url.is_loopback());
    has_headers || address.is_loopback() && public_url.is_some_and(|url| url.is_at(host))
}

impl<'a> FromRequest<'a> for Peer {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Peer> {
        let missing = || Error::Internal("the middleware did not see this request".into());
        Ok(*req.data::<Peer>().ok_or_else(missing)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_is_cut_to_its_networks() {
        let cut = |of: fn(IpAddr) -> IpAddr, text: &str| {
            of(text.parse().expect("an address")).to_string()
        };
        assert_eq!(cut(subscriber, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(cut(site, "2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
        assert_eq!(cut(site, "192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn only_trusted_proxies_name_the_client_and_ipv6_counts_by_subscriber() {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8"].map(|net| net.parse().expect("a network"));
        let chain = "6.6.6.6, 1.1.1.1:567, 10.0.0.7";
        for (socket, forwarded, address, is_forwarded) in [
            ("9.9.9.9", "1.1.1.1", "9.9.9.9", false),
            ("127.0.0.1", chain, "1.1.1.1", true),
            ("2001:db8::1:2", "", "2001:db8::", false),
            ("2001:db8::9", "", "2001:db8::", false),
        ] {
            let mut headers = HeaderMap::new();
            headers::set(&mut headers, FORWARDED_FOR, forwarded);
            headers::set(&mut headers, FORWARDED_PROTO, "https");
            let peer = Peer::of(socket.parse().expect("an address"), &headers, &trusted);
            let address = address.parse().expect("an address");
            let expected = Peer {
                address,
                https: is_forwarded,
                is_forwarded,
            };
            assert_eq!(peer, expected, "{socket}");
        }
    }
}
