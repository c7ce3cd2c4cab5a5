//! Direct conversations: one conversation for each set of members, which never changes.

use super::{
    Role, Room, Rooms, RoomsInner,
    limits::Creation,
    membership::{found, unknown},
    store,
};
use crate::{
    accounts::{ServerAction, User},
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    events::Event,
    people,
};

/// Limit of members in a direct conversation, the user included.
pub const MOST_IN_DIRECT: usize = 20;

impl Rooms {
    /// Returns the conversation of `user` with these users, created if needed, and whether it is new.
    ///
    /// # Errors
    /// `Invalid` when a user does not exist, and for too many users or none but `user`; `TooMany` when `user` started too
    /// many conversations lately; `Forbidden` for a new one with someone who has blocked `user`.
    pub async fn direct(&self, user: &User, usernames: Vec<String>) -> Result<(Room, bool)> {
        let (me, rooms, writer) = (user.id, self.clone(), user.clone());
        if usernames.len() > 4 * MOST_IN_DIRECT {
            return Err(too_many());
        }
        let open = move |tx: &mut Tx| {
            let RoomsInner { app, limits, .. } = &*rooms.0;
            let mut ids = vec![me];
            for name in &usernames {
                let person = found(tx.conn, name)?.id;
                if !may_write_to(tx.conn, &writer, person)? {
                    return Err(unknown(name));
                }
                ids.push(person);
            }
            ids.sort_unstable();
            ids.dedup();
            match ids.len() {
                1 => return Err(Error::Invalid("Choose at least one person.".into())),
                count if count > MOST_IN_DIRECT => return Err(too_many()),
                _ => {}
            }
            let key: Vec<String> = ids.iter().map(UserId::to_string).collect();
            let key = key.join(",");
            let (room, made) = match store::room_of_people(tx.conn, &key)? {
                Some(room) => (room, false),
                None => {
                    if !people::blockers_among(tx.conn, &ids, me)?.is_empty() {
                        return Err(people::cannot_message());
                    }
                    limits.take(me, Creation::Conversation)?;
                    (store::create_direct(tx.conn, &key, time::now())?, true)
                }
            };
            if made {
                for person in &ids {
                    store::add(tx.conn, room, *person, Role::Member, time::now())?;
                }
            }
            store::show_direct(tx.conn, room, me)?;
            let (shown, _) = store::membership(tx.conn, room, me)?.ok_or(Error::NotFound)?;
            // A new conversation appears in all lists, a reopened one only in the list of `me`.
            for user in ids.into_iter().filter(|user| made || *user == me) {
                app.events.emit(tx, Event::joined(room, user))?;
            }
            Ok((shown, made))
        };
        self.0.app.db.write(open).await
    }
}

/// Whether `user` may start a conversation with a person: guests only with people in their rooms.
fn may_write_to(conn: &mut Conn, user: &User, person: UserId) -> Result<bool> {
    match user.may(ServerAction::WriteToAnyone) {
        true => Ok(true),
        false => people::may_see(conn, user, person),
    }
}

fn too_many() -> Error {
    let what = format!(
        "Conversations can have up to {MOST_IN_DIRECT} people. Create an invite-only room instead."
    );
    Error::Invalid(what)
}
