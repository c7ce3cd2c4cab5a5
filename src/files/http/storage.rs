//! HTTP handler for the server's storage usage.

use poem::{Request, handler};

use crate::{
    accounts::User,
    error::Result,
    files::{Files, json, storage::ListBy, storage_html::StoragePage},
    rooms::Rooms,
    web::{
        framed::Framed, paged::ListQuery, query::lenient_param, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `GET /storage?by=&skip=`: total usage, with a list by `files`, `rooms` or `people`. 404 unless the user is an admin.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    req: &Request,
    query: ListQuery,
    State((files, rooms)): State<(Files, Rooms)>,
) -> Result<Reply> {
    let by: Option<String> = lenient_param(req, "by");
    let by = match by.as_deref() {
        Some("rooms") => ListBy::Room,
        Some("people") => ListBy::Person,
        _ => ListBy::File,
    };
    let storage = files.storage(&user, by, query.skip()).await?;
    if wants == Wants::Json {
        return Ok(Reply::json(&json::storage(&storage)));
    }
    let page = StoragePage::new(storage, by, &*rooms.list(user.id).await?);
    Ok(Framed::new(user.viewer(), "Storage", "/storage", &page)?.into())
}
