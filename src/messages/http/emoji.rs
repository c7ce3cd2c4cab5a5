//! The emoji for the picker. They are the same for every user and cached by the browser.

use std::sync::OnceLock;

use askama::Template;
use poem::{
    Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
};
use sha2::{Digest, Sha256};

use crate::{
    accounts::User,
    error::Result,
    messages::{self, EmojiGroup},
    web::{
        page::{html, json},
        wants::Wants,
    },
};

/// The URL contains a hash of the content. `private`, because the request needs a signed-in user.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// The groups of the picker.
#[derive(Template)]
#[template(path = "messages/emoji_groups.html")]
struct EmojiGroups {
    groups: Vec<EmojiGroup>,
}

/// The URL of the emoji groups, with a hash of the content.
pub fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let groups = messages::emoji_groups();
        let text = EmojiGroups { groups }.render().unwrap_or_default();
        let hash = Sha256::digest(text);
        let short: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/emoji?v={short}")
    })
}

/// `GET /emoji`
#[handler]
pub fn index(_user: User, wants: Wants, req: &Request) -> Result<Response> {
    let groups = messages::emoji_groups();
    let mut response = match wants {
        Wants::Json | Wants::Page => {
            let emoji: Vec<_> = groups.into_iter().flat_map(|group| group.emoji).collect();
            json(StatusCode::OK, &serde_json::json!({ "emoji": emoji }))
        }
        Wants::Fragment => html(StatusCode::OK, &EmojiGroups { groups })?,
    };
    let headers = response.headers_mut();
    if address().strip_prefix("/emoji?") == req.uri().query() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    }
    let vary = HeaderValue::from_static("accept, accept-encoding, hx-request");
    headers.insert(header::VARY, vary);
    Ok(response)
}
