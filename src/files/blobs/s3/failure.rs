//! Failures of requests to S3 storage.

use std::fmt;

use crate::{error::Error, outgoing};
use hyper::StatusCode;

/// Error codes with a 4xx status after which a retry may succeed, because the body arrived late or damaged.
const TEMPORARY: [&str; 3] = ["RequestTimeout", "BadDigest", "XAmzContentChecksumMismatch"];

/// Reason why a storage request failed. The text never includes the URL, because that contains the signature.
#[derive(Debug)]
pub enum StorageFailure {
    /// The object doesn't exist.
    Missing,
    /// Any other error status, with the error code of the response, such as `SlowDown`.
    Status(StatusCode, String),
    /// The request failed without a response.
    Unanswered(outgoing::Failure),
    /// There was no response in time.
    TimedOut,
    /// The response wasn't valid XML, or not the expected document.
    Unreadable,
    /// The storage received other bytes than were sent, according to the checksum.
    Damaged,
    /// The received file couldn't be read.
    Disk(Error),
}

impl StorageFailure {
    /// Creates the failure from an error response.
    pub fn of(status: StatusCode, body: &str) -> StorageFailure {
        let code = body.split_once("<Code>").map_or("", |(_, rest)| rest);
        let code = code.split('<').next().unwrap_or_default();
        let letters = code.chars().filter(char::is_ascii_alphanumeric);
        let code: String = letters.take(64).collect();
        match (status, &*code) {
            // Responses to HEAD requests have no body, so no code.
            (StatusCode::NOT_FOUND, "" | "NoSuchKey") => StorageFailure::Missing,
            _ => StorageFailure::Status(status, code),
        }
    }

    /// Returns whether a retry may succeed.
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

    /// Logs the failure and returns the error for the client.
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
            StorageFailure::Missing => f.write_str("the object doesn’t exist"),
            StorageFailure::Status(status, code) => {
                write!(f, "it returned {} {code}", status.as_u16())
            }
            StorageFailure::Unanswered(failure) => failure.fmt(f),
            StorageFailure::TimedOut => f.write_str("it didn’t respond in time"),
            StorageFailure::Unreadable => f.write_str("its response is invalid"),
            StorageFailure::Damaged => f.write_str("the checksum doesn’t match"),
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
        assert_eq!(failure.to_string(), "it returned 503 SlowDown");
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
        assert_eq!(failure.to_string(), "it returned 404 NoSuchBucket");
    }
}
