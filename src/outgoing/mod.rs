//! Requests to other servers.
//!
//! Invariants: a name is resolved once, and the connection goes to the very addresses that were checked. With
//! [`Policy::Public`], no connection is opened to an address that is not public. Cookies are not stored, proxies of the
//! environment are not used, and each answer is read within a deadline and up to a size.

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
    /// Public addresses on the ports 80 and 443, for URLs that users give.
    Public,
    /// All addresses and ports, for endpoints that the operator gives.
    Trusted,
}

/// Reason why a request has no usable answer.
#[derive(Debug)]
pub enum Failure {
    /// URL that the policy refuses, or an address that it resolves to.
    Refused(&'static str),
    /// No address for the name.
    Unresolved,
    /// No connection, or one that broke.
    Broken(io::Error),
    /// Answer that is not HTTP.
    Invalid(hyper::Error),
    /// No answer in time.
    TimedOut,
    /// More redirects than the limit.
    TooManyRedirects,
    /// Longer body than the limit.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Failure::Refused(why) => write!(f, "refused: {why}"),
            Failure::Unresolved => f.write_str("the name has no address"),
            Failure::Broken(error) => write!(f, "no connection: {error}"),
            Failure::Invalid(error) => write!(f, "no valid answer: {error}"),
            Failure::TimedOut => f.write_str("no answer in time"),
            Failure::TooManyRedirects => f.write_str("too many redirects"),
            Failure::TooLarge => f.write_str("the answer is too large"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        io::Error::other(failure)
    }
}
