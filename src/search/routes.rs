//! Search over HTTP.

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::Deserialize;

use super::{
    ResultCursor, Search, SortOrder,
    view::{ResultList, ResultsFragment, ResultsJson, SearchPage},
};
use crate::{
    accounts::User,
    error::{Error, Result},
    sidebar::Sidebar,
    web::{
        page::{Page, html, json},
        wants::Wants,
    },
};

/// `?q=`, `?sort=newest|best`, and the cursor: `?before=`, `?inside=1`, `?page=`.
#[derive(Deserialize)]
struct SearchParams {
    #[serde(default)]
    q: String,
    sort: Option<String>,
    before: Option<i64>,
    inside: Option<String>,
    page: Option<usize>,
}

/// `GET /messages?q=`
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    search: Data<&Search>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let params: SearchParams = req
        .params()
        .map_err(|_| Error::Invalid("before and page must be whole numbers.".into()))?;
    let order = match params.sort.as_deref() {
        Some("best") => SortOrder::Best,
        _ => SortOrder::Newest,
    };
    let cursor = ResultCursor {
        inside: params.inside.is_some() && order == SortOrder::Newest,
        before: params.before,
        page: params.page.unwrap_or(1).max(1) - 1,
    };
    let results = search.find(&user, &params.q, order, cursor).await?;
    if wants == Wants::Json {
        let results = ResultsJson::new(&params.q, order, &results)?;
        return Ok(json(StatusCode::OK, &results));
    }
    let list = ResultList::new(params.q, order, cursor, results);
    if wants == Wants::Fragment {
        return html(StatusCode::OK, &ResultsFragment { list });
    }
    let page = SearchPage {
        page: Page::new("Search messages"),
        rail: sidebar.rail(&user, "/messages").await?,
        list,
    };
    html(StatusCode::OK, &page)
}
