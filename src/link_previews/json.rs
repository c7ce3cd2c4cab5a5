//! JSON representation of link previews (`docs/api.md`).

use serde::Serialize;

use super::LinkPreview;
use crate::db::ids::{MessageId, RoomId};

/// Link preview of a message.
#[derive(Serialize)]
pub struct LinkPreviewJson<'a> {
    /// Index in the message, from 0.
    place: i32,
    url: &'a str,
    title: &'a str,
    description: &'a str,
    site: &'a str,
    picture_url: Option<&'a str>,
    /// Size of the picture in pixels.
    width: Option<u32>,
    height: Option<u32>,
    /// Message on this server that the link leads to.
    quoted: Option<QuotedJson>,
}

#[derive(Serialize)]
struct QuotedJson {
    room: RoomId,
    message: MessageId,
}

impl<'a> From<&'a LinkPreview> for LinkPreviewJson<'a> {
    fn from(preview: &'a LinkPreview) -> LinkPreviewJson<'a> {
        let picture = preview.picture.as_ref();
        LinkPreviewJson {
            place: preview.place,
            url: &preview.url,
            title: &preview.title,
            description: &preview.description,
            site: &preview.site,
            picture_url: picture.map(|picture| &*picture.url),
            width: picture.map(|picture| picture.width),
            height: picture.map(|picture| picture.height),
            quoted: preview
                .quoted
                .map(|(room, message)| QuotedJson { room, message }),
        }
    }
}
