//! Rooms that an invite link offers. Each is checked when the link is made, and again when someone uses it.

use super::{
    Kind, Role, Room, Rooms, RoomsInner,
    membership::joined,
    membership_line::MembershipLine,
    rights::{self, Action},
    store,
};
use crate::{
    accounts::User,
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
        time,
    },
    error::Result,
};

impl Rooms {
    /// Rooms to which `user` may add others, by name.
    pub async fn invitable(&self, user: &User) -> Result<Vec<Room>> {
        let me = user.id;
        let find = move |conn: &mut Conn| store::memberships(conn, me);
        let mine = self.0.app.db.read(find).await?.into_iter();
        let invitable = mine.filter(|(room, role)| may_offer(room, *role));
        Ok(invitable.map(|(room, _)| room).collect())
    }

    /// Makes a user, who has this name, a member of the offered rooms. Rooms that they are in stay as they are.
    ///
    /// # Errors
    /// `Conflict` for a user in too many rooms.
    pub fn join_offered(
        &self,
        tx: &mut Tx,
        rooms: &[Room],
        (user, name): (UserId, &str),
    ) -> Result<()> {
        let RoomsInner { app, limits, .. } = &*self.0;
        for room in rooms {
            if store::membership(tx.conn, room.id, user)?.is_some() {
                continue;
            }
            limits.check_rooms(tx.conn, user)?;
            store::add(tx.conn, room.id, user, Role::Member, time::now())?;
            let line = MembershipLine::Joined { name };
            app.events.emit(tx, joined(room.id, user, &line)?)?;
        }
        Ok(())
    }
}

/// The given rooms to which `inviter` may add others now. Archived and deleted rooms are left out.
pub fn offered(conn: &mut Conn, rooms: &[RoomId], inviter: UserId) -> Result<Vec<Room>> {
    let mut offered = Vec::with_capacity(rooms.len());
    for room in rooms {
        let membership = store::membership(conn, *room, inviter)?;
        if let Some((room, _)) = membership.filter(|(room, role)| may_offer(room, *role)) {
            offered.push(room);
        }
    }
    Ok(offered)
}

/// Whether a user is in all of these rooms.
pub fn is_in_all(conn: &mut Conn, rooms: &[Room], user: UserId) -> Result<bool> {
    for room in rooms {
        if store::membership(conn, room.id, user)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn may_offer(room: &Room, role: Role) -> bool {
    room.kind != Kind::Direct && rights::demand(role, Action::Invite, room).is_ok()
}
