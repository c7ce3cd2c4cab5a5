//! Web origins in settings: the one that people use, and those whose pages may call this server.

use std::net::IpAddr;

/// Web origin (RFC 6454): scheme, host and port, in lower case and without the default port of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    /// Host with the port, if it has one.
    authority: String,
}

impl Origin {
    /// Parses an origin as browsers send it, such as `https://chat.example.com`.
    pub fn parse(text: &str) -> Option<Origin> {
        let (scheme, authority) = text.split_once("://")?;
        let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let is_valid = !scheme.is_empty() && scheme.chars().all(is_scheme);
        (is_valid && is_authority(authority)).then(|| Origin::of(scheme, authority))
    }

    /// Origin of a scheme and an authority, such as the `Host` of a request. The default port may be left out (RFC
    /// 6454, section 4).
    pub fn of(scheme: &str, authority: &str) -> Origin {
        let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
        let default_port = match &*scheme {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let short = authority.strip_suffix(default_port).unwrap_or(&authority);
        Origin {
            authority: short.to_owned(),
            scheme,
        }
    }

    /// Whether it is one of HTTP or HTTPS.
    pub fn is_web(&self) -> bool {
        ["http", "https"].contains(&&*self.scheme)
    }

    /// Whether its pages come over HTTPS.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Its host, without the port.
    pub fn host(&self) -> &str {
        host_of(&self.authority)
    }

    /// Whether a request with this `Host` is for this origin.
    pub fn is_at(&self, host: &str) -> bool {
        Origin::of(&self.scheme, host).authority == self.authority
    }

    /// Whether it is a page over HTTP that this machine itself serves, on any port.
    pub fn is_loopback(&self) -> bool {
        let host = host_of(&self.authority);
        self.scheme == "http" && ["127.0.0.1", "localhost", "[::1]"].contains(&host)
    }
}

/// Shows it as browsers send it.
impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Origins whose pages may call this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// `*`: all of them.
    Any,
    /// `null`: pages from files, and others without an origin.
    Null,
    /// One origin.
    Only(Origin),
}

impl AllowedOrigin {
    /// Whether it includes an `Origin` header.
    pub fn includes(&self, header: &str) -> bool {
        match self {
            AllowedOrigin::Any => true,
            AllowedOrigin::Null => header == "null",
            AllowedOrigin::Only(origin) => Origin::parse(header).as_ref() == Some(origin),
        }
    }
}

/// Host of an authority, without its port. An IPv6 address keeps its brackets.
pub fn host_of(authority: &str) -> &str {
    let (end, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => return authority,
    };
    match port.contains(']') {
        true => authority, // a colon of the address
        false => end,
    }
}

/// IP address of an authority, unless its host is a name.
pub fn address_of(authority: &str) -> Option<IpAddr> {
    let host = host_of(authority);
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

/// Whether a text is a host with an optional port, without user, path or query.
fn is_authority(text: &str) -> bool {
    let host = host_of(text);
    let port = text.strip_prefix(host).unwrap_or_default();
    let is_in_host = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let is_host = !host.is_empty() && host.chars().all(is_in_host);
    let is_ipv6 = host.starts_with('[') && address_of(host).is_some_and(|ip| ip.is_ipv6());
    let is_port = |port: &str| {
        port.strip_prefix(':')
            .is_some_and(|n| n.parse::<u16>().is_ok())
    };
    (is_host || is_ipv6) && (port.is_empty() || is_port(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_nothing_else() {
        for (text, shown) in [
            ("https://chat.example.com", Some("https://chat.example.com")),
            (
                "HTTPS://Chat.Example.com:443",
                Some("https://chat.example.com"),
            ),
            ("http://10.0.0.7:8000", Some("http://10.0.0.7:8000")),
            ("http://[::1]:80", Some("http://[::1]")),
            (
                "chrome-extension://abcdef",
                Some("chrome-extension://abcdef"),
            ),
            ("chat.example.com", None),
            ("https://", None),
            ("://chat.example.com", None),
            ("https://chat.example.com/path", None),
            ("https://ada@chat.example.com", None),
            ("https://chat.example.com:99999", None),
            ("https://chat.example.com:443:443", None),
            ("https://two words", None),
            ("https://[::1", None),
            ("null", None),
        ] {
            let parsed = Origin::parse(text).map(|origin| origin.to_string());
            assert_eq!(parsed.as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn a_default_port_may_be_left_out_in_a_host() {
        for (origin, host, is_same) in [
            ("https://chat.test", "chat.test:443", true),
            ("https://chat.test:443", "chat.test", true),
            ("http://chat.test", "chat.test:80", true),
            ("http://[::1]", "[::1]:80", true),
            ("https://chat.test", "Chat.Test", true),
            ("https://chat.test:8443", "chat.test:8443", true),
            ("https://chat.test", "chat.test:80", false),
            ("http://chat.test", "chat.test:443", false),
            ("https://chat.test", "chat.test:8443", false),
            ("https://chat.test", "evil.test:443", false),
            ("https://chat.test", "chat.test:443:443", false),
            ("https://chat.test", "", false),
            ("ftp://chat.test", "chat.test:21", false),
        ] {
            let origin = Origin::parse(origin).expect("an origin");
            assert_eq!(origin.is_at(host), is_same, "{origin} {host}");
        }
    }

    #[test]
    fn pages_of_this_machine_are_known_by_name_and_address() {
        for (origin, is_loopback) in [
            ("http://127.0.0.1:3000", true),
            ("http://localhost", true),
            ("http://[::1]:5500", true),
            ("https://localhost", false),
            ("http://127.0.0.2:3000", false),
            ("http://localhost.evil.test", false),
            ("http://127.0.0.1.evil.test", false),
        ] {
            let parsed = Origin::parse(origin).expect("an origin");
            assert_eq!(parsed.is_loopback(), is_loopback, "{origin}");
        }
    }
}
