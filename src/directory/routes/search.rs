//! Finding a room or a person by name: a page, the switcher's options, JSON.

use poem::{Request, Response, handler, http::StatusCode, web::Data};

use super::Query;
use crate::{
    accounts::{Accounts, User},
    directory::view::{Card, Found, FoundJson, Options, Search},
    error::Result,
    live::OnlineUsers,
    people::{Person, PersonJson},
    rooms::{RoomSummary, Rooms},
    sidebar::{Entry, List, RoomJson, Section, Sidebar},
    web::{
        page::{Page, html, json},
        wants::Wants,
    },
};

/// Rooms and people that are offered at most, of each kind.
const OFFERED: usize = 8;

/// `GET /search?q=`
#[handler]
pub async fn search(
    user: User,
    wants: Wants,
    req: &Request,
    accounts: Data<&Accounts>,
    rooms: Data<&Rooms>,
    online: Data<&OnlineUsers>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let words = Query::of(req)?.q;
    let list = sidebar.list(&user).await?;
    let (found, others) = match words.trim() {
        "" => (latest(&list), Vec::new()),
        words => {
            let (open, _) = rooms.directory(&user, words, false, 0).await?;
            let others = open.into_iter().filter(|listing| !listing.mine);
            (fitting(&list, words), others.take(OFFERED).collect())
        }
    };
    let (people, _) = accounts.search(&words, 0).await?;
    let people = people.into_iter().filter(|person| person.id != user.id);
    let people = people
        .take(OFFERED)
        .map(|person| Person::of(person, &online));
    let people: Vec<Person> = people.collect();
    if wants == Wants::Json {
        let all = found.iter().chain(&others);
        let found = FoundJson {
            rooms: all
                .map(|listing| RoomJson::of_found(&listing.room, &list))
                .collect(),
            people: people.iter().map(PersonJson::from).collect(),
        };
        return Ok(json(StatusCode::OK, &found));
    }
    let found = Found {
        rooms: found.into_iter().map(Card::from).collect(),
        others: others.into_iter().map(Card::from).collect(),
        people,
    };
    match wants {
        Wants::Fragment => html(StatusCode::OK, &Options { words, found }),
        _ => {
            let search = Search {
                page: Page::new("Search"),
                rail: sidebar.rail(&user, "/search").await?,
                words,
                found,
            };
            html(StatusCode::OK, &search)
        }
    }
}

/// One's rooms with the latest messages, those with something unread first.
fn latest(list: &List) -> Vec<RoomSummary> {
    let mut shown: Vec<&Entry> = list.entries.iter().collect();
    shown.retain(|entry| entry.section().is_some());
    shown.sort_by_key(|entry| {
        std::cmp::Reverse((entry.loud() > 0, entry.is_bold(), entry.counts.newest))
    });
    shown.into_iter().take(OFFERED).map(listing).collect()
}

/// One's rooms whose name contains the words; those that begin with them first.
fn fitting(list: &List, words: &str) -> Vec<RoomSummary> {
    let words = words.trim_start_matches(['#', '@']).to_lowercase();
    let mut fit: Vec<(bool, Option<Section>, &Entry)> = Vec::new();
    for entry in list.entries.iter().filter(|entry| !entry.archived) {
        let name = entry.name.to_lowercase();
        if name.contains(&words) {
            fit.push((!name.starts_with(&words), entry.section(), entry));
        }
    }
    fit.sort_by_key(|(later, section, _)| (*later, *section));
    fit.into_iter()
        .take(OFFERED)
        .map(|(.., entry)| listing(entry))
        .collect()
}

fn listing(entry: &Entry) -> RoomSummary {
    RoomSummary {
        room: entry.to_room(),
        members: entry.people.len() as i64 + 1,
        active_at: None,
        mine: true,
    }
}
