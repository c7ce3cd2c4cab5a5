//! People over HTTP.

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};

use super::view::{Edit, List, Person, PersonJson, Show};
use crate::{
    accounts::{Accounts, FOUND, ProfileChange, User},
    error::{Error, Result},
    live::OnlineUsers,
    sidebar::Sidebar,
    web::{
        body::Sent,
        page::{Page, html, json, see_other},
        wants::Wants,
    },
};

/// `?q=` and `?skip=`.
#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
    skip: Option<i64>,
}

#[derive(Serialize)]
struct Found<'a> {
    people: Vec<PersonJson<'a>>,
    more: bool,
}

/// `GET /people?q=`
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    accounts: Data<&Accounts>,
    online: Data<&OnlineUsers>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let query: Query = req
        .params()
        .map_err(|_| Error::Invalid("skip is a whole number.".into()))?;
    let skip = query.skip.unwrap_or(0).max(0);
    let (found, more) = accounts.search(&query.q, skip).await?;
    let people = found
        .into_iter()
        .map(|profile| Person::of(profile, &online));
    let people: Vec<Person> = people.collect();
    if wants == Wants::Json {
        let people = people.iter().map(PersonJson::from).collect();
        return Ok(json(StatusCode::OK, &Found { people, more }));
    }
    let list = List {
        page: Page::new("People"),
        rail: sidebar.rail(&user, "/people").await?,
        words: query.q,
        people,
        next: more.then(|| skip + FOUND),
    };
    html(StatusCode::OK, &list)
}

/// `GET /people/{username}`
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    accounts: Data<&Accounts>,
    online: Data<&OnlineUsers>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let profile = accounts.profile(&username).await?;
    let person = Person::of(profile, &online);
    if wants == Wants::Json {
        return Ok(json(StatusCode::OK, &PersonJson::from(&person)));
    }
    let show = Show {
        page: Page::new(person.profile.shown()),
        rail: sidebar.rail(&user, "/people").await?,
        mine: person.profile.id == user.id,
        person,
    };
    html(StatusCode::OK, &show)
}

/// What the form and programs send.
#[derive(Deserialize)]
pub struct Change {
    display_name: Option<String>,
    about: Option<String>,
    time_zone: Option<String>,
}

impl From<Change> for ProfileChange {
    fn from(change: Change) -> ProfileChange {
        ProfileChange {
            display_name: change.display_name,
            about: change.about,
            time_zone: change.time_zone,
        }
    }
}

/// `GET /profile`: the form for one's own.
#[handler]
pub async fn own(
    user: User,
    accounts: Data<&Accounts>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let profile = accounts.profile(&user.username).await?;
    let draft = ProfileChange {
        display_name: Some(profile.display_name.to_string()),
        about: Some(profile.about),
        time_zone: Some(profile.time_zone),
    };
    form(StatusCode::OK, &user, draft, None, &sidebar).await
}

/// `POST /profile` from the form, `PATCH /profile` from programs.
#[handler]
pub async fn put_own(
    user: User,
    wants: Wants,
    Sent(change): Sent<Change, 8192>,
    accounts: Data<&Accounts>,
    online: Data<&OnlineUsers>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let draft = ProfileChange::from(change);
    let parsed = match draft.clone().parse() {
        Ok(parsed) => parsed,
        Err((_, error)) if wants != Wants::Page => return Err(error),
        Err((field, error)) => {
            let refusal = Some((field, error.to_string()));
            return form(error.status(), &user, draft, refusal, &sidebar).await;
        }
    };
    let changed = match accounts.change_profile(&user, parsed).await {
        Err(error @ Error::Conflict(_)) if wants == Wants::Page => {
            let refusal = Some(("display_name", error.to_string()));
            return form(error.status(), &user, draft, refusal, &sidebar).await;
        }
        changed => changed?,
    };
    let person = Person::of(changed, &online);
    match wants {
        Wants::Json => Ok(json(StatusCode::OK, &PersonJson::from(&person))),
        _ => Ok(see_other(&format!("/people/{}", encoded(&user.username)))),
    }
}

async fn form(
    status: StatusCode,
    user: &User,
    draft: ProfileChange,
    error: Option<(&'static str, String)>,
    sidebar: &Sidebar,
) -> Result<Response> {
    let edit = Edit {
        page: Page::new("Your profile"),
        rail: sidebar.rail(user, "/profile").await?,
        username: user.username.to_string(),
        draft,
        error,
    };
    html(status, &edit)
}

/// A name as a part of an address.
fn encoded(name: &str) -> String {
    let pair = serde_urlencoded::to_string([("n", name)]).unwrap_or_default();
    pair.trim_start_matches("n=").to_owned()
}
