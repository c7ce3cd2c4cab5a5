//! The page of the audit log.

use askama::Template;
use serde::Serialize;

use super::Moderation;
use crate::{
    accounts::{Actor, ServerAction, User, check_actor},
    audit::{self, AuditAction, Filter, Recorded},
    db::{
        Conn,
        ids::{RoomId, UserId},
        time,
    },
    error::{Error, Result},
    messages::ShownTime,
    people,
    web::paged::Paged,
};

/// Entries on one page.
const LISTED: i64 = 50;

/// Filters of the page.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Name of an action; empty for all.
    pub action: String,
    /// Username of the user who acted; empty for all.
    pub actor: String,
    /// Username of the user whom it concerns; empty for all.
    pub user: String,
    /// Only entries with smaller ids.
    pub before: Option<i64>,
}

impl AuditQuery {
    fn filter(&self, conn: &mut Conn) -> Result<Filter> {
        let action = match &*self.action {
            "" => None,
            name => Some(AuditAction::parse(name).ok_or_else(|| {
                Error::Invalid(format!("There is no action “{name}” in the audit log."))
            })?),
        };
        Ok(Filter {
            action,
            actor: user(conn, &self.actor)?,
            user: user(conn, &self.user)?,
            before: self.before,
        })
    }

    /// URL path of the next page.
    fn older(&self, before: i64) -> String {
        let mut pairs = vec![("before", before.to_string())];
        for (name, value) in [
            ("action", &self.action),
            ("actor", &self.actor),
            ("user", &self.user),
        ] {
            if !value.is_empty() {
                pairs.push((name, value.clone()));
            }
        }
        let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
        format!("/admin/audit?{query}")
    }

    fn is_filtered(&self) -> bool {
        !(self.action.is_empty() && self.actor.is_empty() && self.user.is_empty())
    }
}

fn user(conn: &mut Conn, name: &str) -> Result<Option<UserId>> {
    let name = name.trim().trim_start_matches('@');
    if name.is_empty() {
        return Ok(None);
    }
    let unknown = || {
        let name: String = name.chars().take(40).collect();
        Error::Invalid(format!(
            "No one here has the username “{name}”. Check the spelling."
        ))
    };
    let found = people::find(conn, name)?.ok_or_else(unknown)?;
    Ok(Some(found.id))
}

impl Moderation {
    /// Entries of the audit log, newest first.
    ///
    /// # Errors
    /// `Forbidden` for users who are not admins, `Invalid` for an unknown action or username.
    pub async fn audit_log(&self, by: &User, query: &AuditQuery) -> Result<Paged<Recorded>> {
        let (me, query) = (by.id, query.clone());
        let read = move |conn: &mut Conn| {
            check_actor(conn, Actor::User(me), ServerAction::ReadAuditLog)?;
            let filter = query.filter(conn)?;
            audit::entries(conn, &filter, LISTED + 1)
        };
        let found = self.app.db.read(read).await?;
        Ok(Paged::new(found, LISTED, 0))
    }
}

/// Page of the audit log.
#[derive(Template)]
#[template(path = "moderation/audit.html")]
pub struct AuditPage {
    query: AuditQuery,
    entries: Vec<Recorded>,
    /// URL of the next page.
    older: Option<String>,
    pub error: Option<Error>,
}

impl AuditPage {
    /// The page with the entries that were found.
    pub fn new(query: AuditQuery, found: Paged<Recorded>) -> AuditPage {
        let last = found.items.last().filter(|_| found.more);
        AuditPage {
            older: last.map(|last| query.older(last.id)),
            entries: found.items,
            query,
            error: None,
        }
    }

    /// The page without entries, because a filter was refused.
    pub fn refused(query: AuditQuery, error: Error) -> AuditPage {
        let page = AuditPage::new(query, Paged::new(Vec::new(), LISTED, 0));
        let error = Some(error);
        AuditPage { error, ..page }
    }

    fn actions(&self) -> Vec<AuditAction> {
        AuditAction::all().collect()
    }

    fn is_on(&self, action: &AuditAction) -> bool {
        self.query.action == action.name()
    }
}

impl Recorded {
    fn time(&self) -> ShownTime {
        ShownTime::of(self.at)
    }

    fn words(&self) -> &str {
        match AuditAction::parse(&self.action) {
            Some(action) => action.words(),
            None => &self.action,
        }
    }
}

/// Entry as JSON.
#[derive(Serialize)]
pub struct RecordedJson<'a> {
    id: i64,
    at: String,
    action: &'a str,
    /// Username at that time; `null` for the server and its command line.
    actor: Option<&'a str>,
    actor_id: Option<UserId>,
    user_id: Option<UserId>,
    room_id: Option<RoomId>,
    target: &'a str,
    details: &'a str,
}

impl<'a> From<&'a Recorded> for RecordedJson<'a> {
    fn from(entry: &'a Recorded) -> RecordedJson<'a> {
        RecordedJson {
            id: entry.id,
            at: time::iso(entry.at),
            action: &entry.action,
            actor: entry.actor_id.map(|_| &*entry.actor),
            actor_id: entry.actor_id,
            user_id: entry.user_id,
            room_id: entry.room_id,
            target: &entry.target,
            details: &entry.details,
        }
    }
}
