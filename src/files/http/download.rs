//! Downloads of originals and reduced copies.

use std::io;

use bytes::Bytes;
use chatterbox_formats::{MediaType, SNIFFED};
use futures_util::{StreamExt, TryStreamExt, stream};
use poem::{
    Body, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Path,
};

use super::range::Range;
use crate::{
    accounts::User,
    error::{Error, Result},
    files::{
        Attachment, BlobKey, Files, LARGE, POSTER, SMALL,
        blobs::{self, Chunks, OpenedBlob},
        copy_name,
        download_limit::DownloadSlot,
        name,
    },
    web::{headers, page, query::lenient_param, raw_file::RawFile, state::State},
};

/// Number of bytes after which the user's access is checked again.
const CHECK_EVERY: u64 = 4 << 20;

/// Blob to send.
struct SentBlob {
    size: u64,
    media_type: MediaType,
    /// Stream of the whole blob, if it was opened to determine the other fields.
    chunks: Option<Chunks>,
}

/// Download in progress.
struct RunningDownload {
    chunks: Chunks,
    /// Number of bytes left to send.
    left: u64,
    /// Number of bytes sent since access was last checked.
    since_check: u64,
    files: Files,
    user: User,
    token: String,
    /// Counts the download until the body is dropped.
    _slot: DownloadSlot,
}

/// `HEAD /files/{id}/{name}`: headers for the whole file.
#[handler]
pub async fn head(
    user: User,
    req: &Request,
    Path((token, _)): Path<(String, String)>,
    State(files): State<Files>,
) -> Result<Response> {
    respond(user, req, token, files, true).await
}

/// `GET /files/{id}/{name}`: downloads a file.
///
/// Query parameters: `copy=small` or `copy=large` for a reduced copy of a picture, `copy=poster` for the poster of a
/// video, and `download=1` to save the file instead of displaying it.
#[handler]
pub async fn show(
    user: User,
    req: &Request,
    Path((token, _)): Path<(String, String)>,
    State(files): State<Files>,
) -> Result<Response> {
    respond(user, req, token, files, false).await
}

/// Responds with a file, or only with its headers.
async fn respond(
    user: User,
    req: &Request,
    token: String,
    files: Files,
    is_head: bool,
) -> Result<Response> {
    let attachment = files.find(&user, &token).await?;
    let copy: Option<String> = lenient_param(req, "copy");
    let download: Option<String> = lenient_param(req, "download");
    let key = key(&attachment, copy.as_deref())?;
    let tag = format!("\"{}\"", key.as_str());
    if let Some(unchanged) = page::not_modified(req.headers(), &tag) {
        return Ok(with_policy(unchanged));
    }
    let slot = files.downloads.take(user.id)?;
    let content = describe(&files, &key, &attachment).await;
    let SentBlob {
        size,
        media_type,
        chunks,
    } = files.existing(content, &user, &token).await?;
    let if_range = headers::text(req.headers(), header::IF_RANGE);
    let range = match !is_head && (if_range.is_empty() || if_range == tag) {
        true => Range::parse(headers::text(req.headers(), header::RANGE), size),
        false => Range::Whole,
    };
    let (status, first, count) = match range {
        Range::Whole => (StatusCode::OK, 0, size),
        Range::Part(first, count) => (StatusCode::PARTIAL_CONTENT, first, count),
        Range::Unsatisfiable => return Ok(unsatisfiable(size)),
    };
    let is_inline = media_type.is_inline() && download.is_none();
    let kind = if is_inline { "inline" } else { "attachment" };
    let mut response = Response::builder()
        .status(status)
        .content_type(media_type.name())
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, count)
        .header(
            header::CONTENT_DISPOSITION,
            name::disposition(kind, &attachment.name),
        )
        .finish();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{size}", first + count - 1);
        set(&mut response, header::CONTENT_RANGE, &range);
    }
    if !is_head {
        let chunks = match (chunks, range) {
            (Some(chunks), Range::Whole) => chunks,
            _ => {
                let opened = files.blobs.open(key, Some((first, count))).await;
                files.existing(opened, &user, &token).await?.chunks
            }
        };
        let download = RunningDownload {
            chunks,
            left: count,
            since_check: 0,
            files,
            user,
            token,
            _slot: slot,
        };
        response.set_body(download.into_body());
    }
    Ok(with_policy(page::with_etag(response, &tag)))
}

