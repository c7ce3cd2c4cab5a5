//! Request bodies: forms and JSON, limited in size and in time.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use poem::{FromRequest, Request, RequestBody, error::ReadBodyError, http::header};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Maximum time for a whole body to arrive.
const DEADLINE: Duration = Duration::from_secs(20);

/// Request body of at most `LIMIT` bytes, decoded from a form or from JSON.
pub struct FormOrJson<T, const LIMIT: usize>(pub T);

impl<'a, T: DeserializeOwned, const LIMIT: usize> FromRequest<'a> for FormOrJson<T, LIMIT> {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let announced = req.header(header::CONTENT_LENGTH);
        let announced: Option<u64> = announced.and_then(|length| length.parse().ok());
        if announced.is_some_and(|length| length > LIMIT as u64) {
            return Err(Error::TooLarge.into());
        }
        let bytes = read(body, LIMIT).await?;
        let content_type = req.content_type().unwrap_or_default();
        Ok(FormOrJson(decode(content_type, &bytes)?))
    }
}

async fn read(body: &mut RequestBody, limit: usize) -> Result<Bytes> {
    let read_twice = |_| Error::Internal("a body was read twice".into());
    let body = body.take().map_err(read_twice)?;
    match tokio::time::timeout(DEADLINE, body.into_bytes_limit(limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(Error::TooLarge),
        Ok(Err(_)) => Err(Error::Malformed(
            "The connection dropped. Try again.".into(),
        )),
        Err(_) => Err(Error::Malformed("The request timed out. Try again.".into())),
    }
}

fn decode<T: DeserializeOwned>(content_type: &str, bytes: &[u8]) -> Result<T> {
    let kind = content_type.split(';').next().unwrap_or_default();
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/json" => json(bytes),
        "application/x-www-form-urlencoded" => form(bytes),
        "" if bytes.is_empty() => form(bytes),
        _ => Err(Error::Malformed(
            "Send application/json or application/x-www-form-urlencoded.".into(),
        )),
    }
}

/// The last of several fields with one name counts. A hidden field before a checkbox holds the unchecked value.
fn form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let invalid = |_| Error::Invalid("We couldn’t read that form. Reload and try again.".into());
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).map_err(invalid)?;
    let last: BTreeMap<String, String> = fields.into_iter().collect();
    let encoded = serde_urlencoded::to_string(last)
        .map_err(|error| Error::Internal(format!("a form cannot be encoded: {error}")))?;
    serde_urlencoded::from_str(&encoded).map_err(invalid)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let object: serde_json::Map<String, serde_json::Value> = // serde would take an array for a struct
        serde_json::from_slice(bytes).map_err(|error| match error.is_data() {
            true => Error::Invalid("Send a JSON object.".into()),
            false => Error::Malformed("The body is not valid JSON.".into()),
        })?;
    let mistyped = |error| format!("A field is missing or has the wrong type: {error}.");
    serde_json::from_value(object.into()).map_err(|error| Error::Invalid(mistyped(error)))
}
