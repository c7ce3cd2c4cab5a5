//! HTTP handler for the page that shows a text file.

use askama::Template;
use poem::{handler, web::Path};
use serde_json::json;

use crate::{
    accounts::User,
    error::Result,
    files::Files,
    messages::{ShownFile, file_html::ShownText},
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// Page with the beginning of a text file.
#[derive(Template)]
#[template(path = "messages/file_text.html")]
struct TextPage {
    file: ShownFile,
    text: ShownText,
}

/// `GET /files/{id}/{name}/text`: the beginning of a text file, at most 64 KiB.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Path((token, _)): Path<(String, String)>,
    State(files): State<Files>,
) -> Result<Reply> {
    let file = files.find(&user, &token).await?;
    let text = files.text(&file).await?;
    if wants == Wants::Json {
        let value = json!({ "text": text.text, "more": text.is_cut });
        return Ok(Reply::json(&value));
    }
    let page = TextPage {
        text: ShownText::of(&file.name, &text),
        file: ShownFile::of(&file),
    };
    Ok(Framed::new(user.viewer(), &file.name, "", &page)?.into())
}
