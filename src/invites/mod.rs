//! Invite links: URLs that let people create an account, or join rooms with the one they have. Invitations of users to
//! a room are in `rooms`.
//!
//! Invariants: the database contains only the hash of a token. A use is checked and counted in the transaction that
//! creates the account or the memberships, so a link is never used more often than it allows.

mod create;
mod form;
mod html;
pub mod http;
mod json;
mod link;
mod redeem;
mod revoke;
mod store;
mod token;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use link::{InviteLink, LinkState, ListedLink};
pub use redeem::LinkOffer;
pub use token::InviteToken;

use crate::{
    accounts::{Accounts, ServerAction, ServerRole, User, demand},
    app::App,
    db::{Conn, Db, ids::UserId},
    error::Result,
    rooms::{Room, Rooms},
    web::{
        paged::Paged,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};

/// Links on one page of the list.
const LISTED: i64 = 20;
/// New links of a user.
const CREATED: SlidingWindow = SlidingWindow {
    limit: 30,
    window: Duration::from_secs(60 * 60),
};
/// Unknown tokens from an address. Tokens cannot be guessed; this keeps programs from trying.
const UNKNOWN: SlidingWindow = SlidingWindow {
    limit: 30,
    window: Duration::from_secs(10 * 60),
};

/// Operations on invite links. Cheap to clone.
#[derive(Clone)]
pub struct Invites(Arc<InvitesInner>);

impl Handle for Invites {}

struct InvitesInner {
    app: App,
    accounts: Accounts,
    rooms: Rooms,
    created: RateLimiter<UserId, SlidingWindow>,
    unknown: RateLimiter<IpAddr, SlidingWindow>,
}

impl Invites {
    /// Invite links of this server.
    pub fn new(app: App, accounts: Accounts, rooms: Rooms) -> Invites {
        Invites(Arc::new(InvitesInner {
            app,
            accounts,
            rooms,
            created: RateLimiter::new(CREATED),
            unknown: RateLimiter::new(UNKNOWN),
        }))
    }

    /// Links of a user, or all links for an admin, the newest first. `Forbidden` for guests.
    pub async fn list(&self, user: &User, skip: i64) -> Result<Paged<ListedLink>> {
        demand_right(user.role)?;
        let reader = user.clone();
        let list = move |conn: &mut Conn| store::list(conn, &reader, (LISTED + 1, skip));
        Ok(Paged::new(self.db().read(list).await?, LISTED, skip))
    }

    /// Rooms that a link of `user` may offer, by name.
    pub async fn offerable(&self, user: &User) -> Result<Vec<Room>> {
        self.0.rooms.invitable(user).await
    }

    /// Whether rate limits apply.
    fn is_limited(&self) -> bool {
        self.0.app.config.limits
    }

    fn db(&self) -> &Db {
        &self.0.app.db
    }
}

/// Checks whether users with this role may invite people to the server: when they create a link, and when someone uses
/// it.
fn demand_right(role: ServerRole) -> Result<()> {
    demand(role, ServerAction::InvitePeople)
}

/// Whether a user sees and revokes the links of others.
fn manages_all(user: &User) -> bool {
    user.may(ServerAction::ManagePeople)
}
