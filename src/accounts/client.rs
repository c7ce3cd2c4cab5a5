//! Client of a log-in: its address, browser and device.

use std::net::IpAddr;

use poem::{FromRequest, Request, RequestBody, http::header};
use uuid::Uuid;

use crate::web::{headers, peer::Peer, token};

/// Stored part of a `User-Agent` header (characters).
const MAX_USER_AGENT: usize = 300;

/// Browsers by a part of their `User-Agent`. The first match counts, because most of them also name others.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
/// Systems by a part of their `User-Agent`, in the same way.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Client that logs in.
#[derive(Clone)]
pub struct LogInClient {
    /// Address and scheme.
    pub peer: Peer,
    /// Cookie of a browser that has logged in before.
    pub device: Option<Uuid>,
    /// `User-Agent` header, cut to 300 characters.
    pub user_agent: String,
}

impl LogInClient {
    /// A client at an address, of which nothing else is known.
    pub fn at(address: IpAddr) -> LogInClient {
        let peer = Peer {
            address,
            https: false,
            is_forwarded: false,
        };
        LogInClient {
            peer,
            device: None,
            user_agent: String::new(),
        }
    }
}

impl<'a> FromRequest<'a> for LogInClient {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<LogInClient> {
        let user_agent = headers::text(req.headers(), header::USER_AGENT);
        Ok(LogInClient {
            peer: Peer::from_request(req, body).await?,
            device: token::device(req),
            user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
        })
    }
}

/// Browser and system of a `User-Agent`, such as “Firefox on Linux”.
pub fn device_name(user_agent: &str) -> String {
    let named = |table: &[(&str, &'static str)]| {
        let mut matches = table.iter().filter(|(part, _)| user_agent.contains(part));
        matches.next().map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_browser_and_system() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("", "Unknown device"),
            ("my-bot", "Unknown device"),
        ] {
            assert_eq!(device_name(user_agent), name);
        }
    }
}
