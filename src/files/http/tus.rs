//! Resumable uploads: tus 1.0 with creation, creation-with-upload, expiration, checksum and termination
//! (<https://tus.io/protocols/resumable-upload>).

use base64::{Engine, prelude::BASE64_STANDARD};
use poem::{
    Body, FromRequest, Request, Response, handler,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    web::Path,
};

use crate::{
    accounts::User,
    db::time,
    error::{Error, Result},
    files::{Checksum, Files, UploadState, upload::BUFFER},
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
/// Media type of a part of an upload.
const PART: &str = "application/offset+octet-stream";
/// Time after which a client should try again when its address sends too many bodies at once.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

/// `OPTIONS /uploads`: the version, the extensions and the limit.
#[handler]
pub fn options(State(files): State<Files>) -> Response {
    let mut response = respond(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers::set(headers, VERSION, "1.0.0");
    headers::set(
        headers,
        EXTENSION,
        "creation,creation-with-upload,expiration,checksum,termination",
    );
    headers::set(headers, ALGORITHMS, "sha1,sha256");
    headers.insert(MAX_SIZE, HeaderValue::from(files.max_file()));
    response
}

/// `POST /uploads`: begins an upload. A body is its first part.
#[handler]
pub async fn create(
    user: User,
    req: &Request,
    body: Body,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    let length = number(req.headers(), LENGTH)?;
    let name = file_name(headers::text(req.headers(), METADATA));
    let (share, sum) = (share(req).await?, checksum(req)?);
    let mut upload = files.begin(&user, &name, length).await?;
    if req.content_type() == Some(PART) {
        let reader = body.into_async_read();
        let appended = files.append(&user, &upload.token, 0, sum, reader).await;
        if appended.is_err() {
            // The client does not learn the address of this upload.
            files.cancel(&user, &upload.token).await?;
        }
        upload = appended?;
    }
    drop(share);
    let mut response = with_offset(respond(StatusCode::CREATED), &upload);
    let location = format!("/uploads/{}", upload.token);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `HEAD /uploads/{id}`: how much has arrived.
#[handler]
pub async fn head(
    user: User,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    let upload = files.state(&user, &token).await?;
    let mut response = with_offset(respond(StatusCode::OK), &upload);
    let length = HeaderValue::from(upload.length);
    response.headers_mut().insert(LENGTH, length);
    Ok(response)
}

/// `PATCH /uploads/{id}`: the next part.
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
    let (share, sum) = (share(req).await?, checksum(req)?);
    let reader = body.into_async_read();
    let upload = files.append(&user, &token, offset, sum, reader).await?;
    drop(share);
    Ok(with_offset(respond(StatusCode::NO_CONTENT), &upload))
}

/// `DELETE /uploads/{id}`: removes an upload that was not posted.
#[handler]
pub async fn cancel(
    user: User,
    req: &Request,
    Path(token): Path<String>,
    State(files): State<Files>,
) -> Result<Response> {
    check_version(req)?;
    files.cancel(&user, &token).await?;
    Ok(respond(StatusCode::NO_CONTENT))
}

fn respond(status: StatusCode) -> Response {
    let mut response: Response = status.into();
    headers::set(response.headers_mut(), RESUMABLE, "1.0.0");
    response
}

fn with_offset(mut response: Response, upload: &UploadState) -> Response {
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(upload.offset));
    let expires = time::http_date(upload.expires_at);
    if let Ok(expires) = HeaderValue::from_str(&expires) {
        headers.insert(EXPIRES, expires);
    }
    response
}

/// # Errors
/// `Precondition` for another version of the protocol.
fn check_version(req: &Request) -> Result<()> {
    match headers::text(req.headers(), RESUMABLE) {
        "1.0.0" => Ok(()),
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
            Error::Malformed("Upload-Checksum must be sha1 or sha256, and a sum in base64.".into())
        }),
    }
}

/// Share of the memory of bodies for the buffer of an upload.
async fn share(req: &Request) -> Result<BodyShare> {
    let peer = Peer::from_request_without_body(req).await;
    let peer = peer.map_err(Error::from)?;
    let mut share = handle::<BodyMemory>(req)?.share(peer.address);
    match share.cover(BUFFER) {
        true => Ok(share),
        false => Err(Error::Unavailable(RETRY_AFTER)),
    }
}

/// Name of the file in `Upload-Metadata`: keys with values in base64, separated by commas.
fn file_name(metadata: &str) -> String {
    let pairs = metadata.split(',').map(str::trim);
    let named = pairs
        .filter_map(|pair| pair.split_once(' '))
        .find(|(key, _)| matches!(*key, "filename" | "name"));
    let decoded = named.and_then(|(_, value)| BASE64_STANDARD.decode(value.trim()).ok());
    decoded.map_or(String::new(), |bytes| {
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_in_the_metadata() {
        for (metadata, name) in [
            ("filename cGxhbi5wZGY=", "plan.pdf"),
            ("type YQ==,filename w6Qu", "ä."),
            ("name cGxhbi5wZGY=, is_ok", "plan.pdf"),
            ("filename ***", ""),
            ("filename", ""),
            ("", ""),
        ] {
            assert_eq!(file_name(metadata), name, "{metadata}");
        }
    }
}
