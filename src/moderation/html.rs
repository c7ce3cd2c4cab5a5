//! Pages of reports and notices.

use askama::Template;

use super::{Report, ReportReason, UserNotice, report::Resolution};
use crate::{
    accounts::User,
    db::ids::{MessageId, RoomId, UserId},
    error::Error,
    messages::{Message, MessageTarget, Shown, ShownTime},
    web::{form_error::FormError, paged::Paged},
};

/// The form to report a message, or its confirmation.
#[derive(Template)]
#[template(path = "moderation/report.html")]
pub struct ReportPage {
    me: UserId,
    room: RoomId,
    id: MessageId,
    /// The message; `None` after it was reported.
    message: Option<Shown>,
    reason: String,
    details: String,
    pub error: Option<FormError>,
}

impl ReportPage {
    /// The form for a message.
    pub fn form(target: &MessageTarget, message: &Message) -> ReportPage {
        let message = Some(Shown::alone(message));
        ReportPage {
            message,
            ..ReportPage::sent(target)
        }
    }

    /// The confirmation.
    pub fn sent(target: &MessageTarget) -> ReportPage {
        ReportPage {
            me: target.member.user.id,
            room: target.member.room.id,
            id: target.id,
            message: None,
            reason: String::new(),
            details: String::new(),
            error: None,
        }
    }

    /// The form after a refusal, with its texts.
    pub fn refused(mut self, reason: String, details: String, error: FormError) -> ReportPage {
        (self.reason, self.details, self.error) = (reason, details, Some(error));
        self
    }

    fn is_chosen(&self, reason: &ReportReason) -> bool {
        self.reason == reason.name()
    }
}

/// The queue of reports.
#[derive(Template)]
#[template(path = "moderation/queue.html")]
pub struct QueuePage {
    reports: Vec<QueueRow>,
    /// Offset of the next page.
    next: Option<i64>,
    resolved: bool,
    error: Option<String>,
}

/// Report in the queue.
struct QueueRow {
    report: Report,
    /// Whether the moderator can suspend the author.
    can_suspend: bool,
    /// Whether the moderator can time out the author.
    can_time_out: bool,
    written: ShownTime,
    reported: ShownTime,
}

impl QueuePage {
    /// A page of the queue for a moderator.
    pub fn new(by: &User, reports: Paged<Report>, resolved: bool) -> QueuePage {
        let row = |report: Report| QueueRow {
            can_suspend: report.can_suspend(by),
            can_time_out: report.can_time_out(by),
            written: ShownTime::of(report.written_at),
            reported: ShownTime::of(report.reported_at),
            report,
        };
        let reports = reports.map(row);
        QueuePage {
            next: reports.next,
            reports: reports.items,
            resolved,
            error: None,
        }
    }

    /// The page with the reason why a decision was refused.
    pub fn refused(mut self, error: &Error) -> QueuePage {
        self.error = Some(error.to_string());
        self
    }
}

impl Resolution {
    /// The decision in words.
    fn words(&self) -> &'static str {
        match (&*self.action, self.deleted) {
            ("delete", _) => "Message deleted",
            ("warn", true) => "Message deleted, author warned",
            ("warn", false) => "Author warned",
            ("time_out", true) => "Message deleted, author timed out",
            ("time_out", false) => "Author timed out",
            ("suspend", true) => "Message deleted, author suspended",
            ("suspend", false) => "Author suspended",
            _ => "Dismissed",
        }
    }

    fn time(&self) -> ShownTime {
        ShownTime::of(self.at)
    }
}

/// Notices for the reader.
#[derive(Template)]
#[template(path = "moderation/notices.html")]
pub struct NoticesPage {
    pub notices: Vec<UserNotice>,
}

impl UserNotice {
    fn time(&self) -> ShownTime {
        ShownTime::of(self.created_at)
    }
}
