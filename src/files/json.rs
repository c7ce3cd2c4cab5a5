//! Files as JSON (`docs/api.md`).

use serde::Serialize;

use super::Attachment;

/// A file of a message.
#[derive(Serialize)]
pub struct AttachmentJson<'a> {
    id: &'a str,
    name: &'a str,
    size: i64,
    #[serde(rename = "type")]
    media_type: &'a str,
    url: String,
    /// Size of a picture (px).
    width: Option<u32>,
    height: Option<u32>,
    animated: bool,
    alt: &'a str,
    /// URLs of a picture in two sizes.
    small_url: Option<String>,
    large_url: Option<String>,
}

impl<'a> From<&'a Attachment> for AttachmentJson<'a> {
    fn from(file: &'a Attachment) -> AttachmentJson<'a> {
        let picture = file.picture.as_ref();
        AttachmentJson {
            id: &file.token,
            name: &file.name,
            size: file.size,
            media_type: &file.media_type,
            url: file.url(),
            width: picture.map(|picture| picture.width),
            height: picture.map(|picture| picture.height),
            animated: picture.is_some_and(|picture| picture.is_animated),
            alt: &file.alt,
            small_url: picture.map(|_| file.small_url()),
            large_url: picture.map(|_| file.large_url()),
        }
    }
}
