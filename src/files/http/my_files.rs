//! HTTP handler for the user's own files.

use poem::{Request, handler};

use crate::{
    accounts::User,
    error::Result,
    files::{Files, SortBy, html::OwnPage, json},
    rooms::Rooms,
    web::{
        framed::Framed, paged::ListQuery, query::lenient_param, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `GET /files?sort=&skip=`: the user's own files, newest first, or largest first with `sort=size`.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    query: ListQuery,
    State((files, rooms)): State<(Files, Rooms)>,
) -> Result<Reply> {
    let sort: Option<String> = lenient_param(req, "sort");
    let sort = match sort.as_deref() {
        Some("size") => SortBy::Largest,
        _ => SortBy::Newest,
    };
    let own = files.own(&user, sort, query.skip()).await?;
    if wants == Wants::Json {
        return Ok(Reply::json(&json::own(&own)));
    }
    let page = OwnPage::new(&user, own, &*rooms.list(user.id).await?, sort);
    Ok(Framed::new(user.viewer(), "My files", "/files", &page)?.into())
}
