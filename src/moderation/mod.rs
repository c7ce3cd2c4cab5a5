//! Moderation: reports of messages, decisions about them, and notices for the people whom they concern.
//!
//! Invariants: a report contains the text of its message as it was, also after an edit or the deletion, until the report
//! itself is deleted. A decision, its effects, its notices and its entries in the audit log are one transaction, so of
//! two moderators the second is told that it was handled. Moderators see the reported message, not its room.

mod audit_page;
mod decision;
mod html;
pub mod http;
mod json;
mod notice;
mod report;
mod resolve;
mod retention;
mod store;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub use decision::{Decision, DecisionForm, Verdict};
pub use notice::UserNotice;
pub use report::{NewReport, Report, ReportReason, ReportedRoom};

use crate::{
    accounts::{Actor, ServerAction, User, check_actor},
    app::App,
    db::{
        Conn, Tx,
        ids::{MessageId, UserId},
        time,
    },
    error::{Error, Result},
    events::Event,
    messages::{self, Message, Messages},
    rooms::{self, Action, Member},
    web::{
        paged::Paged,
        rate_limiter::{RateLimiter, SlidingWindow},
        state::Handle,
    },
};

/// Reports by one user.
const REPORTS: SlidingWindow = SlidingWindow {
    limit: 20,
    window: Duration::from_secs(60 * 60),
};
/// Reports on one page of the queue.
const LISTED: i64 = 20;

/// Operations on reports and notices. Cheap to clone.
#[derive(Clone)]
pub struct Moderation {
    app: App,
    messages: Messages,
    limit: Arc<RateLimiter<UserId, SlidingWindow>>,
}

impl Handle for Moderation {}

impl Moderation {
    /// Moderation of this server.
    pub fn new(app: App, messages: Messages) -> Moderation {
        let limit = Arc::new(RateLimiter::new(REPORTS));
        Moderation {
            app,
            messages,
            limit,
        }
    }

    /// The message that a member is about to report.
    ///
    /// # Errors
    /// `NotFound` if the room has no such message, `Invalid` for one's own, `Conflict` for a deleted one.
    pub async fn reportable(&self, member: &Member, id: MessageId) -> Result<Message> {
        let (room, me) = (member.room.id, member.user.id);
        let find = move |conn: &mut Conn| {
            let message = messages::one(conn, room, id)?.ok_or(Error::NotFound)?;
            check_reportable(&message, me)?;
            Ok(message)
        };
        self.app.db.read(find).await
    }

    /// Reports a message to the moderators. Returns the id of the report.
    ///
    /// # Errors
    /// As [`Moderation::reportable`]; `Conflict` if the member's earlier report is still open, `TooMany` after 20 reports
    /// in an hour.
    pub async fn report(&self, member: &Member, id: MessageId, new: NewReport) -> Result<i64> {
        let (room, me, app) = (member.room.id, member.user.id, self.app.clone());
        if app.config.limits {
            let too_many = |wait| Error::too_many("You’re reporting too many messages.", wait);
            self.limit.take(me, Instant::now()).map_err(too_many)?;
        }
        let report = move |tx: &mut Tx| {
            rooms::demand(tx.conn, room, me, Action::Read)?;
            let message = messages::one(tx.conn, room, id)?.ok_or(Error::NotFound)?;
            check_reportable(&message, me)?;
            if store::reports::has_open(tx.conn, id, me)? {
                let why = "You’ve already reported this message. A moderator will look at it.";
                return Err(Error::Conflict(why.into()));
            }
            let size = message.line().len() + new.details.len();
            app.text_quota.take(tx, me, size)?;
            let id = store::reports::insert(tx.conn, &message, (me, &new), time::now())?;
            tell_moderators(tx, &app)?;
            Ok(id)
        };
        self.app.db.write(report).await
    }

    /// Reports that a moderator can handle: the open ones, oldest first, or the resolved ones, newest first.
    pub async fn reports(&self, by: &User, resolved: bool, skip: i64) -> Result<Paged<Report>> {
        let me = by.id;
        let read = move |conn: &mut Conn| {
            check_actor(conn, Actor::User(me), ServerAction::HandleReports)?;
            store::reports::list(conn, me, resolved, (LISTED + 1, skip))
        };
        let found = self.app.db.read(read).await?;
        Ok(Paged::new(found, LISTED, skip))
    }
}

fn check_reportable(message: &Message, reporter: UserId) -> Result<()> {
    if message.author.id == reporter {
        let why = "You can’t report your own message. You can delete it instead.";
        return Err(Error::Invalid(why.into()));
    }
    match message.deleted_at {
        None => Ok(()),
        Some(_) => Err(Error::Conflict("This message has been deleted.".into())),
    }
}

/// Updates the number of open reports on the pages of moderators and admins.
fn tell_moderators(tx: &mut Tx, app: &App) -> Result<()> {
    for moderator in store::reports::moderators(tx.conn)? {
        app.events.emit(tx, Event::NoticesChanged(moderator))?;
    }
    Ok(())
}
