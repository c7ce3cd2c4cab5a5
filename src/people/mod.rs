//! People: profiles, the list of all users, and search by name.

mod html;
pub mod http;
mod json;
mod letters;
mod profile;
mod store;

pub use html::Person;
pub use json::PersonJson;
pub use letters::FillNameLetters;
pub use store::{Profile, ProfileChange, with_display_name};

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    accounts::{User, one_line},
    app::App,
    db::{Conn, Tx, ids::UserId},
    error::{Error, Result},
    events::Event,
    web::{
        paged::Paged,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};

/// Changes of a profile by one user. Each is sent to all open pages.
const RENAMES: SlidingWindow = SlidingWindow {
    limit: 20,
    window: Duration::from_secs(10 * 60),
};
/// Users on one page of a list.
const LISTED: i64 = 20;

/// Operations on profiles. Cheap to clone.
#[derive(Clone)]
pub struct People {
    app: App,
    renames: Arc<RateLimiter<UserId, SlidingWindow>>,
}

impl Handle for People {}

impl People {
    /// Users of this server.
    pub fn new(app: App) -> People {
        let live = Arc::downgrade(&app.live);
        app.events.after_commit(move |event| {
            if let (Event::UserChanged { .. }, Some(live)) = (event, live.upgrade()) {
                html::publish_names(&live, event);
            }
        });
        let renames = Arc::new(RateLimiter::new(RENAMES));
        People { app, renames }
    }

    /// The profile of a username in any case.
    pub async fn profile(&self, username: &str) -> Result<Profile> {
        let username = username.to_owned();
        let find = self.app.db.read(move |conn| find(conn, &username));
        find.await?.ok_or(Error::NotFound)
    }

    /// Changes the profile of `user`.
    ///
    /// # Errors
    /// `Conflict` for a display name that looks like the username of another user, `TooMany` after 20 changes in 10
    /// minutes.
    pub async fn change_profile(&self, user: &User, change: ProfileChange) -> Result<Profile> {
        if self.app.config.limits {
            let too_many = "You’re changing your profile too often. Try again in a few minutes.";
            let refused = |wait| Error::TooMany(too_many.into(), wait);
            self.renames
                .take(user.id, Instant::now())
                .map_err(refused)?;
        }
        let (id, events) = (user.id, self.app.events.clone());
        let quota = self.app.text_quota.clone();
        let write = move |tx: &mut Tx| {
            if let Some(name) = &change.display_name
                && store::is_name_of_another(tx.conn, id, name)?
            {
                let what = "That name is someone else’s username, or too similar to one.";
                return Err(Error::Conflict(what.into()));
            }
            quota.take(tx, id, change.text_size())?;
            store::change_profile(tx.conn, id, &change)?;
            tx.erases();
            let profile = store::profile(tx.conn, id)?.ok_or(Error::NotFound)?;
            events.emit(tx, changed_event(&profile))?;
            Ok(profile)
        };
        self.app.db.write(write).await
    }

    /// Users whose names contain `words`, all users if it is empty. Names that begin with `words` come first.
    pub async fn search(&self, words: &str, skip: i64) -> Result<Paged<Profile>> {
        let words = one_line(words);
        let search = move |conn: &mut Conn| store::search(conn, &words, LISTED + 1, skip);
        let found = self.app.db.read(search).await?;
        Ok(Paged::new(found, LISTED, skip))
    }
}

/// The event after a change of a profile.
pub fn changed_event(profile: &Profile) -> Event {
    Event::UserChanged {
        user: profile.id,
        username: profile.username.clone(),
        display_name: profile.display_name.clone(),
        avatar: profile.avatar,
    }
}

/// The profile of a username in any case; `None` for a look-alike.
pub fn find(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    store::profile_of_name(conn, username.trim().trim_start_matches('@'))
}
