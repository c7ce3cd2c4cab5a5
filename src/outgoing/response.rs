//! Responses of remote servers, read with limits on time and size.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, StatusCode,
    body::Incoming,
    http::{header::AsHeaderName, response::Parts},
};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use url::Url;

use super::Failure;

/// Response of a remote server. Dropping it closes the connection.
pub struct Response {
    head: Parts,
    body: Incoming,
    url: Url,
    deadline: Option<Instant>,
    _connection: JoinSet<()>,
}

impl Response {
    pub(super) fn new(
        response: hyper::Response<Incoming>,
        connection: JoinSet<()>,
        url: Url,
    ) -> Response {
        let (head, body) = response.into_parts();
        Response {
            head,
            body,
            url,
            deadline: None,
            _connection: connection,
        }
    }

    /// Sets the deadline for receiving the body.
    pub(super) fn until(mut self, deadline: Instant) -> Response {
        self.deadline = Some(deadline);
        self
    }

    /// Returns the status code.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Returns the value of a header, or `None` if it's missing or not visible ASCII.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Returns the URL of the response, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the next chunk of the body, or `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = self.body.frame();
            let frame = match self.deadline {
                Some(deadline) => timeout_at(deadline, frame)
                    .await
                    .map_err(|_| Failure::TimedOut)?,
                None => frame.await,
            };
            match frame {
                None => return Ok(None),
                // Trailers are ignored.
                Some(frame) => match frame.map_err(Failure::Invalid)?.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    Err(_) => continue,
                },
            }
        }
    }

    /// Reads up to `size` bytes of the body and discards the rest, as well as everything after the deadline.
    ///
    /// # Errors
    /// `TimedOut` if nothing has arrived in time.
    pub async fn start_of_body(mut self, size: usize) -> Result<Bytes, Failure> {
        let mut bytes = BytesMut::new();
        while bytes.len() < size {
            match self.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(Failure::TimedOut) if !bytes.is_empty() => break,
                Err(failure) => return Err(failure),
            }
        }
        bytes.truncate(size);
        Ok(bytes.freeze())
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// `TooLarge` if it has more than `size` bytes.
    pub async fn whole_body(mut self, size: usize) -> Result<Bytes, Failure> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if bytes.len() + chunk.len() > size {
                return Err(Failure::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Converts the body to a stream.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold(self, |mut response| async move {
            let chunk = response.chunk().await?;
            Ok(chunk.map(|chunk| (chunk, response)))
        })
    }
}
