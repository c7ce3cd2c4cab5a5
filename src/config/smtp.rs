//! The mail server: `smtps://USER:PASSWORD@HOST:PORT?from=ADDRESS`.

use std::fmt;

use lettre::Address;
use url::{Host, Url};

/// Allowed addresses.
const ADVICE: &str =
    "smtps://USER@HOST?from=chat@example.com for TLS, smtp://… for STARTTLS, also with &tls=off";

/// Mail server, and the sender of all mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// User and password; `None` without authentication.
    pub credentials: Option<(String, MailPassword)>,
    /// Sender.
    pub from: Address,
}

/// Encryption of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the beginning (RFC 8314).
    Tls,
    /// STARTTLS, which must succeed (RFC 3207).
    StartTls,
    /// None: a mail server on this machine or in a trusted network.
    Off,
}

/// Password of the mail server. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailPassword(pub String);

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailPassword(…)")
    }
}

/// Parses the URL of a mail server.
pub(super) fn mail_server(value: &str) -> Result<MailSettings, &'static str> {
    parse(value.trim()).ok_or(ADVICE)
}

fn parse(value: &str) -> Option<MailSettings> {
    let url = Url::parse(value).ok()?;
    let is_plain = ["", "/"].contains(&url.path()) && url.fragment().is_none();
    let host = url.host_str().filter(|host| is_plain && !host.is_empty())?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let (mut from, mut is_off) = (None, is_loopback(&url));
    for (key, value) in url.query_pairs() {
        match (&*key, &*value) {
            ("from", address) => from = Some(address.parse().ok()?),
            ("tls", "on") => is_off = false,
            ("tls", "off") if url.scheme() == "smtp" => is_off = true,
            _ => return None,
        }
    }
    let (security, port) = match url.scheme() {
        "smtps" => (MailSecurity::Tls, 465),
        "smtp" if is_off => (MailSecurity::Off, 25),
        "smtp" => (MailSecurity::StartTls, 587),
        _ => return None,
    };
    Some(MailSettings {
        host,
        port: url.port().unwrap_or(port),
        security,
        credentials: match url.username() {
            "" if url.password().is_some() => return None,
            "" => None,
            user => {
                let password = decoded(url.password().unwrap_or_default())?;
                Some((decoded(user)?, MailPassword(password)))
            }
        },
        from: from?,
    })
}

/// Whether the mail server is on this machine. Its certificate is seldom a trusted one.
fn is_loopback(url: &Url) -> bool {
    match url.host_str().map(Host::parse) {
        Some(Ok(Host::Ipv4(address))) => address.is_loopback(),
        Some(Ok(Host::Ipv6(address))) => address.is_loopback(),
        Some(Ok(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

/// Decodes the percent-encoding of a user or a password (RFC 3986).
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_sets_encryption_and_port() {
        for (url, host, port, security) in [
            ("smtps://mail.test", "mail.test", 465, MailSecurity::Tls),
            ("smtp://mail.test", "mail.test", 587, MailSecurity::StartTls),
            (
                "smtp://mail.test:25/",
                "mail.test",
                25,
                MailSecurity::StartTls,
            ),
            ("smtp://localhost", "localhost", 25, MailSecurity::Off),
            (
                "smtp://127.0.0.1:2525",
                "127.0.0.1",
                2525,
                MailSecurity::Off,
            ),
            ("smtp://[::1]:2525", "::1", 2525, MailSecurity::Off),
            (
                "smtps://[2001:db8::1]",
                "2001:db8::1",
                465,
                MailSecurity::Tls,
            ),
        ] {
            let settings = mail_server(&format!("{url}?from=chat@mail.test"));
            let settings = settings.expect("a mail server");
            let found = (&*settings.host, settings.port, settings.security);
            assert_eq!(found, (host, port, security), "{url}");
        }
        for (url, security) in [
            ("smtp://mail.test?tls=off&from=a@b.test", MailSecurity::Off),
            (
                "smtp://localhost?tls=on&from=a@b.test",
                MailSecurity::StartTls,
            ),
        ] {
            assert_eq!(mail_server(url).map(|one| one.security), Ok(security));
        }
    }

    #[test]
    fn user_and_password_are_decoded_and_not_printed() {
        let url = "smtps://ada%40mail.test:p%3A%C3%A4ss@mail.test?from=chat@mail.test";
        let settings = mail_server(url).expect("a mail server");
        let password = MailPassword("p:äss".into());
        let expected = Some(("ada@mail.test".into(), password));
        assert_eq!(settings.credentials, expected);
        assert!(!format!("{settings:?}").contains("ss\""));
        assert_eq!(settings.from.to_string(), "chat@mail.test");
    }

    #[test]
    fn other_urls_are_refused() {
        for url in [
            "mail.test",
            "smtp://mail.test",
            "smtp://?from=a@b.test",
            "http://mail.test?from=a@b.test",
            "smtp://mail.test/box?from=a@b.test",
            "smtp://mail.test?from=nobody",
            "smtp://mail.test?from=a@b.test&to=c@d.test",
            "smtps://mail.test?from=a@b.test&tls=off",
            "smtps://:secret@mail.test?from=a@b.test",
            "smtp://mail.test?from=a%0d%0aBcc:x@b.test",
        ] {
            assert!(mail_server(url).is_err(), "{url}");
        }
    }
}
