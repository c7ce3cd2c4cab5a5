//! Signed requests to S3 storage, with timeouts and retries.

use std::time::Duration;

use hyper::{Request, header};
use rusty_s3::{Bucket, Credentials, S3Action};
use tokio::{
    sync::RwLock,
    time::{sleep, timeout},
};

use super::{Payload, StorageFailure};
use crate::{
    config::BucketSettings,
    outgoing::{Client, Network, Policy, Response},
};

/// Timeout for a response, not including the transfer of the request body.
const DEADLINE: Duration = Duration::from_secs(15);
/// Validity of a signature. The storage checks it when a request starts, and its clock may differ from ours.
const VALIDITY: Duration = Duration::from_secs(15 * 60);
/// Delays before the second and third attempt.
const DELAYS: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(1000)];
/// Maximum number of bytes read from an error response.
const MAX_ERROR: usize = 16 << 10;

/// Client for one bucket.
pub struct Requests {
    pub bucket: Bucket,
    /// Locked for reading during a multipart upload, and for writing while abandoned ones are removed.
    pub parts: RwLock<()>,
    keys: Credentials,
    folder: String,
    client: Client,
}

impl Requests {
    /// Creates a client for the configured bucket.
    pub fn new(settings: &BucketSettings) -> Requests {
        Requests {
            bucket: settings.bucket.clone(),
            parts: RwLock::new(()),
            keys: settings.keys.clone(),
            folder: settings.folder.clone(),
            client: Client::new(Policy::Trusted, Network::default()),
        }
    }

    /// Returns the credentials that sign requests.
    pub fn keys(&self) -> Option<&Credentials> {
        Some(&self.keys)
    }

    /// Returns the full name of an object, including the configured folder.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }

    /// Sends a request and returns the response with an unread body. Retries after temporary failures.
    pub async fn send<'a, A: S3Action<'a>>(
        &self,
        mut action: A,
        payload: &Payload,
    ) -> Result<Response, StorageFailure> {
        let mut delays = DELAYS.iter();
        loop {
            let failure = match self.attempt(&mut action, payload).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            match delays.next() {
                Some(delay) if failure.is_temporary() => sleep(*delay).await,
                _ => return Err(failure),
            }
        }
    }

    /// Sends a request and returns the body of the response, which may have up to `max` bytes.
    pub async fn fetch<'a, A: S3Action<'a>>(
        &self,
        action: A,
        payload: &Payload,
        max: usize,
    ) -> Result<String, StorageFailure> {
        let response = self.send(action, payload).await?;
        let body = timeout(DEADLINE + payload.time(), response.whole_body(max)).await;
        let body = body.map_err(|_| StorageFailure::TimedOut)??;
        String::from_utf8(body.to_vec()).map_err(|_| StorageFailure::Unreadable)
    }

    async fn attempt<'a, A: S3Action<'a>>(
        &self,
        action: &mut A,
        payload: &Payload,
    ) -> Result<Response, StorageFailure> {
        let mut request = Request::builder()
            .method(A::METHOD.to_str())
            .uri(action.sign(VALIDITY).as_str());
        for (name, value) in action.headers_mut().iter() {
            request = request.header(name, value);
        }
        if matches!(A::METHOD.to_str(), "PUT" | "POST") {
            request = request.header(header::CONTENT_LENGTH, payload.size());
        }
        let body = payload.body().await.map_err(StorageFailure::Disk)?;
        let request = request.body(body).map_err(|_| StorageFailure::Unreadable)?;
        let sent = timeout(DEADLINE + payload.time(), self.client.send(request)).await;
        let response = sent.map_err(|_| StorageFailure::TimedOut)??;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = timeout(DEADLINE, response.start_of_body(MAX_ERROR)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        Err(StorageFailure::of(status, &String::from_utf8_lossy(&body)))
    }
}
