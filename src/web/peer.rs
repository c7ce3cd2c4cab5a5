//! Address and scheme of the client. Forwarded headers count only from trusted proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use poem::{
    FromRequest, Request, RequestBody,
    http::{HeaderMap, header::HeaderName},
};

use crate::error::Error;

/// Client of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Address of the client. IPv6 addresses are cut to their /64 network, the part of one subscriber.
    pub address: IpAddr,
    /// Whether the client's connection is encrypted.
    pub https: bool,
}

impl Peer {
    /// Reads `X-Forwarded-For` and `X-Forwarded-Proto` when `socket` is a trusted proxy: the client is
    /// the last address in the list that is not itself trusted.
    pub fn of(socket: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Peer {
        let trusts = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let socket = socket.to_canonical();
        if !trusts(&socket) {
            return Peer {
                address: subscriber(socket),
                https: false,
            };
        }
        let forwarded = list(headers, "x-forwarded-for");
        let address = forwarded.rsplit(',').map_while(|part| address(part.trim()));
        let client = address
            .map(|address| address.to_canonical())
            .find(|address| !trusts(address));
        let proto = list(headers, "x-forwarded-proto");
        let https = proto
            .rsplit(',')
            .next()
            .is_some_and(|p| p.trim().eq_ignore_ascii_case("https"));
        Peer {
            address: subscriber(client.unwrap_or(socket)),
            https,
        }
    }
}

/// Parses an address, with a port or without: some proxies add it.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

fn list(headers: &HeaderMap, name: &'static str) -> String {
    let values = headers.get_all(HeaderName::from_static(name)).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",")
}

fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

impl<'a> FromRequest<'a> for Peer {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Peer> {
        let known = req.data::<Peer>().copied();
        Ok(known
            .ok_or_else(|| Error::Internal("the middleware did not see this request".into()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn peer(socket: &str, forwarded: &'static str, trusted: &[&str]) -> Peer {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        let trusted: Vec<IpNet> = trusted
            .iter()
            .map(|net| net.parse().expect("a network"))
            .collect();
        Peer::of(socket.parse().expect("an address"), &headers, &trusted)
    }

    #[test]
    fn an_untrusted_client_cannot_choose_its_address() {
        let seen = peer("9.9.9.9", "1.1.1.1", &["127.0.0.1/32"]);
        assert_eq!(
            (seen.address.to_string().as_str(), seen.https),
            ("9.9.9.9", false)
        );
    }

    #[test]
    fn a_trusted_proxy_names_the_client_that_it_saw() {
        let seen = peer(
            "127.0.0.1",
            "6.6.6.6, 1.1.1.1:567, 10.0.0.7",
            &["127.0.0.1/32", "10.0.0.0/8"],
        );
        assert_eq!(
            (seen.address.to_string().as_str(), seen.https),
            ("1.1.1.1", true)
        );
    }

    #[test]
    fn ipv6_counts_by_subscriber() {
        assert_eq!(
            peer("2001:db8::1:2", "", &[]).address,
            peer("2001:db8::9", "", &[]).address
        );
    }
}
