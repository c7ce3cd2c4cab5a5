//! Invite links: URLs that let people create an account, or join rooms with the one they have. Invitations of users to
//! a room are in `rooms`.
//!
//! Invariants: the database contains only the hash of a token. A use is checked and counted in the transaction that
//! creates the account or the memberships, so a link is never used more often than it allows.

mod create;
mod fields;
mod form;
mod html;
pub mod http;
mod json;
mod link;
mod mailed_link;
mod recipients;
mod redeem;
mod revoke;
mod store;
mod token;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use link::{InviteLink, LinkState, ListedLink};
pub use mailed_link::link_for_mail;
pub use redeem::LinkOffer;
pub use token::InviteToken;

use crate::{
    accounts::{Accounts, ServerAction, ServerRole, User, demand, demand_under},
    app::App,
    db::{Conn, Db, ids::UserId},
    error::Result,
    rooms::{Room, Rooms},
    settings::ServerSettings,
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
/// Invitations that a user sends by mail, so that no one uses the server for spam.
const MAILED: SlidingWindow = SlidingWindow {
    limit: 20,
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
    mailed: RateLimiter<UserId, SlidingWindow>,
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
            mailed: RateLimiter::new(MAILED),
            unknown: RateLimiter::new(UNKNOWN),
        }))
    }

    /// Links of a user, or all links for an admin, the newest first. `Forbidden` for guests, unless they may invite.
    pub async fn list(&self, user: &User, skip: i64) -> Result<Paged<ListedLink>> {
        let settings = self.0.app.settings.current();
        // Members who may not invite any more still revoke the links that they have.
        demand(user.role, ServerAction::InvitePeople)
            .or_else(|_| demand_right(&settings, user.role))?;
        let reader = user.clone();
        let list = move |conn: &mut Conn| {
            let range = (LISTED + 1, skip);
            store::list(conn, &reader, &settings, range)
        };
        Ok(Paged::new(self.db().read(list).await?, LISTED, skip))
    }

    /// Rooms that a link of `user` may offer, by name.
    pub async fn offerable(&self, user: &User) -> Result<Vec<Room>> {
        self.0.rooms.invitable(user).await
    }

    /// The reason why a user may not create links; `None` if they may.
    fn refusal(&self, user: &User) -> Option<String> {
        let refused = demand_right(&self.0.app.settings.current(), user.role);
        refused.err().map(|error| error.to_string())
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
fn demand_right(settings: &ServerSettings, role: ServerRole) -> Result<()> {
    demand_under(settings, role, ServerAction::InvitePeople)
}

/// Whether a user sees and revokes the links of others.
fn manages_all(user: &User) -> bool {
    user.may(ServerAction::ManagePeople)
}
