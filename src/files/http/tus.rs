//! Resumable uploads: tus 1.0 with the extensions creation, creation-with-upload, expiration, checksum and termination
//! (<https://tus.io/protocols/resumable-upload>).

use poem::{
    Body, Endpoint, EndpointExt, FromRequest, Request, Response, handler,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    web::Path,
};

use crate::{
    accounts::User,
    db::time,
    error::{Error, Result},
    files::{Checksum, Files, NewUpload, UploadState, media::Metadata, received_file::BUFFER},
    web::{
        headers,
        memory_limit::{BodyMemory, BodyShare},
        peer::Peer,
        state::{State, handle},
    },
};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderName = HeaderName::from_static("tus-version");
const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const ALGORITHMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
/// Supported protocol versions.
const VERSIONS: &str = "1.0.0";
/// Media type of upload data.
const PART: &str = "application/offset+octet-stream";
/// Response header for a picture whose metadata couldn't be removed. It isn't part of the protocol.
const KEPT: HeaderName = HeaderName::from_static("picture-metadata");
/// Maximum length in bytes of an `Upload-Metadata` header that is returned to the client.
const MAX_METADATA: usize = 4096;
/// Delay before a client should retry when its address sends too many bodies at once.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// `OPTIONS /uploads`: reports the version, extensions and size limit.
#[handler]
pub fn options(State(files): State<Files>) -> Response {
    let mut response = Response::from(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers::set(headers, VERSION, VERSIONS);
    headers::set(
        headers,
        EXTENSION,
        "creation,creation-with-upload,expiration,checksum,termination",
    );
    headers::set(headers, ALGORITHMS, "sha1,sha256");
    headers.insert(MAX_SIZE, HeaderValue::from(files.max_file()));
    response
}

/// `POST /uploads`: creates an upload. A body is its first part.
#[handler]
pub async fn create(
    user: User,
    req: &Request,
    body: Body,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    let length = number(req.headers(), LENGTH)?;
    let header = headers::text(req.headers(), METADATA);
    let Metadata { name, media } = Metadata::parse(header);
    let new = NewUpload {
        name,
        length,
        media,
        metadata: stored_metadata(header).to_owned(),
    };
    let (share, sum) = (share(req, BUFFER).await?, checksum(req)?);
    let mut upload = files.begin(&user, &new).await?;
    if req.content_type() == Some(PART) {
        let reader = body.into_async_read();
        let appended = files.append(&user, &upload.token, 0, sum, reader).await;
        if appended.is_err() {
            // The client never learns the URL of this upload.
            files.cancel(user.id, &upload.token).await?;
        }
        upload = appended?;
    }
    drop(share);
    let mut response = response(StatusCode::CREATED, &files, (&user, &upload)).await?;
    let location = format!("/uploads/{}", upload.token);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `HEAD /uploads/{id}`: returns the offset, and the metadata as sent by the client.
#[handler]
pub async fn head(
    user: User,
    req: &Request,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    let upload = files.state(&user, &token).await?;
    let mut response = response(StatusCode::OK, &files, (&user, &upload)).await?;
    let length = HeaderValue::from(upload.length);
    response.headers_mut().insert(LENGTH, length);
    if let Ok(metadata) = HeaderValue::from_str(&upload.metadata)
        && !metadata.is_empty()
    {
        response.headers_mut().insert(METADATA, metadata);
    }
    Ok(response)
}

/// `PATCH /uploads/{id}`: appends the next part.
#[handler]
pub async fn append(
    user: User,
    req: &Request,
    body: Body,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    if req.content_type() != Some(PART) {
        let why = "Send Content-Type: application/offset+octet-stream.";
        return Err(Error::UnsupportedType(why.into()));
    }
    let offset = number(req.headers(), OFFSET)?;
    let (share, sum) = (share(req, BUFFER).await?, checksum(req)?);
    let reader = body.into_async_read();
    let upload = files.append(&user, &token, offset, sum, reader).await?;
    drop(share);
    response(StatusCode::NO_CONTENT, &files, (&user, &upload)).await
}

/// `DELETE /uploads/{id}`: cancels an unposted upload.
#[handler]
pub async fn cancel(
    user: User,
    req: &Request,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    files.cancel(user.id, &token).await?;
    Ok(Response::from(StatusCode::NO_CONTENT))
}

/// Adds the protocol version to all responses under `/uploads`, including errors, and the supported versions to a
/// response that rejects a version. Also applies `X-HTTP-Method-Override` to `POST` requests.
pub fn with_version(
    inner: impl Endpoint<Output = Response> + 'static,
) -> impl Endpoint<Output = Response> {
    inner.around(async |inner, mut req| {
        let path = req.uri().path();
        if path != "/uploads" && !path.starts_with("/uploads/") {
            return inner.call(req).await;
        }
        if let (&Method::POST, Some(method)) = (req.method(), overridden_method(req.headers())) {
            req.set_method(method);
        }
        let mut response = inner.call(req).await?;
        let status = response.status();
        let headers = response.headers_mut();
        headers::set(headers, RESUMABLE, VERSIONS);
        if status == StatusCode::PRECONDITION_FAILED {
            headers::set(headers, VERSION, VERSIONS);
        }
        Ok(response)
    })
}

/// Returns the method from `X-HTTP-Method-Override`, sent by clients that can't use `PATCH` or `DELETE`.
fn overridden_method(headers: &HeaderMap) -> Option<Method> {
    match headers::text(headers, OVERRIDE) {
        "PATCH" => Some(Method::PATCH),
        "DELETE" => Some(Method::DELETE),
        _ => None,
    }
}

/// Creates a response with the state of an upload.
async fn response(
    status: StatusCode,
    files: &Files,
    (user, upload): (&User, &UploadState),
) -> Result<Response> {
    let mut response = Response::from(status);
    let headers = response.headers_mut();
    if upload.offset == upload.length && files.keeps_metadata(user, &upload.token).await? {
        headers::set(headers, KEPT, "kept");
    }
    headers.insert(OFFSET, HeaderValue::from(upload.offset));
    let expires = time::http_date(upload.expires_at);
    if let Ok(expires) = HeaderValue::from_str(&expires) {
        headers.insert(EXPIRES, expires);
    }
    Ok(response)
}

/// Checks the `Tus-Resumable` header.
///
/// # Errors
/// `Precondition` if it's missing or not 1.0.0.
fn check_version(req: &Request) -> Result<()> {
    match headers::text(req.headers(), RESUMABLE) {
        VERSIONS => Ok(()),
        _ => Err(Error::Precondition("Send Tus-Resumable: 1.0.0.".into())),
    }
}

fn number(headers: &HeaderMap, name: HeaderName) -> Result<u64> {
    let what = format!("{name} must be a number of bytes.");
    let number = headers::text(headers, name).parse().ok();
    number.ok_or(Error::Malformed(what))
}

fn checksum(req: &Request) -> Result<Option<Checksum>> {
    match headers::text(req.headers(), CHECKSUM) {
        "" => Ok(None),
        text => Checksum::parse(text).map(Some).ok_or_else(|| {
            Error::Malformed(
                "Upload-Checksum must be sha1 or sha256, followed by the checksum in Base64."
                    .into(),
            )
        }),
    }
}

/// Reserves `size` bytes of the memory for request bodies.
///
/// # Errors
/// `Unavailable` if the client's address already uses too much.
pub(super) async fn share(req: &Request, size: usize) -> Result<BodyShare> {
    let peer = Peer::from_request_without_body(req).await;
    let peer = peer.map_err(Error::from)?;
    let mut share = handle::<BodyMemory>(req)?.share(peer.address);
    match share.cover(size) {
        true => Ok(share),
        false => Err(Error::Unavailable(RETRY_AFTER)),
    }
}

/// Returns the metadata to store, or nothing if it's too long.
fn stored_metadata(metadata: &str) -> &str {
    match metadata.len() <= MAX_METADATA {
        true => metadata,
        false => "",
    }
}
