//! Background departure of deleted users from their rooms.

use super::{
    Kind, Rooms, administration::delete_room, membership, membership_line::MembershipLine, store,
};
use crate::{
    accounts::DELETED_USER,
    db::{
        Conn, Db, Tx,
        ids::{RoomId, UserId},
    },
    error::Result,
    events::Event,
    jobs::{self, Job, JobHandler},
};

/// Job that takes a deleted user out of all rooms. They stay in direct conversations, whose other members keep them.
/// The payload is the id of the user.
pub struct LeaveRooms(pub Rooms);

impl JobHandler for LeaveRooms {
    const KIND: &'static str = "rooms.leave";

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let Ok(user) = job.payload.parse().map(UserId) else {
            return Ok(());
        };
        let rooms = db
            .read(move |conn: &mut Conn| store::rooms_of(conn, user))
            .await?;
        for room in rooms {
            let rooms = self.0.clone();
            db.write(move |tx: &mut Tx| leave(tx, &rooms, (room, user)))
                .await?;
        }
        db.write(move |tx: &mut Tx| store::forget_invitations(tx.conn, user))
            .await
    }
}

/// Takes a user out of a room. An invite-only room without other members is deleted.
fn leave(tx: &mut Tx, rooms: &Rooms, (id, user): (RoomId, UserId)) -> Result<()> {
    let Some((room, _)) = store::membership(tx.conn, id, user)? else {
        return Ok(());
    };
    let events = &rooms.0.app.events;
    match room.kind {
        Kind::Direct => Ok(()),
        Kind::Closed if store::count(tx.conn, id)? == 1 => delete_room(tx, events, id),
        _ => {
            membership::remove_member(tx.conn, id, user)?;
            membership::end_invitations(tx, events, id, Some(user))?;
            let line = MembershipLine::Left { name: DELETED_USER };
            events.emit(tx, membership::left(id, user, &line)?)
        }
    }
}

/// Schedules the departure of a user who is removed in this transaction.
pub fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    match event {
        Event::UserRemoved { user, .. } => jobs::add::<LeaveRooms>(tx, &user.to_string()),
        _ => Ok(()),
    }
}
