//! Pictures of users and rooms.
//!
//! Invariants: the picture at a URL never changes. Once a picture is replaced or removed, its blobs are removed. Only
//! members can see the picture of an invite-only room, so browsers revalidate pictures of rooms; those of users can be
//! cached indefinitely.

mod form;
pub mod http;
mod store;

pub use form::PictureForm;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn, Tx,
        ids::{AvatarId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::{Event, Events},
    files::{self, Files, StoredPicture},
    people,
    rooms::{self, Action, Member},
    web::{
        rate_limiter::{RateLimiter, SlidingWindow},
        state,
    },
};

/// Rate limit for picture changes by one user, because each change is pushed to open pages.
const CHANGES: SlidingWindow = SlidingWindow {
    limit: 20,
    window: Duration::from_secs(10 * 60),
};

/// User or room that a picture belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    User(UserId),
    Room(RoomId),
}

/// Operations on pictures. Cheap to clone.
#[derive(Clone)]
pub struct Avatars(Arc<AvatarsInner>);

impl state::Handle for Avatars {}

struct AvatarsInner {
    app: App,
    files: Files,
    changes: RateLimiter<UserId, SlidingWindow>,
}

impl Avatars {
    /// Creates the operations. Blobs are stored with `files`.
    pub fn new(app: App, files: Files) -> Avatars {
        let avatars = Avatars(Arc::new(AvatarsInner {
            app,
            files,
            changes: RateLimiter::new(CHANGES),
        }));
        add_reactions(&avatars.0.app.events);
        avatars
    }

    /// Counts a picture change against the user's rate limit.
    ///
    /// # Errors
    /// `TooMany` after 20 changes in 10 minutes.
    fn check_rate(&self, user: &User) -> Result<()> {
        let too_many = "You’re changing pictures too often.";
        let refused = |wait| Error::too_many(too_many, wait);
        match self.0.app.config.limits {
            true => self
                .0
                .changes
                .take(user.id, Instant::now())
                .map_err(refused),
            false => Ok(()),
        }
    }

    /// Sets the user's own picture.
    pub async fn set_own(&self, user: &User, square: StoredPicture) -> Result<()> {
        let name = user.username.clone();
        self.change(Owner::User(user.id), Some(square), move |conn| {
            user_event(conn, &name)
        })
        .await
    }

    /// Removes the user's own picture. Does nothing if there is none.
    pub async fn remove_own(&self, user: &User) -> Result<()> {
        let name = user.username.clone();
        self.change(Owner::User(user.id), None, move |conn| {
            user_event(conn, &name)
        })
        .await
    }

    /// Sets the picture of a room.
    ///
    /// # Errors
    /// `Forbidden` if the member may not rename the room.
    pub async fn set_of_room(&self, member: &Member, square: StoredPicture) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        self.change(Owner::Room(room), Some(square), move |conn| {
            room_event(conn, room, user)
        })
        .await
    }

    /// Removes the picture of a room. Does nothing if there is none.
    ///
    /// # Errors
    /// `Forbidden` if the member may not rename the room.
    pub async fn remove_of_room(&self, member: &Member) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        self.change(Owner::Room(room), None, move |conn| {
            room_event(conn, room, user)
        })
        .await
    }

    /// Replaces or removes the picture of `owner`, and removes the previous blobs. `event` creates the event for the
    /// change in the same transaction; it also checks permissions, and its error rolls back the change.
    async fn change(
        &self,
        owner: Owner,
        square: Option<StoredPicture>,
        event: impl FnOnce(&mut Conn) -> Result<Event> + Send + 'static,
    ) -> Result<()> {
        let events = self.0.app.events.clone();
        let hash = square.as_ref().map(|square| square.hash.clone());
        let (new, unused) = (hash.clone(), hash.clone());
        let write = move |tx: &mut Tx| {
            let before = store::remove(tx.conn, owner)?;
            if let Some(hash) = &new {
                store::insert(tx.conn, owner, hash, time::now())?;
            }
            let event = event(tx.conn)?;
            events.emit(tx, event)?;
            Ok(before)
        };
        let written = self.0.app.db.write(write).await;
        drop(square);
        let outdated = match &written {
            Ok(before) => before
                .clone()
                .filter(|before| Some(before) != hash.as_ref()),
            Err(_) => unused,
        };
        if let Some(outdated) = outdated {
            self.0.files.remove_unused(&outdated).await?;
        }
        written.map(drop)
    }

    /// Returns the current picture of a user.
    ///
    /// # Errors
    /// `NotFound` if the user doesn't exist.
    async fn current(&self, user: UserId) -> Result<Option<AvatarId>> {
        let find = move |conn: &mut Conn| store::current(conn, user)?.ok_or(Error::NotFound);
        self.0.app.db.read(find).await
    }

    /// Reads the current picture of `owner` in one size. Returns its bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if `id` isn't the current picture or `side` isn't a stored size.
    async fn read(&self, owner: Owner, id: AvatarId, side: u32) -> Result<(Vec<u8>, &'static str)> {
        let find = move |conn: &mut Conn| store::hash(conn, owner, id);
        let hash = self.0.app.db.read(find).await?.ok_or(Error::NotFound)?;
        self.0.files.read_square(&hash, side).await
    }
}

/// Adds the removal of pictures to the transactions that delete rooms and users.
pub fn add_reactions(events: &Events) {
    events.in_transaction(on_event);
}

/// Removes the picture of a deleted room or user. A job removes its blobs.
fn on_event(tx: &mut Tx, event: &Event) -> Result<()> {
    let owner = match event {
        Event::RoomDeleted(room) => Owner::Room(*room),
        Event::UserRemoved { user, .. } => Owner::User(*user),
        _ => return Ok(()),
    };
    match store::remove(tx.conn, owner)? {
        Some(hash) => files::sweep_picture(tx, &hash),
        None => Ok(()),
    }
}

/// Creates the event for a changed user picture.
fn user_event(conn: &mut Conn, username: &str) -> Result<Event> {
    let profile = people::find(conn, username)?.ok_or(Error::NotFound)?;
    Ok(people::changed_event(&profile))
}

/// Creates the event for a changed room picture.
///
/// # Errors
/// `Forbidden` if the user may not rename the room.
fn room_event(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Event> {
    rooms::demand(conn, room, user, Action::Rename)?;
    Ok(Event::RoomChanged(room))
}
