//! Direct conversations: choosing users and opening the conversation with them.

use std::collections::BTreeSet;

use poem::{Request, handler, http::StatusCode};
use serde::Deserialize;

use super::room::room_json;
use crate::{
    accounts::User,
    app::App,
    error::{Error, Result},
    people::{People, Person, Profile},
    rooms::{MOST_IN_DIRECT, RoomJson, Rooms, html::NewDirectPage},
    web::{body::FormOrJson, framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// The other users: usernames in a list, or in one text separated by spaces and commas.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DirectForm {
    usernames: Vec<String>,
    with: String,
}

impl DirectForm {
    fn names(&self) -> Vec<String> {
        let listed = self.usernames.iter().cloned();
        listed.chain(names(&self.with)).collect()
    }
}

fn names(text: &str) -> impl Iterator<Item = String> {
    let names = text.split([',', ';', ' ', '\n']).map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// `POST /directs`: 201 for a new conversation, 200 for one that exists.
#[handler]
pub async fn open(
    user: User,
    wants: Wants,
    FormOrJson(form): FormOrJson<DirectForm, 8192>,
    State((app, rooms, people)): State<(App, Rooms, People)>,
) -> Result<Reply> {
    match (rooms.direct(&user, form.names()).await, wants) {
        (Ok((room, created)), Wants::Json) => {
            let status = match created {
                true => StatusCode::CREATED,
                false => StatusCode::OK,
            };
            room_json(status, user, room.id, &rooms).await
        }
        (Ok((room, _)), _) => Ok(Reply::see_other(&format!("/rooms/{}", room.id))),
        (Err(error @ Error::Invalid(_)), Wants::Page) => {
            let mut page = page(&user, "", form.names(), &people, &app).await?;
            page.error = Some(error.to_string());
            framed(&user, &page, error.status())
        }
        (Err(error), _) => Err(error),
    }
}

/// `GET /directs`: the user's own conversations, as JSON. Browsers show them in the sidebar.
#[handler]
pub async fn index(user: User, wants: Wants, State(rooms): State<Rooms>) -> Result<Reply> {
    if wants != Wants::Json {
        return Ok(Reply::see_other("/directs/new"));
    }
    let directs = RoomJson::directs(&*rooms.list(user.id).await?);
    Ok(Reply::json(&serde_json::json!({ "directs": directs })))
}

/// `GET /directs/new?q=&with=`: search results and the users chosen so far.
#[handler]
pub async fn choose(
    user: User,
    req: &Request,
    State((app, people)): State<(App, People)>,
) -> Result<Reply> {
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
    let page = page(&user, &words, with, &people, &app).await?;
    framed(&user, &page, StatusCode::OK)
}

fn framed(user: &User, page: &NewDirectPage, status: StatusCode) -> Result<Reply> {
    let framed = Framed::new(user.viewer(), "New direct message", "/directs/new", page)?;
    Ok(framed.with_status(status).into())
}

async fn page(
    user: &User,
    words: &str,
    with: Vec<String>,
    people: &People,
    app: &App,
) -> Result<NewDirectPage> {
    let (mut chosen, mut known) = (Vec::new(), BTreeSet::from([user.id]));
    for name in with.iter().take(MOST_IN_DIRECT) {
        match people.profile(user, name).await {
            Ok(profile) if known.insert(profile.id) => chosen.push(Person::of(profile, &app.live)),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let (mut found, mut matched, mut next) = (Vec::new(), 0, Some(0));
    // The first page may consist of the user and the chosen people alone.
    while let (true, Some(skip)) = (found.is_empty(), next) {
        let page = people.search(user, words, skip).await?;
        next = page.next;
        let others = |profile: &Profile| profile.id != user.id;
        let page: Vec<Profile> = page.items.into_iter().filter(others).collect();
        matched += page.len();
        let page = page.into_iter();
        found.extend(page.filter(|profile| !known.contains(&profile.id)));
    }
    let found = found
        .into_iter()
        .map(|profile| Person::of(profile, &app.live));
    Ok(NewDirectPage {
        words: words.to_owned(),
        is_full: chosen.len() + 1 >= MOST_IN_DIRECT,
        chosen,
        found: found.collect(),
        all_chosen: matched > 0,
        error: None,
    })
}
