//! People: profiles, the list of all users, and search by name.

mod account;
mod blocks;
mod filter;
mod html;
pub mod http;
mod json;
mod letters;
mod profile;
mod store;

pub use account::Account;
pub use blocks::{blockers_among, blockers_of, cannot_message, check_direct};
pub use filter::AccountFilter;
pub use html::Person;
pub use json::PersonJson;
pub use letters::FillNameLetters;
pub use store::{Profile, ProfileChange, with_display_name};

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    accounts::{ServerAction, User, emails_of, former_owner, one_line},
    app::App,
    db::{Conn, Tx, ids::UserId, time},
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

    /// The profile of a username in any case, as `reader` sees it. Guests see only people in their rooms.
    pub async fn profile(&self, reader: &User, username: &str) -> Result<Profile> {
        let (reader, username) = (reader.clone(), username.to_owned());
        let find = move |conn: &mut Conn| {
            let found = named(conn, &username)?.ok_or(Error::NotFound)?;
            match may_see(conn, &reader, found.id)? {
                true => Ok(found),
                false => Err(Error::NotFound),
            }
        };
        self.app.db.read(find).await
    }

    /// The user who invited an account.
    pub async fn inviter(&self, user: UserId) -> Result<Option<Profile>> {
        let find = move |conn: &mut Conn| store::inviter(conn, user);
        self.app.db.read(find).await
    }

    /// The profile of the user who gave up a username lately. `NotFound` if no one did.
    pub async fn profile_of_former_name(&self, reader: &User, username: &str) -> Result<Profile> {
        let username = username.trim().trim_start_matches('@').to_owned();
        let reader = reader.clone();
        let find = move |conn: &mut Conn| match former_owner(conn, &username)? {
            Some((user, _)) if may_see(conn, &reader, user)? => store::profile(conn, user),
            _ => Ok(None),
        };
        self.app.db.read(find).await?.ok_or(Error::NotFound)
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

    /// Users whose names contain `words`, all users if it is empty. Names that begin with `words` come first. Guests
    /// find only people in their rooms.
    pub async fn search(&self, reader: &User, words: &str, skip: i64) -> Result<Paged<Profile>> {
        let words = one_line(words);
        let among = (!reader.may(ServerAction::Browse)).then_some(reader.id);
        let range = (LISTED + 1, skip);
        let search = move |conn: &mut Conn| store::search(conn, &words, among, range);
        let found = self.app.db.read(search).await?;
        Ok(Paged::new(found, LISTED, skip))
    }
}

impl People {
    /// Accounts whose names contain `words`, all accounts if it is empty, in the order of [`People::search`]. Only admins
    /// get the e-mail addresses.
    pub async fn accounts(
        &self,
        reader: &User,
        (words, filter): (&str, Option<AccountFilter>),
        skip: i64,
    ) -> Result<Paged<Account>> {
        let (words, sees_emails) = (one_line(words), reader.may(ServerAction::ManagePeople));
        let search = move |conn: &mut Conn| {
            let now = time::now();
            let found = store::accounts(conn, (&words, filter, now), (LISTED + 1, skip))?;
            let ids: Vec<UserId> = found.iter().map(|profile| profile.id).collect();
            let mut emails = match sees_emails {
                true => Some(emails_of(conn, &ids, now)?),
                false => None,
            };
            let account = |profile: Profile| Account {
                email: emails
                    .as_mut()
                    .map(|all| all.remove(&profile.id).unwrap_or_default()),
                profile,
            };
            Ok(found.into_iter().map(account).collect())
        };
        let found = self.app.db.read(search).await?;
        Ok(Paged::new(found, LISTED, skip))
    }
}

/// Accounts by name, from an offset. For the command line, which reads them in parts of `most`.
pub fn part_of_accounts(conn: &mut Conn, skip: i64, most: i64) -> Result<Vec<Profile>> {
    store::accounts(conn, ("", None, 0), (most, skip))
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

/// Whether `reader` may see a user: guests see only people in their rooms.
pub fn may_see(conn: &mut Conn, reader: &User, user: UserId) -> Result<bool> {
    match reader.may(ServerAction::Browse) {
        true => Ok(true),
        false => store::is_in_room_with(conn, reader.id, user),
    }
}

/// The profile of a username in any case; `None` for a look-alike, and for a deleted user.
pub fn find(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    let found = named(conn, username)?;
    Ok(found.filter(|profile| !profile.is_deleted()))
}

fn named(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    store::profile_of_name(conn, username.trim().trim_start_matches('@'))
}
