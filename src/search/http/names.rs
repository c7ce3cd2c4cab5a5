//! Finding a room or a person by name: a page, the switcher's options, JSON.

use askama::Template;
use poem::handler;
use serde_json::json;

use crate::{
    accounts::User,
    app::App,
    db::accents::search_key,
    error::Result,
    people::{People, Person, PersonJson, Profile},
    rooms::{RoomEntry, RoomJson, RoomList, RoomSummary, Rooms, Section},
    web::{framed::Framed, paged::ListQuery, reply::Reply, state::State, wants::Wants},
};

/// The most rooms and the most people in a list.
const OFFERED: usize = 8;

/// Results as a page, or as options of the switcher.
#[derive(Template)]
enum NamesView {
    #[template(path = "search/names.html")]
    Page { words: String, found: FoundNames },
    #[template(path = "search/name_options.html")]
    Options { words: String, found: FoundNames },
}

/// Rooms and people whose names match.
struct FoundNames {
    /// Rooms of the reader.
    rooms: Vec<RoomSummary>,
    /// Open rooms that they could join.
    others: Vec<RoomSummary>,
    people: Vec<Person>,
}

impl FoundNames {
    fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.others.is_empty() && self.people.is_empty()
    }
}

/// `GET /search?q=`. Pages list a person once: as the conversation with them, if it is found, too.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    query: ListQuery,
    State((app, people, rooms)): State<(App, People, Rooms)>,
) -> Result<Reply> {
    let words = query.q;
    let list = rooms.list(user.id).await?;
    let (found, others) = match words.trim() {
        "" => (latest(&list), Vec::new()),
        words => {
            let open = rooms.directory(&user, words, false, 0).await?.items;
            let others = open.into_iter().filter(|summary| !summary.mine);
            (fitting(&list, words), others.take(OFFERED).collect())
        }
    };
    let named = people.search(&user, &words, 0).await?.items.into_iter();
    let has_row = |profile: &Profile| {
        let rows = found
            .iter()
            .filter_map(|summary| list.entry(summary.room.id));
        wants != Wants::Json && rows.into_iter().any(|entry| *entry.people == [profile.id])
    };
    let others_named = |profile: &Profile| profile.id != user.id && !has_row(profile);
    let named = named.filter(others_named).take(OFFERED);
    let people: Vec<Person> = named
        .map(|profile| Person::of(profile, &app.live))
        .collect();
    if wants == Wants::Json {
        let all = found.iter().chain(&others);
        let rooms = all.map(|summary| RoomJson::of_found(&summary.room, &list));
        let rooms: Vec<_> = rooms.collect();
        let people: Vec<_> = people.iter().map(PersonJson::from).collect();
        let value = json!({ "rooms": rooms, "people": people });
        return Ok(Reply::json(&value));
    }
    let found = FoundNames {
        rooms: found,
        others,
        people,
    };
    match wants {
        Wants::Fragment => Reply::fragment(&NamesView::Options { words, found }),
        _ => {
            let page = NamesView::Page { words, found };
            Ok(Framed::new(user.viewer(), "Search", "/search", &page)?.into())
        }
    }
}

/// The user's rooms: with unread mentions first, then with unread messages, then with the latest messages.
fn latest(list: &RoomList) -> Vec<RoomSummary> {
    let mut shown: Vec<&RoomEntry> = list.entries.iter().collect();
    shown.retain(|entry| entry.section().is_some());
    shown.sort_by_key(|entry| {
        std::cmp::Reverse((
            entry.mention_badge() > 0,
            entry.is_bold(),
            entry.counts.newest,
        ))
    });
    shown.into_iter().take(OFFERED).map(summary).collect()
}

/// The user's rooms whose name contains the words. Names that begin with them come first.
fn fitting(list: &RoomList, words: &str) -> Vec<RoomSummary> {
    let words = search_key(words.trim_start_matches(['#', '@']));
    let mut fit: Vec<(bool, Option<Section>, &RoomEntry)> = Vec::new();
    for entry in list.entries.iter().filter(|entry| !entry.archived) {
        let name = search_key(&entry.name);
        if name.contains(&words) {
            fit.push((!name.starts_with(&words), entry.section(), entry));
        }
    }
    fit.sort_by_key(|(later, section, _)| (*later, *section));
    fit.into_iter()
        .take(OFFERED)
        .map(|(.., entry)| summary(entry))
        .collect()
}

fn summary(entry: &RoomEntry) -> RoomSummary {
    RoomSummary {
        room: entry.to_room(),
        members: entry.people.len() as i64 + 1,
        active_at: None,
        mine: true,
    }
}
