//! Creating, changing and deleting rooms, and the room directory.

use std::sync::Arc;

use super::{
    Kind, Member, NewRoom, ROOMS_LISTED, Role, Room, RoomChange, RoomName, RoomSummary, Rooms,
    RoomsInner, invitations,
    limits::Creation,
    membership,
    purge::PurgeRooms,
    retention::{self, Retention},
    rights::{self, Action},
    store::{self, DirectoryScope},
};
use crate::{
    accounts::{self, ServerAction, User, demand_under},
    audit::{self, Entry},
    db::{Conn, Tx, ids::RoomId, time},
    error::{Error, Result},
    events::{Event, Events},
    jobs,
    web::paged::Paged,
};

/// Error text for a change that would leave no default room.
pub const NO_DEFAULT_LEFT: &str =
    "New accounts are added to this room. Choose another default room first.";

impl Rooms {
    /// Creates a room owned by its creator.
    ///
    /// # Errors
    /// `Forbidden` when the settings of the server don’t let the user make rooms; `Conflict` when an open room has that
    /// name or one that looks like it, and when the user has too many rooms; `TooMany` when the user created too many lately.
    pub async fn create(&self, user: &User, new_room: NewRoom) -> Result<Room> {
        let (me, rooms) = (user.id, self.clone());
        let settings = self.0.app.settings.current();
        demand_under(&settings, user.role, ServerAction::CreateRoom)?;
        let create = move |tx: &mut Tx| {
            let RoomsInner { app, limits, .. } = &*rooms.0;
            if new_room.kind == Kind::Open {
                check_name(tx.conn, &new_room.name, None)?;
            }
            limits.check_owned(tx.conn, me)?;
            limits.check_rooms(tx.conn, me)?;
            limits.take(me, Creation::Room)?;
            let size = new_room.name.as_str().len() + new_room.topic.as_str().len();
            app.text_quota.take(tx, me, size)?;
            let room = store::create(tx.conn, &new_room, time::now())?;
            store::add(tx.conn, room.id, me, Role::Owner, time::now())?;
            app.events.emit(tx, Event::joined(room.id, me))?;
            Ok(room)
        };
        self.0.app.db.write(create).await
    }

