//! E-mail addresses.

use std::fmt;

use lettre::Address;

/// Longest address (RFC 5321, section 4.5.3.1.3).
const MAX_LENGTH: usize = 254;

/// E-mail address that can be used in a header and at a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(pub(super) Address);

impl MailAddress {
    /// Parses an address as typed. The error is a sentence for the user.
    pub fn parse(text: &str) -> Result<MailAddress, &'static str> {
        let text = text.trim();
        let is_clean = text.len() <= MAX_LENGTH && text.is_ascii();
        let address: Option<Address> = text.parse().ok().filter(|_| is_clean);
        let has_domain = |address: &Address| address.domain().contains('.');
        let address = address.filter(has_domain).map(MailAddress);
        address.ok_or("Enter an e-mail address, such as ada@example.com.")
    }

    /// Form in which two addresses are compared.
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// An address for the log: its first letter and its domain.
pub fn for_log(address: &str) -> String {
    let (user, domain) = address.split_once('@').unwrap_or_default();
    let first = user.chars().next().unwrap_or_default();
    format!("{first}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_and_header_injection_is_refused() {
        let address = MailAddress::parse(" Ada.L+chat@Example.com ").expect("an address");
        assert_eq!(address.key(), "ada.l+chat@example.com");
        for text in [
            "",
            "ada",
            "ada@",
            "ada@localhost",
            "@example.com",
            "a b@example.com",
            "ada@example.com\r\nBcc: all@example.com",
            "ada@example.com, bob@example.com",
            "<ada@example.com>",
            "ädä@example.com",
            &format!("{}@example.com", "x".repeat(250)),
        ] {
            assert!(MailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_log_has_no_whole_address() {
        assert_eq!(for_log("ada@example.com"), "a…@example.com");
    }
}
