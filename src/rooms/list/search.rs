//! The user's own rooms and conversations by name.

use std::collections::HashMap;

use super::{RoomEntry, RoomList};
use crate::{
    accounts::{User, one_line},
    db::{Conn, accents::search_key, ids::RoomId},
    error::Result,
    rooms::{Kind, ROOMS_LISTED, RoomSummary, Rooms, name, store},
    web::paged::Paged,
};

impl Rooms {
    /// User's rooms whose name contains `words`, by name, and then conversations, from `skip` on. Hidden ones are
    /// included, archived ones are not.
    pub async fn own(&self, user: &User, words: &str, skip: i64) -> Result<Paged<RoomSummary>> {
        let list = self.list(user.id).await?;
        let from = usize::try_from(skip).unwrap_or(usize::MAX);
        let found = named(&list, words).into_iter().skip(from);
        let found: Vec<&RoomEntry> = found.take(ROOMS_LISTED as usize + 1).collect();
        let rooms: Vec<RoomId> = found.iter().map(|entry| entry.room).collect();
        let me = user.id;
        let find = move |conn: &mut Conn| store::summaries(conn, me, &rooms);
        let mut summaries: HashMap<RoomId, RoomSummary> = self.0.app.db.read(find).await?;
        let named = found.into_iter().filter_map(|entry| {
            let mut summary = summaries.remove(&entry.room)?;
            summary.room.name = entry.name.clone(); // of a conversation: its other members
            Some(summary)
        });
        Ok(Paged::new(named.collect(), ROOMS_LISTED, skip))
    }
}

/// Entries whose name contains `words`, ignoring accents, rooms first, by name.
fn named<'a>(list: &'a RoomList, words: &str) -> Vec<&'a RoomEntry> {
    let words = one_line(words);
    let words = search_key(words.trim_start_matches(['#', '@']));
    let key = name::key(&words);
    let fits = |entry: &&RoomEntry| {
        let is_named = search_key(&entry.name).contains(&words);
        is_named || !key.is_empty() && name::key(&entry.name).contains(&key)
    };
    let entries = list.entries.iter().filter(|entry| !entry.archived);
    let mut found: Vec<&RoomEntry> = entries.filter(fits).collect();
    found.sort_by_cached_key(|entry| {
        let is_direct = entry.kind == Kind::Direct;
        (is_direct, entry.name.to_lowercase(), entry.room)
    });
    found
}
