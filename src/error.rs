//! What can go wrong for a person, one variant for each different thing they see.

use std::{fmt, time::Duration};

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};

/// The result of everything that may fail in front of a person.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error as a person meets it. It becomes a page, a fragment, a notice or JSON where it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// What was sent cannot be read at all (400): says what form is expected.
    Malformed(String),
    /// What was sent is understood but not allowed (422): says what to do next.
    Invalid(String),
    /// The name belongs to somebody (409; 400 where the original project's clients expect it).
    Taken,
    /// It cannot be as things stand now (409): says why, and what to do.
    Conflict(String),
    /// No valid session (401).
    Unauthenticated,
    /// Not allowed (403): says why.
    Forbidden(String),
    /// Nothing here, or nothing that is yours (404).
    NotFound,
    /// The resource exists but takes only these methods (405).
    MethodNotAllowed(&'static str),
    /// A body, a name or a message beyond its limit (413).
    TooLarge,
    /// Too often (429): says what, and when to try again.
    TooMany(String, Duration),
    /// The server cannot do it now (503), but soon.
    Unavailable(Duration),
    /// Our fault (500). The text goes to the log, never to the person.
    Internal(String),
}

impl Error {
    /// The HTTP status of this error (RFC 9110).
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Taken | Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Adds `Retry-After` where a new try makes sense.
    pub fn say_when(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    /// Whole seconds until a new try makes sense, for `Retry-After` (at least 1).
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Error::TooMany(_, wait) | Error::Unavailable(wait) => {
                Some(wait.as_millis().div_ceil(1000).max(1) as u64)
            }
            _ => None,
        }
    }
}

/// The sentence for the person.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Malformed(text) | Error::Invalid(text) | Error::Forbidden(text) => text,
            Error::TooMany(text, _) | Error::Conflict(text) => text,
            Error::Taken => "Username already exists",
            Error::Unauthenticated => "Log in to continue.",
            Error::NotFound => "This page doesn’t exist, or you don’t have access to it.",
            Error::MethodNotAllowed(_) => "That request isn’t supported here.",
            Error::TooLarge => "That’s too large to send.",
            Error::Unavailable(_) => "The server is busy. Try again in a moment.",
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
