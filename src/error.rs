//! Errors of requests: one variant for each message or status that a client can get.

use std::{fmt, time::Duration};

use crate::byte_size;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};

/// Result of an operation whose failure is reported to a client.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of a request. The middleware renders it as a page, a fragment, a notice or JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Unreadable input (400), with the expected form.
    Malformed(String),
    /// Readable input that is not valid (422), with advice.
    Invalid(String),
    /// Username of another account (409; 400 where the original project's clients expect it).
    Taken,
    /// Conflict with the current state (409), with the reason and advice.
    Conflict(String),
    /// No valid session (401).
    Unauthenticated,
    /// Valid session in which the password was not entered lately (403).
    Unconfirmed,
    /// Missing permission (403), with the reason.
    Forbidden(String),
    /// Missing resource, or one that the user cannot see (404).
    NotFound,
    /// Resource that existed and can no longer be used (410), with the reason and advice.
    Gone(String),
    /// Request for a host that is not this server's (421), with its address if that is known.
    Misdirected(Option<String>),
    /// Unsupported method (405), with the value of `Allow`.
    MethodNotAllowed(String),
    /// Body, name or message above its size limit (413).
    TooLarge,
    /// Body of a type that is not taken here (415), with the expected one.
    UnsupportedType(String),
    /// Missing or unknown version of a protocol (412), with the expected one.
    Precondition(String),
    /// File above the limit (413), which is a number of bytes.
    FileTooLarge(u64),
    /// No space for a file (507), with the reason.
    NoSpace(String),
    /// Checksum of an upload that does not match (460, as in tus 1.0).
    Checksum,
    /// Rate limit (429), with the message and the time to wait.
    TooMany(String, Duration),
    /// Temporary failure (503), with the time to wait.
    Unavailable(Duration),
    /// The clock of the server stands before 1970, so no time can be stored (503).
    WrongClock,
    /// The disk takes no more data (503).
    Disk,
    /// The storage of files in other systems can’t be reached, or fails (503).
    Storage,
    /// Fault of the server (500). The text goes to the log, never to the client.
    Internal(String),
}

/// Time after which a client may try again when the disk is full or the storage of files fails.
const DISK_RETRY: Duration = Duration::from_secs(10);

impl Error {
    /// Rate limit, with the reason as a sentence and the time to wait, which is added in minutes or hours.
    pub fn too_many(what: &str, wait: Duration) -> Error {
        let minutes = wait.as_secs().div_ceil(60).max(1);
        let (number, unit) = match minutes {
            1 => (1, "minute"),
            2..=120 => (minutes, "minutes"),
            _ => (minutes.div_ceil(60), "hours"),
        };
        Error::TooMany(format!("{what} Try again in {number} {unit}."), wait)
    }

    /// HTTP status of this error (RFC 9110).
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Taken | Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Unconfirmed | Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Gone(_) => StatusCode::GONE,
            Error::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Error::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Error::TooLarge | Error::FileTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::UnsupportedType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Precondition(_) => StatusCode::PRECONDITION_FAILED,
            Error::NoSpace(_) => StatusCode::INSUFFICIENT_STORAGE,
            Error::Checksum => StatusCode::from_u16(460).unwrap_or(StatusCode::CONFLICT),
            Error::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) | Error::WrongClock | Error::Disk | Error::Storage => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether a form shows it above what was typed. Other errors have a page of their own.
    pub fn is_shown_in_form(&self) -> bool {
        matches!(
            self,
            Error::Invalid(_)
                | Error::Conflict(_)
                | Error::Gone(_)
                | Error::FileTooLarge(_)
                | Error::NoSpace(_)
                | Error::TooMany(..)
                | Error::Unavailable(_)
                | Error::WrongClock
                | Error::Disk
                | Error::Storage
        )
    }

    /// Adds `Retry-After` to the response headers if a retry can succeed.
    pub fn add_retry_after(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    /// Seconds to wait before a retry (at least 1), for `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        let wait = match self {
            Error::TooMany(_, wait) | Error::Unavailable(wait) => *wait,
            Error::Disk | Error::Storage => DISK_RETRY,
            _ => return None,
        };
        Some(wait.as_millis().div_ceil(1000).max(1) as u64)
    }
}

/// Message for the client.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Malformed(text) | Error::Invalid(text) | Error::Forbidden(text) => text,
            Error::UnsupportedType(text) | Error::Precondition(text) => text,
            Error::TooMany(text, _) | Error::Conflict(text) | Error::NoSpace(text) => text,
            Error::Gone(text) => text,
            Error::FileTooLarge(max) => {
                return write!(f, "Files can be up to {}.", byte_size::in_words(*max));
            }
            Error::Checksum => "Part of the file was damaged on the way. Try again.",
            Error::Misdirected(Some(url)) => {
                return write!(f, "This chat has another address. Open {url} instead.");
            }
            Error::Misdirected(None) => {
                "This chat has another address. To use this one, start the server with --public-url."
            }
            Error::Taken => "Username already exists",
            Error::Unauthenticated => "Log in to continue.",
            Error::Unconfirmed => {
                "Enter your password or use a passkey first: POST /account/confirmation. It counts for 10 minutes."
            }
            Error::NotFound => "This page doesn’t exist, or you don’t have access to it.",
            Error::MethodNotAllowed(_) => "That request isn’t supported here.",
            Error::TooLarge => "That’s too large to send.",
            Error::Unavailable(_) => "The server is busy. Try again in a moment.",
            Error::WrongClock => {
                "The server’s clock is wrong, so nothing can be saved. Ask its admin to set it."
            }
            Error::Disk => {
                "The server can’t save anything: its disk is full or failing. Try again later."
            }
            Error::Storage => {
                "The server can’t reach its file storage. Messages still work. Try again in a moment."
            }
            Error::Internal(_) => "Something went wrong on our end. Try again in a moment.",
        })
    }
}

impl std::error::Error for Error {}

impl poem::error::ResponseError for Error {
    fn status(&self) -> StatusCode {
        Error::status(self)
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Error {
        Error::Internal(format!("template: {error}"))
    }
}
