//! Reasons why the storage did not do what it was asked for.

use std::fmt;

use crate::{error::Error, outgoing};
use hyper::StatusCode;

/// Codes of answers with other statuses after which the same request may succeed: a body that arrived late or damaged.
const TEMPORARY: [&str; 3] = ["RequestTimeout", "BadDigest", "XAmzContentChecksumMismatch"];

/// Reason why a request to the storage failed. Its text has no URL, because a URL contains the signature.
#[derive(Debug)]
pub enum StorageFailure {
    /// No such object.
    Missing,
    /// Another error status, with the code in the answer, such as `SlowDown`.
    Status(StatusCode, String),
    /// No answer.
    Unanswered(outgoing::Failure),
    /// No answer in time.
    TimedOut,
    /// Answer that is not XML, or not the expected one.
    Unreadable,
    /// Checksum that is not that of the bytes that were sent.
    Damaged,
    /// The received file could not be read.
    Disk(Error),
}

impl StorageFailure {
    /// The failure that an answer with an error status tells.
    pub fn of(status: StatusCode, body: &str) -> StorageFailure {
        let code = body.split_once("<Code>").map_or("", |(_, rest)| rest);
        let code = code.split('<').next().unwrap_or_default();
        let letters = code.chars().filter(char::is_ascii_alphanumeric);
        let code: String = letters.take(64).collect();
        match (status, &*code) {
            // A HEAD request has no code.
            (StatusCode::NOT_FOUND, "" | "NoSuchKey") => StorageFailure::Missing,
            _ => StorageFailure::Status(status, code),
        }
    }

    /// Whether the same request may succeed in a moment.
    pub fn is_temporary(&self) -> bool {
        match self {
            StorageFailure::Unanswered(_) | StorageFailure::TimedOut => true,
            StorageFailure::Status(status, code) => {
                status.is_server_error()
                    || matches!(status.as_u16(), 408 | 429)
                    || TEMPORARY.contains(&&**code)
            }
            _ => false,
        }
    }

    /// The error for a client. Logs the reason.
    pub fn report(self, what: &str) -> Error {
        match self {
            StorageFailure::Disk(error) => error,
            failure => {
                tracing::error!(%failure, "file storage: {what}");
                Error::Storage
            }
        }
    }
}

impl From<outgoing::Failure> for StorageFailure {
    fn from(failure: outgoing::Failure) -> StorageFailure {
        StorageFailure::Unanswered(failure)
    }
}

impl fmt::Display for StorageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageFailure::Missing => f.write_str("there is no such object"),
            StorageFailure::Status(status, code) => {
                write!(f, "it answered {} {code}", status.as_u16())
            }
            StorageFailure::Unanswered(failure) => failure.fmt(f),
            StorageFailure::TimedOut => f.write_str("no answer in time"),
            StorageFailure::Unreadable => f.write_str("its answer can’t be read"),
            StorageFailure::Damaged => f.write_str("it received other bytes"),
            StorageFailure::Disk(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_answer_decides() {
        let body =
            "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Wait.</Message></Error>";
        let failure = StorageFailure::of(StatusCode::SERVICE_UNAVAILABLE, body);
        assert!(failure.is_temporary());
        assert_eq!(failure.to_string(), "it answered 503 SlowDown");
        let missing = "<Error><Code>NoSuchKey</Code></Error>";
        assert!(matches!(
            StorageFailure::of(StatusCode::NOT_FOUND, missing),
            StorageFailure::Missing
        ));
        assert!(matches!(
            StorageFailure::of(StatusCode::NOT_FOUND, ""),
            StorageFailure::Missing
        ));
        let bucket = "<Error><Code>NoSuchBucket</Code></Error>";
        let failure = StorageFailure::of(StatusCode::NOT_FOUND, bucket);
        assert!(!failure.is_temporary());
        assert_eq!(failure.to_string(), "it answered 404 NoSuchBucket");
    }
}
