//! Addresses that contain the token of an invite link. They must not be written to logs or sent to other pages.

/// Begin of the path before the token.
pub const INVITE: &str = "/invite/";
/// The same in a query.
const ENCODED: &str = "%2finvite%2f";

/// `Referrer-Policy` of pages with such an address: only the origin is sent. `no-referrer` would also set the `Origin`
/// of their forms to `null`, which the origin guard refuses.
pub const REFERRER_POLICY: &str = "strict-origin";

/// Whether an address contains a token, in its path or as the page to open after the log-in.
pub fn has_token(address: &str) -> bool {
    address.contains(INVITE) || address.to_ascii_lowercase().contains(ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_paths_and_queries() {
        for address in [
            "/invite/abc",
            "/login?next=/invite/abc",
            "/login?next=%2Finvite%2Fabc",
        ] {
            assert!(has_token(address), "{address}");
        }
        assert!(!has_token("/invites") && !has_token("/invitations/5"));
    }
}
