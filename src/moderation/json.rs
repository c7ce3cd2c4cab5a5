//! Reports as JSON.

use serde::Serialize;

use super::{Report, report::Resolution};
use crate::{
    db::{
        ids::{MessageId, UserId},
        time,
    },
    people::Profile,
};

/// Report as JSON.
#[derive(Serialize)]
pub struct ReportJson<'a> {
    id: i64,
    reason: &'static str,
    details: &'a str,
    reported_at: String,
    /// `null` for an account that was removed, like the other people.
    reporter: Option<PersonName<'a>>,
    message: ReportedMessage<'a>,
    /// `null` while the report is open.
    resolution: Option<ResolutionJson<'a>>,
}

/// Message as it was reported.
#[derive(Serialize)]
struct ReportedMessage<'a> {
    id: MessageId,
    author: Option<PersonName<'a>>,
    body: &'a str,
    created_at: String,
    /// Name of the room; `null` for one that the moderator may not know.
    room: Option<&'a str>,
    /// Path of the message; `null` for a moderator who is not in the room.
    url: Option<String>,
}

/// Decision about a report.
#[derive(Serialize)]
struct ResolutionJson<'a> {
    action: &'a str,
    message_deleted: bool,
    by: Option<PersonName<'a>>,
    at: String,
}

/// Names of a user.
#[derive(Serialize)]
struct PersonName<'a> {
    id: UserId,
    username: &'a str,
    display_name: &'a str,
}

impl<'a> From<&'a Profile> for PersonName<'a> {
    fn from(profile: &'a Profile) -> PersonName<'a> {
        PersonName {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
        }
    }
}

impl<'a> From<&'a Resolution> for ResolutionJson<'a> {
    fn from(resolution: &'a Resolution) -> ResolutionJson<'a> {
        ResolutionJson {
            action: &resolution.action,
            message_deleted: resolution.deleted,
            by: resolution.by.as_ref().map(PersonName::from),
            at: time::iso(resolution.at),
        }
    }
}

impl<'a> From<&'a Report> for ReportJson<'a> {
    fn from(report: &'a Report) -> ReportJson<'a> {
        ReportJson {
            id: report.id,
            reason: report.reason.name(),
            details: &report.details,
            reported_at: time::iso(report.reported_at),
            reporter: report.reporter.as_ref().map(PersonName::from),
            message: ReportedMessage {
                id: report.message,
                author: report.author.as_ref().map(PersonName::from),
                body: &report.body,
                created_at: time::iso(report.written_at),
                room: report.room.name(),
                url: report.jump(),
            },
            resolution: report.resolution.as_ref().map(ResolutionJson::from),
        }
    }
}
