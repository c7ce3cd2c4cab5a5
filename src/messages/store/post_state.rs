//! State that posts of one transaction share, so that each need not read it again.

use std::collections::{HashMap, hash_map::Entry};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::grouping::{self, Before};
use crate::{
    db::{
        Conn,
        ids::{AvatarId, RoomId, UserId},
    },
    error::Result,
    messages::Message,
    rooms::{self, AuthorState},
    schema::messages,
};

/// The rooms that posts of one transaction have read and changed. It holds while nothing but posts writes.
#[derive(Default)]
pub struct PostState {
    rooms: HashMap<RoomId, RoomState>,
    /// Time (ms UTC) of the newest message of all rooms, once it was read.
    last_at: Option<Option<i64>>,
}

/// State of one room.
#[derive(Default)]
struct RoomState {
    rev: i64,
    /// The newest message that is no reply in a thread, once it was read.
    last: Option<Option<Before>>,
    /// Display names and pictures of the members who have posted and are not limited by slow mode.
    names: HashMap<UserId, (String, Option<AvatarId>)>,
}

impl PostState {
    /// See [`rooms::author_state`].
    pub fn context(
        &mut self,
        conn: &mut Conn,
        room: RoomId,
        author: UserId,
    ) -> Result<AuthorState> {
        if let Some(state) = self.rooms.get(&room)
            && let Some((display_name, avatar)) = state.names.get(&author)
        {
            return Ok(AuthorState {
                rev: state.rev,
                display_name: display_name.clone(),
                avatar: *avatar,
                is_slow: false,
            });
        }
        let context = rooms::author_state(conn, room, author)?;
        let state = self.rooms.entry(room).or_default();
        state.rev = context.rev;
        if !context.is_slow {
            let name = (context.display_name.clone(), context.avatar);
            state.names.insert(author, name);
        }
        Ok(context)
    }

    /// The newest message of a room that is no reply in a thread.
    pub fn last(&mut self, conn: &mut Conn, room: RoomId) -> Result<Option<Before>> {
        let state = self.rooms.entry(room).or_default();
        if state.last.is_none() {
            state.last = Some(grouping::last(conn, (room, None))?);
        }
        Ok(state.last.flatten())
    }

    /// Time (ms UTC) of the newest message of all rooms.
    pub fn last_at(&mut self, conn: &mut Conn) -> Result<Option<i64>> {
        if self.last_at.is_none() {
            let newest = messages::table.order(messages::id.desc());
            let at = newest.select(messages::created_at).first(conn).optional()?;
            self.last_at = Some(at);
        }
        Ok(self.last_at.flatten())
    }

    /// Takes over a new message. A reply in a thread changes its root as well, so the room is read again after it.
    pub fn posted(&mut self, message: &Message) {
        self.last_at = Some(Some(message.created_at));
        if let Entry::Occupied(mut state) = self.rooms.entry(message.room) {
            if message.thread.is_some() {
                state.remove();
                return;
            }
            let grouping = message.grouping as i32;
            let state = state.get_mut();
            state.rev = message.rev;
            state.last = Some(Some((message.author.id, message.created_at, grouping)));
        }
    }
}
