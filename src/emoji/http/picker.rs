//! HTTP handler for the data of the emoji picker and completion: custom emoji first, then the standard ones.

use std::sync::OnceLock;

use askama::Template;
use poem::{
    Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
};
use sha2::{Digest, Sha256};

use crate::{
    accounts::User,
    emoji::{CustomEmojis, EmojiCatalog, EmojiGroup, emoji_groups, json::CustomEmojiJson},
    error::Result,
    web::{
        page::{html, json},
        state::State,
        wants::Wants,
    },
};

/// Cache policy for URLs with a hash of the content. `private`, because the user must be logged in.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// Groups in the picker.
#[derive(Template)]
#[template(path = "emoji/groups.html")]
struct EmojiGroups {
    custom: CustomEmojis,
    groups: Vec<EmojiGroup>,
}

/// Returns the URL of the picker data, including a hash of the content.
pub fn address(custom: &CustomEmojis) -> String {
    format!("/emoji?v={}-{:x}", standard_version(), custom.version())
}

/// Returns a hash of the standard emoji.
fn standard_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let groups = EmojiGroups {
            custom: CustomEmojis::default(),
            groups: emoji_groups(),
        };
        let hash = Sha256::digest(groups.render().unwrap_or_default());
        hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

/// `GET /emoji`: all emoji, as HTML for the picker or as JSON.
#[handler]
pub async fn index(
    _user: User,
    wants: Wants,
    req: &Request,
    State(catalog): State<EmojiCatalog>,
) -> Result<Response> {
    let (custom, groups) = (catalog.known().await?, emoji_groups());
    let is_current = address(&custom).strip_prefix("/emoji?") == req.uri().query();
    let mut response = match wants {
        Wants::Json | Wants::Page => {
            let emoji: Vec<_> = groups.into_iter().flat_map(|group| group.emoji).collect();
            let custom: Vec<_> = custom.all().map(CustomEmojiJson::from).collect();
            let all = serde_json::json!({ "emoji": emoji, "custom": custom });
            json(StatusCode::OK, &all)
        }
        Wants::Fragment => html(StatusCode::OK, &EmojiGroups { custom, groups })?,
    };
    let headers = response.headers_mut();
    if is_current {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    }
    let vary = HeaderValue::from_static("accept, accept-encoding, hx-request");
    headers.insert(header::VARY, vary);
    Ok(response)
}
