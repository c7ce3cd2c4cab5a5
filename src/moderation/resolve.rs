//! Deciding about a report.

use super::{
    Decision, Moderation, Verdict,
    decision::duration,
    notice,
    store::{self, reports::ReportSubject},
    tell_moderators,
};
use crate::{
    accounts::{self, Actor, ServerAction, User, check_actor},
    audit::{self, AuditAction, Entry},
    db::{Tx, ids::UserId, time},
    error::{Error, Result},
    messages::markup,
    people::Profile,
    rooms::{self, Kind},
};

/// Longest quote of a message in a notice (characters).
const QUOTED: usize = 140;

impl Moderation {
    /// Decides about a report, and about all other open reports of the same message: deletes the message, warns,
    /// times out or suspends its author, tells the reporters.
    ///
    /// # Errors
    /// `NotFound` for an unknown report, `Conflict` if it was handled and for a time-out of someone who is not in the room,
    /// `Forbidden` without the right, for a report about the moderator's own message, and for the suspension or time-out
    /// of someone whom they cannot suspend.
    pub async fn resolve(&self, by: &User, id: i64, decision: Decision) -> Result<()> {
        let (me, moderation) = (by.id, self.clone());
        let resolve = move |tx: &mut Tx| {
            check_actor(tx.conn, Actor::User(me), ServerAction::HandleReports)?;
            let report = store::reports::subject(tx.conn, id)?.ok_or(Error::NotFound)?;
            if report.author == me {
                let why = "Another moderator decides about reports of your messages.";
                return Err(Error::Forbidden(why.into()));
            }
            if let Some(handled_by) = report.handled_by {
                return Err(handled(handled_by.as_ref(), me));
            }
            moderation.apply(tx, me, &report, &decision)
        };
        self.app.db.write(resolve).await
    }

    fn apply(
        &self,
        tx: &mut Tx,
        me: UserId,
        report: &ReportSubject,
        decision: &Decision,
    ) -> Result<()> {
        let (app, author) = (&self.app, report.author);
        if decision.deletes {
            self.messages
                .delete_in(tx, me, report.room, report.message)?;
            record(tx, me, report, AuditAction::MessageDeleted)?;
        }
        match &decision.verdict {
            Verdict::Delete => {}
            Verdict::Warn => record(tx, me, report, AuditAction::UserWarned)?,
            Verdict::TimeOut(minutes) => self.time_out(tx, me, report, *minutes)?,
            Verdict::Suspend(_, suspension) => {
                let actor = Actor::User(me);
                accounts::suspend(tx, &app.events, (actor, author), suspension)?;
            }
            Verdict::Dismiss => record(tx, me, report, AuditAction::ReportDismissed)?,
        }
        if let Some(words) = decision.words_for_author() {
            let excerpt = markup::excerpt(&report.body, QUOTED);
            notice::send(tx, app, author, (&words, &excerpt))?;
        }
        let outcome = (decision.name(), decision.deletes);
        let reporters =
            store::reports::resolve(tx.conn, report.message, (me, time::now()), outcome)?;
        for reporter in reporters {
            notice::send(tx, app, reporter, (decision.words_for_reporter(), ""))?;
        }
        tell_moderators(tx, app)
    }

    /// Keeps the author of the message from posting in its room.
    fn time_out(
        &self,
        tx: &mut Tx,
        me: UserId,
        report: &ReportSubject,
        minutes: i64,
    ) -> Result<()> {
        accounts::check_may_restrict(tx.conn, Actor::User(me), report.author)?;
        if report.kind == Some(Kind::Direct) {
            let why = "There are no time-outs in direct conversations. Choose another action.";
            return Err(Error::Conflict(why.into()));
        }
        let member = (report.room, report.author);
        match rooms::set_time_out(tx, &self.app.events, member, minutes) {
            Err(Error::NotFound) => {
                let why = "The author is no longer in this room. Choose another action.";
                return Err(Error::Conflict(why.into()));
            }
            changed => changed?,
        }
        let details = format!("{}, for {}", report.reason.label(), duration(minutes));
        let entry = entry(me, report, AuditAction::MemberTimedOut);
        audit::record(tx, entry.details(details))
    }
}

/// Records an action about a report.
fn record(tx: &mut Tx, me: UserId, report: &ReportSubject, action: AuditAction) -> Result<()> {
    let entry = entry(me, report, action);
    audit::record(tx, entry.details(report.reason.label()))
}

/// Entry about a report. The log names only open rooms.
fn entry(me: UserId, report: &ReportSubject, action: AuditAction) -> Entry {
    let entry = Entry::new(Some(me), action).user(report.author);
    match report.kind {
        Some(Kind::Open) => entry.room(report.room),
        _ => entry,
    }
}

/// The error for a report that was handled, by `None` if the account was removed.
fn handled(by: Option<&Profile>, me: UserId) -> Error {
    Error::Conflict(match by {
        Some(by) if by.id == me => "You’ve already handled this report.".into(),
        Some(by) => format!("{} has already handled this report.", by.shown()),
        None => "Another moderator has already handled this report.".into(),
    })
}
