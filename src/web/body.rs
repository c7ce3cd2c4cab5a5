//! Request bodies: forms and JSON, limited in size and in time.

use std::{collections::BTreeMap, time::Duration};

use bytes::{Bytes, BytesMut};
use poem::{Body, FromRequest, Request, RequestBody, http::header};
use serde::de::DeserializeOwned;
use tokio::{io::AsyncReadExt, task::yield_now, time::timeout};

use super::{
    memory_limit::{BodyMemory, BodyShare},
    peer::Peer,
    state::handle,
};
use crate::error::{Error, Result};

/// Maximum time for a whole body to arrive.
const DEADLINE: Duration = Duration::from_secs(20);
/// Size of the first buffer for a body; it doubles when it is full (bytes).
const FIRST_BUFFER: usize = 4 << 10;
/// Number of times that the connection gets to pass on received bytes before a body counts as waiting.
const TURNS: usize = 2;
/// Time after which a client should try again when its address sends too many bodies at once.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Request body of at most `LIMIT` bytes, decoded from a form or from JSON.
pub struct FormOrJson<T, const LIMIT: usize>(pub T);

impl<'a, T: DeserializeOwned, const LIMIT: usize> FromRequest<'a> for FormOrJson<T, LIMIT> {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = whole(req, body, LIMIT).await?;
        let content_type = req.content_type().unwrap_or_default();
        Ok(FormOrJson(decode(content_type, &bytes)?))
    }
}

/// Request body of at most `LIMIT` bytes, as it was sent.
pub struct WholeBody<const LIMIT: usize>(pub Bytes);

impl<'a, const LIMIT: usize> FromRequest<'a> for WholeBody<LIMIT> {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        Ok(WholeBody(whole(req, body, LIMIT).await?))
    }
}

/// Takes the whole body of a request: `TooLarge` if it has more than `limit` bytes.
async fn whole(req: &Request, body: &mut RequestBody, limit: usize) -> Result<Bytes> {
    let announced = req.header(header::CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|length| length.parse().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Error::TooLarge);
    }
    let peer = Peer::from_request_without_body(req).await?;
    let mut share = handle::<BodyMemory>(req)?.share(peer.address);
    let read_twice = |_| Error::Internal("a body was read twice".into());
    let read = read(body.take().map_err(read_twice)?, limit, &mut share);
    let timed_out = |_| Error::Malformed("The request timed out. Try again.".into());
    timeout(DEADLINE, read).await.map_err(timed_out)?
}

/// Reads a whole body of at most `limit` bytes. The buffer grows with what arrives. It counts in `share` when it grows,
/// and when the client has to send more: a small body that has arrived with its headers is read in any case.
async fn read(body: Body, limit: usize, share: &mut BodyShare) -> Result<Bytes> {
    let mut reader = body.into_async_read();
    let mut bytes = BytesMut::with_capacity(FIRST_BUFFER.min(limit));
    loop {
        if bytes.len() == bytes.capacity() {
            let more = bytes.capacity();
            if !share.cover(bytes.len() + more) {
                return Err(Error::Unavailable(RETRY_AFTER));
            }
            bytes.reserve(more);
        }
        let arrived = tokio::select! {
            biased;
            arrived = reader.read_buf(&mut bytes) => Some(arrived),
            () = next_turn() => None,
        };
        let arrived = match arrived {
            Some(arrived) => arrived,
            None if !share.cover(bytes.capacity()) => return Err(Error::Unavailable(RETRY_AFTER)),
            None => reader.read_buf(&mut bytes).await,
        };
        match arrived {
            Ok(0) => return Ok(bytes.freeze()),
            Ok(_) if bytes.len() > limit => return Err(Error::TooLarge),
            Ok(_) => {}
            Err(_) => {
                let dropped = "The connection dropped. Try again.";
                return Err(Error::Malformed(dropped.into()));
            }
        }
    }
}

/// Ends when the connection has passed on what it has received. The connection is part of the same task.
async fn next_turn() {
    for _ in 0..TURNS {
        yield_now().await;
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
            false => Error::Malformed("The body isn’t valid JSON.".into()),
        })?;
    let mistyped = |error| format!("A field is missing or has the wrong type: {error}.");
    serde_json::from_value(object.into()).map_err(|error| Error::Invalid(mistyped(error)))
}