/// Returns the key of the requested blob: the copy, or the original if the picture is too small to have that copy.
fn key(attachment: &Attachment, copy: Option<&str>) -> Result<BlobKey> {
    let copy = match copy {
        None => return Ok(BlobKey::of(&attachment.hash)),
        Some("small") => SMALL,
        Some("large") => LARGE,
        Some("poster") => {
            let poster = attachment.poster().ok_or(Error::NotFound)?;
            return Ok(BlobKey::copy(&poster.hash, copy_name(POSTER)));
        }
        Some(_) => return Err(Error::NotFound),
    };
    let copies = attachment.picture.as_ref().ok_or(Error::NotFound)?.copies;
    Ok(match copies & copy {
        0 => BlobKey::of(&attachment.hash),
        _ => BlobKey::copy(&attachment.hash, copy_name(copy)),
    })
}

/// Determines the size and type of a blob. For originals they are in the row; copies must be opened.
async fn describe(files: &Files, key: &BlobKey, attachment: &Attachment) -> Result<SentBlob> {
    if !key.is_copy() {
        return Ok(SentBlob {
            size: attachment.size.unsigned_abs(),
            media_type: attachment.known_type().unwrap_or(MediaType::Binary),
            chunks: None,
        });
    }
    let OpenedBlob { size, mut chunks } = files.blobs.open(key.clone(), None).await?;
    let (mut start, mut read) = (Vec::with_capacity(SNIFFED), Vec::new());
    while start.len() < SNIFFED {
        let Some(chunk) = chunks.next().await else {
            break;
        };
        let chunk = chunk.map_err(blobs::read_error)?;
        start.extend(chunk.iter().take(SNIFFED - start.len()));
        read.push(Ok(chunk));
    }
    Ok(SentBlob {
        size,
        media_type: MediaType::detect(&start),
        chunks: Some(Box::pin(stream::iter(read).chain(chunks))),
    })
}

impl Files {
    /// If a blob is missing, checks whether its message has just been deleted. Otherwise the blob is lost, which is an
    /// internal error.
    async fn existing<T>(&self, opened: Result<T>, user: &User, token: &str) -> Result<T> {
        if matches!(opened, Err(Error::NotFound)) {
            let file = self.find(user, token).await?;
            return Err(Error::Internal(format!("a blob is missing: {}", file.hash)));
        }
        opened
    }
}

impl RunningDownload {
    /// Creates the response body, which is aborted once the user may no longer read the file.
    fn into_body(self) -> Body {
        Body::from_bytes_stream(stream::try_unfold(self, |mut download| async move {
            let next = download.next().await?;
            io::Result::Ok(next.map(|chunk| (chunk, download)))
        }))
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.since_check >= CHECK_EVERY {
            let found = self.files.find(&self.user, &self.token).await;
            found.map_err(io::Error::other)?;
            self.since_check = 0;
        }
        let chunk = self.chunks.try_next().await?;
        let chunk = chunk.filter(|chunk| chunk.len() as u64 <= self.left);
        let chunk = chunk.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.left -= chunk.len() as u64;
        self.since_check += chunk.len() as u64;
        Ok(Some(chunk))
    }
}

fn unsatisfiable(size: u64) -> Response {
    let mut response: Response = StatusCode::RANGE_NOT_SATISFIABLE.into();
    set(
        &mut response,
        header::CONTENT_RANGE,
        &format!("bytes */{size}"),
    );
    with_policy(response)
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Marks a response as user content, so that it gets a stricter security policy.
fn with_policy(mut response: Response) -> Response {
    response.extensions_mut().insert(RawFile);
    response
}
