//! The bucket for contents of files: `s3://BUCKET/FOLDER?endpoint=URL&region=REGION`.

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

/// Region of an address without one.
const DEFAULT_REGION: &str = "us-east-1";
/// Allowed addresses.
const ADVICE: &str =
    "s3://BUCKET, s3://BUCKET/FOLDER, also with ?endpoint=http://127.0.0.1:9000&region=us-east-1";

/// A bucket, and the keys to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSettings {
    pub bucket: Bucket,
    /// Start of the names of all objects: empty, or a folder and a slash.
    pub folder: String,
    /// `s3://BUCKET/FOLDER`.
    pub address: String,
    /// URL of the storage.
    pub endpoint: String,
    /// Empty until they are read from the environment.
    pub keys: Credentials,
}

/// Parses the address of a bucket. Without an endpoint it is one of AWS, where the name of a bucket is part of the host.
pub(super) fn bucket(value: &str) -> Result<BucketSettings, &'static str> {
    parse(value.trim()).ok_or(ADVICE)
}

fn parse(value: &str) -> Option<BucketSettings> {
    let url = Url::parse(value).ok()?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    let name = url.host_str().filter(|name| is_plain && is_name(name))?;
    let folder = url.path().trim_matches('/');
    if url.scheme() != "s3" || !folder.is_empty() && !folder.split('/').all(is_name) {
        return None;
    }
    let (mut endpoint, mut region) = (None, DEFAULT_REGION.to_owned());
    for (key, value) in url.query_pairs() {
        match &*key {
            "endpoint" => endpoint = Some(Url::parse(&value).ok().filter(is_endpoint)?),
            "region" if is_name(&value) => region = value.into_owned(),
            _ => return None,
        }
    }
    let (endpoint, style) = match endpoint {
        Some(endpoint) => (endpoint, UrlStyle::Path),
        None => {
            let endpoint = format!("https://s3.{region}.amazonaws.com");
            (Url::parse(&endpoint).ok()?, UrlStyle::VirtualHost)
        }
    };
    Some(BucketSettings {
        folder: match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        },
        address: format!("s3://{name}/{folder}")
            .trim_end_matches('/')
            .to_owned(),
        endpoint: endpoint.as_str().trim_end_matches('/').to_owned(),
        bucket: Bucket::new(endpoint, style, name.to_owned(), region).ok()?,
        keys: Credentials::new("", ""),
    })
}

/// Whether it is a URL without secrets.
fn is_endpoint(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
}

/// Whether it is the name of a bucket, a region, or a part of a folder.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_folder_an_endpoint_and_a_region() {
        let at_aws = bucket("s3://chat-files?region=eu-west-1").expect("a bucket");
        let base = at_aws.bucket.base_url().as_str();
        assert_eq!(base, "https://chat-files.s3.eu-west-1.amazonaws.com/");
        assert_eq!((&*at_aws.folder, &*at_aws.address), ("", "s3://chat-files"));
        let own = "s3://files/chat/one/?endpoint=http://127.0.0.1:9000";
        let own = bucket(own).expect("a bucket");
        assert_eq!(
            own.bucket.base_url().as_str(),
            "http://127.0.0.1:9000/files/"
        );
        assert_eq!(
            (own.bucket.name(), own.bucket.region()),
            ("files", "us-east-1")
        );
        assert_eq!(
            (&*own.folder, &*own.endpoint),
            ("chat/one/", "http://127.0.0.1:9000")
        );
        assert_eq!(own.address, "s3://files/chat/one");
    }

    #[test]
    fn other_addresses_are_refused() {
        for address in [
            "",
            "files",
            "https://files",
            "s3://",
            "s3://files:80",
            "s3://key:secret@files",
            "s3://files/a b",
            "s3://files?endpoint=ftp://127.0.0.1",
            "s3://files?endpoint=http://key:secret@127.0.0.1",
            "s3://files?endpoint=nowhere",
            "s3://files?region=",
            "s3://files?secret=1",
            "s3://files#a",
        ] {
            assert_eq!(bucket(address), Err(ADVICE), "{address}");
        }
    }
}
