//! Direct conversations: choosing people, and opening the one with them.

use std::collections::BTreeSet;

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::Deserialize;

use crate::{
    accounts::{Accounts, User},
    directory::view::NewDirect,
    error::{Error, Result},
    live::OnlineUsers,
    people::Person,
    rooms::Rooms,
    sidebar::{RoomJson, Sidebar},
    web::{
        body::Sent,
        page::{Page, html, json, see_other},
        wants::Wants,
    },
};

/// With whom: names in a list, or in one text between spaces and commas.
#[derive(Deserialize)]
pub struct With {
    #[serde(default)]
    usernames: Vec<String>,
    #[serde(default)]
    with: String,
}

impl With {
    fn names(&self) -> Vec<String> {
        let typed = names(&self.with);
        self.usernames.iter().cloned().chain(typed).collect()
    }
}

fn names(text: &str) -> Vec<String> {
    let names = text.split([',', ';', ' ', '\n']).map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// `POST /directs`: 201 for a new conversation, 200 for one that was there.
#[handler]
pub async fn open(
    user: User,
    wants: Wants,
    Sent(with): Sent<With, 8192>,
    rooms: Data<&Rooms>,
    sidebar: Data<&Sidebar>,
    accounts: Data<&Accounts>,
    online: Data<&OnlineUsers>,
) -> Result<Response> {
    match (rooms.direct(&user, with.names()).await, wants) {
        (Ok((room, made)), Wants::Json) => {
            let member = rooms.admit(user, room.id).await?;
            let list = sidebar.list(&member.user).await?;
            let status = if made {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            Ok(json(status, &RoomJson::of_member(&member, &list)))
        }
        (Ok((room, _)), _) => Ok(see_other(&format!("/rooms/{}", room.id))),
        (Err(error @ Error::Invalid(_)), Wants::Page) => {
            let mut page = page(&user, "", with.names(), &accounts, &online, &sidebar).await?;
            page.error = Some(error.to_string());
            html(error.status(), &page)
        }
        (Err(error), _) => Err(error),
    }
}

/// `GET /directs`: one's own, for programs; browsers have them in their list.
#[handler]
pub async fn index(user: User, wants: Wants, sidebar: Data<&Sidebar>) -> Result<Response> {
    if wants != Wants::Json {
        return Ok(see_other("/directs/new"));
    }
    let directs = RoomJson::directs(&*sidebar.list(&user).await?);
    let value = serde_json::json!({ "directs": directs });
    Ok(json(StatusCode::OK, &value))
}

/// `GET /directs/new?q=&with=`: looking for people, and those chosen so far.
#[handler]
pub async fn choose(
    user: User,
    req: &Request,
    accounts: Data<&Accounts>,
    online: Data<&OnlineUsers>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let (mut words, mut with, mut without) = (String::new(), Vec::new(), String::new());
    let query = req.uri().query().unwrap_or_default();
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    for (name, value) in pairs {
        match name.as_str() {
            "q" => words = value,
            "with" => with.extend(names(&value)),
            "without" => without = value,
            _ => {}
        }
    }
    with.retain(|name| *name != without);
    let page = page(&user, &words, with, &accounts, &online, &sidebar).await?;
    html(StatusCode::OK, &page)
}

async fn page(
    user: &User,
    words: &str,
    with: Vec<String>,
    accounts: &Accounts,
    online: &OnlineUsers,
    sidebar: &Sidebar,
) -> Result<NewDirect> {
    let (mut chosen, mut known) = (Vec::new(), BTreeSet::from([user.id]));
    for name in with.iter().take(crate::rooms::MOST_IN_DIRECT) {
        match accounts.profile(name).await {
            Ok(profile) if known.insert(profile.id) => chosen.push(Person::of(profile, online)),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let (found, _) = accounts.search(words, 0).await?;
    let others = found
        .into_iter()
        .filter(|profile| !known.contains(&profile.id));
    Ok(NewDirect {
        page: Page::new("New direct message"),
        rail: sidebar.rail(user, "/directs/new").await?,
        words: words.to_owned(),
        chosen,
        found: others.map(|profile| Person::of(profile, online)).collect(),
        error: None,
    })
}
