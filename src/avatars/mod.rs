//! Pictures of users and of rooms: setting and removing them, and their delivery.
//!
//! Invariants: a picture never changes, so its address may be cached for good; the content of one that was replaced or
//! removed leaves the disk. A picture of a closed room is sent to its members alone.

mod form;
pub mod http;
mod store;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use crate::{
    accounts::User,
    app::App,
    db::{
        Conn, Tx,
        ids::{AvatarId, RoomId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    files::{Files, StoredPicture},
    people,
    rooms::{self, Action, Member},
    web::{
        rate_limiter::{RateLimiter, SlidingWindow},
        state,
    },
};

/// Changes of pictures by one user. Each is sent to open pages.
const CHANGES: SlidingWindow = SlidingWindow {
    limit: 20,
    window: Duration::from_secs(10 * 60),
};

/// Whom or what a picture shows.
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
    /// Pictures of this server, whose contents are in the folder of `files`.
    pub fn new(app: App, files: Files) -> Avatars {
        let avatars = Avatars(Arc::new(AvatarsInner {
            app,
            files,
            changes: RateLimiter::new(CHANGES),
        }));
        let inner = Arc::downgrade(&avatars.0);
        let runtime = Handle::try_current();
        avatars.0.app.events.after_commit(move |event| {
            if let (Event::RoomDeleted(room), Some(inner), Ok(runtime)) =
                (event, inner.upgrade(), &runtime)
            {
                runtime.spawn(Avatars(inner).remove_of_deleted(*room));
            }
        });
        avatars
    }

    /// Removes the picture of a room that was deleted.
    async fn remove_of_deleted(self, room: RoomId) {
        let AvatarsInner { app, files, .. } = &*self.0;
        let remove = move |tx: &mut Tx| store::remove(tx.conn, Owner::Room(room));
        let removed = match app.db.write(remove).await {
            Ok(Some(hash)) => files.remove_unused(&hash).await,
            other => other.map(drop),
        };
        if let Err(error) = removed {
            tracing::warn!(%error, "the picture of a deleted room was not removed");
        }
    }

    /// Counts a change of a picture by `user`.
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

    /// Makes a stored square the picture of its user.
    pub async fn set_own(&self, user: &User, square: StoredPicture) -> Result<()> {
        let name = user.username.clone();
        self.change(Owner::User(user.id), Some(square), move |conn| {
            user_event(conn, &name)
        })
        .await
    }

    /// Removes the picture of a user. Does nothing without one.
    pub async fn remove_own(&self, user: &User) -> Result<()> {
        let name = user.username.clone();
        self.change(Owner::User(user.id), None, move |conn| {
            user_event(conn, &name)
        })
        .await
    }

    /// Makes a stored square the picture of a room.
    ///
    /// # Errors
    /// `Forbidden` without the right to rename the room.
    pub async fn set_of_room(&self, member: &Member, square: StoredPicture) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        self.change(Owner::Room(room), Some(square), move |conn| {
            room_event(conn, room, user)
        })
        .await
    }

    /// Removes the picture of a room. Does nothing without one.
    ///
    /// # Errors
    /// `Forbidden` without the right to rename the room.
    pub async fn remove_of_room(&self, member: &Member) -> Result<()> {
        let (room, user) = (member.room.id, member.user.id);
        self.change(Owner::Room(room), None, move |conn| {
            room_event(conn, room, user)
        })
        .await
    }

    /// Replaces the picture of `owner`, and removes the content of the one before. `event` reads the event after the
    /// change, and checks the right.
    async fn change(
        &self,
        owner: Owner,
        square: Option<StoredPicture>,
        event: impl FnOnce(&mut Conn) -> Result<Event> + Send + 'static,
    ) -> Result<()> {
        let events = self.0.app.events.clone();
        let hash = square.as_ref().map(|square| square.hash.clone());
        let (kept, unused) = (hash.clone(), hash.clone());
        let write = move |tx: &mut Tx| {
            let before = store::remove(tx.conn, owner)?;
            if let Some(hash) = &kept {
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

    /// The current picture of a user, if there is one.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    async fn current(&self, user: UserId) -> Result<Option<AvatarId>> {
        let find = move |conn: &mut Conn| store::current(conn, user)?.ok_or(Error::NotFound);
        self.0.app.db.read(find).await
    }

    /// A copy of the current picture of `owner`, and its media type.
    ///
    /// # Errors
    /// `NotFound` for another picture and another side.
    async fn read(&self, owner: Owner, id: AvatarId, side: u32) -> Result<(Vec<u8>, &'static str)> {
        let find = move |conn: &mut Conn| store::hash(conn, owner, id);
        let hash = self.0.app.db.read(find).await?.ok_or(Error::NotFound)?;
        self.0.files.read_square(&hash, side).await
    }
}

/// The event after a change of a user's picture.
fn user_event(conn: &mut Conn, username: &str) -> Result<Event> {
    let profile = people::find(conn, username)?.ok_or(Error::NotFound)?;
    Ok(people::changed_event(&profile))
}

/// The event after a change of a room's picture by a user who has the right to rename it.
fn room_event(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Event> {
    rooms::demand(conn, room, user, Action::Rename)?;
    Ok(Event::RoomChanged(room))
}
