//! Searching messages over HTTP.

use poem::{Request, handler};
use serde::Deserialize;

use crate::search::{
    ResultCursor, Search, SortOrder,
    html::{ResultList, ResultsJson, ResultsView},
};
use crate::{
    accounts::User,
    error::{Error, Result},
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
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
    State(search): State<Search>,
) -> Result<Reply> {
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
        return Ok(Reply::json(&ResultsJson::new(&params.q, order, &results)?));
    }
    let list = ResultList::new(params.q, order, cursor, &results);
    if wants == Wants::Fragment {
        return Reply::fragment(&ResultsView::Fragment { list });
    }
    let page = ResultsView::Page { list };
    Ok(Framed::new(user.viewer(), "Search messages", "/messages", &page)?.into())
}
