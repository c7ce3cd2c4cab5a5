//! Search over HTTP.

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::Deserialize;

use super::{
    Order, Part, Search,
    view::{Fragment, ResultList, ResultsJson, SearchPage},
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

/// `?q=`, `?sort=newest|best`, and which part: `?before=`, `?inside=1`, `?page=`.
#[derive(Deserialize)]
struct Query {
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
    let query: Query = req
        .params()
        .map_err(|_| Error::Invalid("before and page are whole numbers.".into()))?;
    let order = match query.sort.as_deref() {
        Some("best") => Order::Best,
        _ => Order::Newest,
    };
    let part = Part {
        inside: query.inside.is_some() && order == Order::Newest,
        before: query.before,
        page: query.page.unwrap_or(1).max(1) - 1,
    };
    let results = search.find(&user, &query.q, order, part).await?;
    if wants == Wants::Json {
        let results = ResultsJson::new(&query.q, order, &results)?;
        return Ok(json(StatusCode::OK, &results));
    }
    let list = ResultList::new(query.q, order, part, results);
    if wants == Wants::Fragment {
        return html(StatusCode::OK, &Fragment { list });
    }
    let page = SearchPage {
        page: Page::new("Search messages"),
        rail: sidebar.rail(&user, "/messages").await?,
        list,
    };
    html(StatusCode::OK, &page)
}
