//! Searching messages over HTTP.

use poem::{Request, handler};
use serde::Deserialize;

use crate::search::{
    Order, Part, Search,
    html::{ResultFragment, ResultList, ResultsJson, SearchPage},
};
use crate::{
    accounts::User,
    error::{Error, Result},
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// `?q=`, `?sort=newest|best`, and which part: `?before=`, `?inside=1`, `?page=`.
#[derive(Deserialize)]
struct SearchQuery {
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
    let query: SearchQuery = req
        .params()
        .map_err(|_| Error::Invalid("before and page must be whole numbers.".into()))?;
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
        return Ok(Reply::json(&results));
    }
    let list = ResultList::new(query.q, order, part, results);
    if wants == Wants::Fragment {
        return Reply::fragment(&ResultFragment { list });
    }
    let page = SearchPage { list };
    Ok(Framed::new(user.viewer(), "Search messages", "/messages", &page)?.into())
}
