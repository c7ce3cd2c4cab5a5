//! Requests to other servers.
//!
//! Invariants: a name is resolved once, and the connection goes to exactly the addresses that were checked. With
//! [`Policy::Public`], no connection is opened to a non-public address. Cookies aren't stored, proxy settings in the
//! environment are ignored, and responses are limited in time and size.

mod address;
mod client;
mod connection;
mod dns;
mod remote_server;
mod resolver;
mod response;

use std::{fmt, io};

pub use client::{Client, Limits};
pub use resolver::Network;
pub use response::Response;
pub use url::Url;

/// Servers that a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Public addresses on ports 80 and 443 only. For URLs from users.
    Public,
    /// Allows every address and port, for endpoints that the operator configures.
    Trusted,
}

/// Reason why a request failed.
#[derive(Debug)]
pub enum Failure {
    /// The policy doesn't allow the URL or an address that its host resolves to.
    Refused(&'static str),
    /// The host name couldn't be resolved.
    Unresolved,
    /// The connection couldn't be opened.
    Broken(io::Error),
    /// The response isn't valid HTTP, or the connection broke.
    Invalid(hyper::Error),
    /// There was no response in time.
    TimedOut,
    /// There were more redirects than allowed.
    TooManyRedirects,
    /// The body is larger than allowed.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Refused(why) => write!(f, "refused: {why}"),
            Failure::Unresolved => f.write_str("the host name can’t be resolved"),
            Failure::Broken(error) => write!(f, "the connection failed: {error}"),
            Failure::Invalid(error) => write!(f, "the response is invalid: {error}"),
            Failure::TimedOut => f.write_str("no response in time"),
            Failure::TooManyRedirects => f.write_str("too many redirects"),
            Failure::TooLarge => f.write_str("the response is too large"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::other(failure)
    }
}
