//! Answers of other servers, whose bodies are read within a deadline and up to a size.

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

/// Answer of another server. Its connection ends when it is dropped.
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

    /// The same answer, whose body must arrive before a deadline.
    pub(super) fn until(mut self, deadline: Instant) -> Response {
        self.deadline = Some(deadline);
        self
    }

    /// Status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Value of a header; `None` if it is missing or not readable.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// URL that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The next part of the body; `None` at its end.
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
                // Trailers are of no use here.
                Some(frame) => match frame.map_err(Failure::Invalid)?.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    Err(_) => continue,
                },
            }
        }
    }

    /// The first bytes of the body, at most `size`. The rest is not read.
    pub async fn start_of_body(mut self, size: usize) -> Result<Bytes, Failure> {
        let mut bytes = BytesMut::new();
        while bytes.len() < size
            && let Some(chunk) = self.chunk().await?
        {
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(size);
        Ok(bytes.freeze())
    }

    /// The whole body.
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

    /// The body as a stream.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold(self, |mut response| async move {
            let chunk = response.chunk().await?;
            Ok(chunk.map(|chunk| (chunk, response)))
        })
    }
}