    /// Changes a room: all fields or none.
    ///
    /// # Errors
    /// `Forbidden` without the right; `Conflict` when the name is taken or was changed meanwhile, when no default room
    /// would be left, and when messages would be erased without a confirmation.
    pub async fn change(&self, member: &Member, change: RoomChange) -> Result<Room> {
        let (id, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let by = member.user.viewer().name;
        let quota = self.0.app.text_quota.clone();
        self.check_retention(member, &change).await?;
        let write = move |tx: &mut Tx| {
            let (room, role) = store::membership(tx.conn, id, me)?.ok_or(Error::NotFound)?;
            for action in change.actions(&room) {
                rights::demand(role, action, &room)?;
            }
            let after = change.applied(room.clone());
            check(tx.conn, &change, &room, &after)?;
            if after == room {
                return Ok(room);
            }
            quota.take(tx, me, change.text_size())?;
            store::update(tx.conn, &after, time::now())?;
            tx.erases();
            if after.archived {
                membership::end_invitations(tx, &events, id, None)?;
            }
            if room.kind == Kind::Open && after.kind == Kind::Closed {
                invitations::ask_strangers(tx, &events, id, (me, &by))?;
            }
            if let Some(details) = restriction_details(&room, &after) {
                let entry = Entry::new(Some(me), audit::AuditAction::RoomRestricted);
                audit::record(tx, entry.room(id).details(details))?;
            }
            events.emit(tx, Event::RoomChanged(id))?;
            Ok(after)
        };
        self.0.app.db.write(write).await
    }

    /// Checks the retention in a change, and whether it is confirmed.
    async fn check_retention(&self, member: &Member, change: &RoomChange) -> Result<()> {
        let Some(days) = change.retention_days else {
            return Ok(());
        };
        let server_days = self.0.app.settings.current().retention_days;
        retention::check_bound(server_days, days)?;
        let (before, room) = (&member.room, Some(member.room.id));
        let after = Retention::of_room(server_days, days);
        if change.confirmed || after == before.retention(server_days) {
            return Ok(());
        }
        rights::demand(member.role, Action::Delete, before)?;
        let count = move |conn: &mut Conn| retention::count_outdated(conn, after, room);
        self.0.app.db.read(count).await?.ask()
    }

    /// Deletes a room with all its messages. `typed` must be its name, as confirmation.
    ///
    /// # Errors
    /// `Forbidden` without the right, `Invalid` for a wrong name, `Conflict` for the last default room.
    pub async fn delete(&self, member: &Member, typed: &str) -> Result<()> {
        let (id, me, events) = (member.room.id, member.user.id, self.0.app.events.clone());
        let typed = typed.trim().to_owned();
        let delete = move |tx: &mut Tx| {
            let (room, role) = store::membership(tx.conn, id, me)?.ok_or(Error::NotFound)?;
            rights::demand(role, Action::Delete, &room)?;
            if typed != *room.name {
                let what = "That doesn’t match. Type the room name exactly as shown.";
                return Err(Error::Invalid(what.into()));
            }
            check_other_default(tx.conn, &room)?;
            delete_room(tx, &events, id)
        };
        self.0.app.db.write(delete).await
    }

    /// Rooms whose name or topic contains `words`, open or joined by the reader, by name from `skip` on. Archived rooms
    /// are returned on request and only to their members. Guests find only their own rooms.
    pub async fn directory(
        &self,
        user: &User,
        words: &str,
        archived: bool,
        skip: i64,
    ) -> Result<Paged<RoomSummary>> {
        let (me, words) = (user.id, accounts::one_line(words));
        let range = (ROOMS_LISTED + 1, skip);
        let scope = match user.may(ServerAction::Browse) {
            _ if archived => DirectoryScope::Archived,
            true => DirectoryScope::Open,
            false => DirectoryScope::Own,
        };
        let find = move |conn: &mut Conn| store::directory(conn, me, &words, scope, range);
        let found = self.0.app.db.read(find).await?;
        Ok(Paged::new(found, ROOMS_LISTED, skip))
    }
}

/// Changed rules about posting in words; `None` if they are the same.
fn restriction_details(before: &Room, after: &Room) -> Option<String> {
    let posting = |room: &Room| (room.announcements, room.slow_mode);
    if posting(before) == posting(after) {
        return None;
    }
    let who = match after.announcements {
        true => "only owners and moderators post",
        false => "all members post",
    };
    Some(match after.slow_mode {
        0 => who.into(),
        seconds => format!("{who}, one post in {seconds} seconds"),
    })
}

/// Deletes a room. A job removes its messages.
pub(super) fn delete_room(tx: &mut Tx, events: &Arc<Events>, room: RoomId) -> Result<()> {
    membership::end_invitations(tx, events, room, None)?;
    store::delete(tx.conn, room, time::now())?;
    jobs::add_once::<PurgeRooms>(tx)?;
    events.emit(tx, Event::RoomDeleted(room))
}

/// Checks whether a room may become `after`.
fn check(conn: &mut Conn, change: &RoomChange, before: &Room, after: &Room) -> Result<()> {
    if before.kind == Kind::Direct {
        let what = "You can’t change who’s in a conversation. Start a new one instead.";
        let is_same = before == after;
        return is_same.then_some(()).ok_or(Error::Forbidden(what.into()));
    }
    let name = &before.name;
    if change.name_was.as_ref().is_some_and(|was| **was != **name) {
        return Err(Error::Conflict(format!(
            "Someone just renamed this room to “{name}”. Review the change, then save again."
        )));
    }
    if after.kind == Kind::Direct {
        let what = "A room must be open or invite-only.";
        return Err(Error::Invalid(what.into()));
    }
    if after.is_default && !after.is_listed() {
        let what = "Only open, active rooms can be joined automatically.";
        return Err(Error::Conflict(what.into()));
    }
    if before.is_default && !after.is_default {
        check_other_default(conn, before)?;
    }
    if after.is_listed() && (!before.is_listed() || before.name != after.name) {
        check_name(conn, &RoomName::parse(&after.name)?, Some(after.id))?;
    }
    Ok(())
}

/// Checks that no open room except `but` has the name or one that looks like it.
fn check_name(conn: &mut Conn, name: &RoomName, but: Option<RoomId>) -> Result<()> {
    let same = store::room_of_key(conn, &name.key())?;
    if same.is_some() && same != but {
        let what = "A room with that name, or one very similar, already exists.";
        return Err(Error::Conflict(what.into()));
    }
    Ok(())
}

/// Checks that a default room is left without `room`.
fn check_other_default(conn: &mut Conn, room: &Room) -> Result<()> {
    if room.is_default && store::defaults(conn)? <= 1 {
        return Err(Error::Conflict(NO_DEFAULT_LEFT.into()));
    }
    Ok(())
}
