//! HTTP handlers that delete a user's own attachments and unposted uploads.

use poem::{handler, web::Path};
use serde::Deserialize;

use crate::{
    accounts::User,
    error::Result,
    files::Files,
    messages::Messages,
    rooms::Rooms,
    web::{body::FormOrJson, reply::Reply, state::State, wants::Wants},
};

/// `DELETE /files/{id}`: deletes a file.
#[handler]
pub async fn delete(
    user: User,
    Path(token): Path<String>,
    State(state): State<(Files, Rooms, Messages)>,
) -> Result<Reply> {
    remove(user, &token, state).await?;
    Ok(Reply::no_content())
}

/// Form with the sort order of the list to return to.
#[derive(Deserialize)]
pub struct DeletionForm {
    sort: Option<String>,
}

/// `POST /files/{id}` for forms: deletes a file.
#[handler]
pub async fn delete_form(
    user: User,
    wants: Wants,
    Path(token): Path<String>,
    FormOrJson(form): FormOrJson<DeletionForm, 4096>,
    State(state): State<(Files, Rooms, Messages)>,
) -> Result<Reply> {
    remove(user, &token, state).await?;
    if wants != Wants::Page {
        return Ok(Reply::no_content());
    }
    Ok(Reply::see_other(match form.sort.as_deref() {
        Some("size") => "/files?sort=size",
        _ => "/files",
    }))
}

async fn remove(
    user: User,
    token: &str,
    (files, rooms, messages): (Files, Rooms, Messages),
) -> Result<()> {
    match files.place(&user, token).await? {
        None => files.cancel(user.id, token).await,
        Some((room, message)) => {
            let member = rooms.admit(user, room).await?;
            messages.remove_file(&member, message, token).await
        }
    }
}
