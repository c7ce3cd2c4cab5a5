//! Blocking over HTTP: block and unblock, the list of blocked people, and the stylesheet that folds their messages.

use askama::Template;
use poem::{Response, handler, http::header, web::Path};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::User,
    app::App,
    db::ids::UserId,
    error::{Error, Result},
    people::{
        People, Person, PersonJson,
        html::{BlockStyles, BlockedPage},
    },
    web::{
        body::FormOrJson,
        form_values::{Flag, local_path},
        framed::Framed,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// URL path of the list.
const ADDRESS: &str = "/blocks";

/// Form fields: whether to block, and the page to return to.
#[derive(Deserialize)]
pub struct BlockForm {
    blocked: Flag,
    back: Option<String>,
}

/// `GET /blocks`: the people whom the user has blocked.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
    let blocked = people.blocked(&user).await?;
    if wants == Wants::Json {
        let blocked: Vec<Person> = blocked
            .into_iter()
            .map(|profile| Person::of(profile, &app.live))
            .collect();
        let people: Vec<_> = blocked.iter().map(PersonJson::from).collect();
        return Ok(Reply::json(&json!({ "people": people })));
    }
    let page = BlockedPage { people: blocked };
    Ok(Framed::new(user.viewer(), "Blocked people", ADDRESS, &page)?.into())
}

/// `PUT /people/{username}/block`
#[handler]
pub async fn block(
    user: User,
    Path(username): Path<String>,
    State(people): State<People>,
) -> Result<Reply> {
    people.block(&user, &username).await?;
    Ok(Reply::no_content())
}

/// `DELETE /people/{username}/block`
#[handler]
pub async fn unblock(
    user: User,
    Path(username): Path<String>,
    State(people): State<People>,
) -> Result<Reply> {
    people.unblock(&user, &username).await?;
    Ok(Reply::no_content())
}

/// `POST /people/{username}/block`, from a form.
#[handler]
pub async fn block_form(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    FormOrJson(form): FormOrJson<BlockForm, 4096>,
    State(people): State<People>,
) -> Result<Reply> {
    match form.blocked.value()? {
        true => people.block(&user, &username).await?,
        false => people.unblock(&user, &username).await?,
    }
    if wants == Wants::Json {
        return Ok(Reply::no_content());
    }
    let back = local_path(form.back.as_deref(), &super::address_of(&username));
    Ok(Reply::see_other(&back))
}

/// `GET /blocks/{file}`: `7-9-2.css` folds the messages of the people whom user 7 has blocked. The other numbers change
/// with the list, so that browsers can cache it.
#[handler]
pub async fn styles(
    user: User,
    Path(file): Path<String>,
    State(people): State<People>,
) -> Result<Response> {
    let name = file.strip_suffix(".css").ok_or(Error::NotFound)?;
    let owner = name.split('-').next().and_then(|id| id.parse().ok());
    if owner.map(UserId) != Some(user.id) {
        return Err(Error::NotFound);
    }
    let styles = BlockStyles {
        ids: people.blocked_ids(&user).await?,
    };
    let response = Response::builder().content_type("text/css; charset=utf-8");
    let cache = "private, max-age=31536000, immutable";
    let css = match styles.ids.is_empty() {
        true => String::new(),
        false => styles.render()?,
    };
    Ok(response.header(header::CACHE_CONTROL, cache).body(css))
}
