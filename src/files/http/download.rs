//! Downloads: originals and reduced copies, to members only.

use std::io::{self, SeekFrom};

use bytes::Bytes;
use futures_util::stream;
use poem::{
    Body, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Path,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

use super::range::Range;
use crate::{
    accounts::User,
    error::{Error, Result},
    files::{
        Attachment, BlobKey, Files, LARGE, SMALL, blobs, copy_name,
        media_type::{MediaType, SNIFFED},
        name,
    },
    web::{headers, page, query::lenient_param, raw_file::RawFile, state::State},
};

/// Bytes that are read from the disk at once.
const CHUNK: usize = 64 << 10;
/// Bytes after which it is checked again that the user may read the file.
const CHECK_EVERY: u64 = 4 << 20;

/// A stored content that is sent.
struct OpenedContent {
    file: File,
    size: u64,
    media_type: MediaType,
}

/// `HEAD /files/{id}/{name}`: the headers of the whole file.
#[handler]
pub async fn head(
    user: User,
    req: &Request,
    Path((token, _)): Path<(String, String)>,
    State(files): State<Files>,
) -> Result<Response> {
    respond(user, req, token, files, true).await
}

/// `GET /files/{id}/{name}`: the file. With `copy=small` or `copy=large` a reduced copy of a picture; with `download=1`
/// the browser saves it instead of showing it.
#[handler]
pub async fn show(
    user: User,
    req: &Request,
    Path((token, _)): Path<(String, String)>,
    State(files): State<Files>,
) -> Result<Response> {
    respond(user, req, token, files, false).await
}

/// The response with a file, or its headers.
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
    let OpenedContent {
        mut file,
        size,
        media_type,
    } = open(&files, &key, attachment.known_type()).await?;
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
        file.seek(SeekFrom::Start(first))
            .await
            .map_err(|error| blobs::disk_error("a file could not be read", &error))?;
        response.set_body(chunked(file, count, files, user, token));
    }
    Ok(with_policy(page::with_etag(response, &tag)))
}

/// Key of the content that a query asks for. A picture without this copy is small enough itself.
fn key(attachment: &Attachment, copy: Option<&str>) -> Result<BlobKey> {
    let copy = match copy {
        None => return Ok(BlobKey::of(&attachment.hash)),
        Some("small") => SMALL,
        Some("large") => LARGE,
        Some(_) => return Err(Error::NotFound),
    };
    let copies = attachment.picture.as_ref().ok_or(Error::NotFound)?.copies;
    Ok(match copies & copy {
        0 => BlobKey::of(&attachment.hash),
        _ => BlobKey::copy(&attachment.hash, copy_name(copy)),
    })
}

/// Opens a content. `media_type` is that of the original; a reduced copy may have another one.
async fn open(
    files: &Files,
    key: &BlobKey,
    media_type: Option<MediaType>,
) -> Result<OpenedContent> {
    let read = async {
        let mut file = File::open(files.blobs.path(key)).await?;
        let mut start = Vec::with_capacity(SNIFFED);
        if key.is_copy() {
            let mut sniffed = (&mut file).take(SNIFFED as u64);
            sniffed.read_to_end(&mut start).await?;
        }
        let size = file.metadata().await?.len();
        Ok(OpenedContent {
            file,
            size,
            media_type: match key.is_copy() {
                true => MediaType::detect(&start),
                false => media_type.unwrap_or(MediaType::Binary),
            },
        })
    };
    read.await
        .map_err(|error: std::io::Error| match error.kind() {
            // The message was deleted after its row was read.
            std::io::ErrorKind::NotFound => Error::NotFound,
            _ => blobs::disk_error("a file could not be read", &error),
        })
}

/// Body with the next `count` bytes of a file. It breaks off when the user may no longer read the file.
fn chunked(file: File, count: u64, files: Files, user: User, token: String) -> Body {
    let state = (file, count, 0);
    let chunks = stream::try_unfold(state, move |(mut file, left, since_check)| {
        let (files, user, token) = (files.clone(), user.clone(), token.clone());
        async move {
            if left == 0 {
                return io::Result::Ok(None);
            }
            if since_check >= CHECK_EVERY {
                let found = files.find(&user, &token).await;
                found.map_err(std::io::Error::other)?;
            }
            let mut chunk = vec![0; CHUNK.min(left as usize)];
            let read = file.read(&mut chunk).await?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            chunk.truncate(read);
            let since = match since_check >= CHECK_EVERY {
                true => 0,
                false => since_check + read as u64,
            };
            Ok(Some((
                Bytes::from(chunk),
                (file, left - read as u64, since),
            )))
        }
    });
    Body::from_bytes_stream(chunks)
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

/// Marks a response as a file of a user.
fn with_policy(mut response: Response) -> Response {
    response.extensions_mut().insert(RawFile);
    response
}
