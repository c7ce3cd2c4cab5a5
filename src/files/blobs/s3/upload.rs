//! Uploads to S3 storage, in one request or in multiple parts. The storage verifies the SHA-256 of each request.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::header;
use rusty_s3::{
    S3Action,
    actions::{CompleteMultipartUpload, CompleteMultipartUploadResponse, CreateMultipartUpload},
};

use super::{BlobKey, Payload, Requests, StorageFailure};

/// Maximum size in bytes of a blob sent in one request, and the part size for larger ones. S3 allows 10,000 parts,
/// which is 156 GiB.
const PART: u64 = 16 << 20;
/// Header with the Base64-encoded SHA-256 of a body.
const CHECKSUM: &str = "x-amz-checksum-sha256";
/// Header that announces the checksum algorithm of the parts.
const ALGORITHM: &str = "x-amz-checksum-algorithm";
/// Maximum size of a response in bytes.
const MAX_ANSWER: usize = 64 << 10;

/// Part that has been uploaded.
struct SentPart {
    tag: String,
    sum: String,
}

/// Stores a blob durably, unless the storage already has it.
pub async fn store(
    requests: &Requests,
    payload: Payload,
    key: &BlobKey,
) -> Result<(), StorageFailure> {
    let name = requests.name(key.as_str());
    if size(requests, &name).await? == Some(payload.size()) {
        return Ok(());
    }
    match payload.size() <= PART {
        true => put(requests, &name, &payload).await,
        false => put_parts(requests, &name, &payload).await,
    }
}

/// Returns the size of an object, or `None` if it doesn't exist.
async fn size(requests: &Requests, name: &str) -> Result<Option<u64>, StorageFailure> {
    let action = requests.bucket.head_object(requests.keys(), name);
    match requests.send(action, &Payload::Empty).await {
        Ok(response) => {
            let length = response.header(header::CONTENT_LENGTH);
            Ok(length.and_then(|length| length.parse().ok()))
        }
        Err(StorageFailure::Missing) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Stores an object in one request.
pub async fn put(requests: &Requests, name: &str, payload: &Payload) -> Result<(), StorageFailure> {
    let mut action = requests.bucket.put_object(requests.keys(), name);
    let sum = checksum(payload).await?;
    action.headers_mut().insert(CHECKSUM, &*sum);
    let response = requests.send(action, payload).await?;
    confirm(response.header(CHECKSUM), &sum)
}

/// Stores an object as a multipart upload. Aborts it after a failure.
async fn put_parts(
    requests: &Requests,
    name: &str,
    payload: &Payload,
) -> Result<(), StorageFailure> {
    let _lock = requests.parts.read().await;
    let mut action = requests
        .bucket
        .create_multipart_upload(requests.keys(), name);
    action.headers_mut().insert(ALGORITHM, "SHA256");
    let answer = requests.fetch(action, &Payload::Empty, MAX_ANSWER).await?;
    let begun = CreateMultipartUpload::parse_response(&answer);
    let begun = begun.map_err(|_| StorageFailure::Unreadable)?;
    let upload = (name, begun.upload_id());
    let stored = send_parts(requests, upload, payload).await;
    if stored.is_err() {
        abort(requests, upload).await;
    }
    stored
}

/// Aborts a multipart upload. If that fails, the next start removes the parts.
pub async fn abort(requests: &Requests, (name, id): (&str, &str)) {
    let bucket = &requests.bucket;
    let action = bucket.abort_multipart_upload(requests.keys(), name, id);
    if let Err(failure) = requests.send(action, &Payload::Empty).await {
        tracing::warn!(%failure, "file storage: parts of an upload could not be removed");
    }
}

async fn send_parts(
    requests: &Requests,
    (name, id): (&str, &str),
    payload: &Payload,
) -> Result<(), StorageFailure> {
    let mut sent = Vec::new();
    let mut first = 0;
    while first < payload.size() {
        let part = payload.part(first, PART.min(payload.size() - first));
        let number = u16::try_from(sent.len() + 1).map_err(|_| StorageFailure::Unreadable)?;
        sent.push(send_part(requests, (name, id, number), &part).await?);
        first += part.size();
    }
    let no_tags = std::iter::empty::<&str>();
    let action = CompleteMultipartUpload::new(&requests.bucket, requests.keys(), name, id, no_tags);
    let list = Payload::Bytes(list_of(&sent).into());
    let answer = requests.fetch(action, &list, MAX_ANSWER).await?;
    // A response with status 200 may still contain an error.
    let completed = CompleteMultipartUploadResponse::parse(&answer);
    completed.map(drop).map_err(|_| StorageFailure::Unreadable)
}

async fn send_part(
    requests: &Requests,
    (name, id, number): (&str, &str, u16),
    part: &Payload,
) -> Result<SentPart, StorageFailure> {
    let bucket = &requests.bucket;
    let mut action = bucket.upload_part(requests.keys(), name, number, id);
    let sum = checksum(part).await?;
    action.headers_mut().insert(CHECKSUM, &*sum);
    let response = requests.send(action, part).await?;
    confirm(response.header(CHECKSUM), &sum)?;
    let tag = response
        .header(header::ETAG)
        .ok_or(StorageFailure::Unreadable)?;
    let tag = tag.to_owned();
    Ok(SentPart { tag, sum })
}

async fn checksum(payload: &Payload) -> Result<String, StorageFailure> {
    let sum = payload.sum().await.map_err(StorageFailure::Disk)?;
    Ok(BASE64_STANDARD.encode(sum))
}

/// Compares the checksum with the one computed by the storage, if reported.
fn confirm(reported: Option<&str>, sum: &str) -> Result<(), StorageFailure> {
    match reported {
        Some(reported) if reported != sum => Err(StorageFailure::Damaged),
        _ => Ok(()),
    }
}

/// Creates the XML list of parts. It must include their checksums because the upload announced them.
fn list_of(parts: &[SentPart]) -> String {
    let mut list = String::from("<CompleteMultipartUpload>");
    for (part, number) in parts.iter().zip(1..) {
        let tag = part.tag.replace('&', "&amp;").replace('<', "&lt;");
        let sum = &part.sum;
        let _ = write!(
            list,
            "<Part><ChecksumSHA256>{sum}</ChecksumSHA256><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>"
        );
    }
    list + "</CompleteMultipartUpload>"
}
