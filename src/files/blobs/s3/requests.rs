//! Signed requests to the storage, with deadlines and a few attempts.

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

/// Wait for an answer, without the time to send a body.
const DEADLINE: Duration = Duration::from_secs(15);
/// Time in which a signature is valid. The storage checks it when a request begins; clocks may differ.
const VALIDITY: Duration = Duration::from_secs(15 * 60);
/// Delays before the second attempt and the following ones.
const DELAYS: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(1000)];
/// Bytes of an error that are read.
const MAX_ERROR: usize = 16 << 10;

/// Sends requests to one bucket.
pub struct Requests {
    pub bucket: Bucket,
    /// Held for reading during an upload in parts, and for writing while unfinished ones are removed.
    pub parts: RwLock<()>,
    keys: Credentials,
    folder: String,
    client: Client,
}

impl Requests {
    /// Requests to the bucket that the settings name.
    pub fn new(settings: &BucketSettings) -> Requests {
        Requests {
            bucket: settings.bucket.clone(),
            parts: RwLock::new(()),
            keys: settings.keys.clone(),
            folder: settings.folder.clone(),
            client: Client::new(Policy::Trusted, Network::default()),
        }
    }

    /// Keys that sign the requests.
    pub fn keys(&self) -> Option<&Credentials> {
        Some(&self.keys)
    }

    /// Name of an object in the folder of the bucket that the settings name.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }

    /// Sends a request and returns the answer, whose body is still to be read. Temporary failures are repeated.
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

    /// Sends a request and returns the whole body of the answer.
    pub async fn ask<'a, A: S3Action<'a>>(
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
