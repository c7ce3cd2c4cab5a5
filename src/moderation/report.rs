//! Reports of messages.

use crate::{
    accounts::{ServerRole, User},
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    people::Profile,
    rooms::Kind,
};

/// Longest text of a reporter (characters).
pub const MAX_DETAILS: usize = 500;

/// Reason for a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportReason {
    Spam,
    Harassment,
    Other,
}

impl ReportReason {
    /// All reasons.
    pub const ALL: [ReportReason; 3] = [
        ReportReason::Spam,
        ReportReason::Harassment,
        ReportReason::Other,
    ];

    /// Name in forms, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            ReportReason::Spam => "spam",
            ReportReason::Harassment => "harassment",
            ReportReason::Other => "other",
        }
    }

    /// The reason as pages show it.
    pub fn label(self) -> &'static str {
        match self {
            ReportReason::Spam => "Spam",
            ReportReason::Harassment => "Harassment",
            ReportReason::Other => "Something else",
        }
    }

    /// The reason with a name.
    pub fn parse(name: &str) -> Option<ReportReason> {
        ReportReason::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A report that is about to be made.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub reason: ReportReason,
    /// Text of the reporter; may be empty.
    pub details: String,
}

impl NewReport {
    /// A report with a reason and a text.
    ///
    /// # Errors
    /// `Invalid` for an unknown reason, and for a text of more than 500 characters.
    pub fn parse(reason: &str, details: &str) -> Result<NewReport> {
        let invalid = |why: &str| Error::Invalid(why.into());
        let why = "Choose one of these reasons: spam, harassment, other.";
        let reason = ReportReason::parse(reason).ok_or_else(|| invalid(why))?;
        let details = details.trim().to_owned();
        if details.chars().count() > MAX_DETAILS {
            return Err(invalid("The details can be at most 500 characters."));
        }
        Ok(NewReport { reason, details })
    }
}

/// A report as moderators see it.
#[derive(Clone, Debug)]
pub struct Report {
    pub id: i64,
    pub room_id: RoomId,
    pub message: MessageId,
    pub reason: ReportReason,
    /// Text of the reporter.
    pub details: String,
    /// Text of the message when it was reported.
    pub body: String,
    /// Time of the message (ms UTC), like the other times below.
    pub written_at: i64,
    pub reported_at: i64,
    /// Author of the message; `None` for an account that was removed, like the other people below.
    pub author: Option<Profile>,
    pub reporter: Option<Profile>,
    pub room: ReportedRoom,
    /// Kind of the room; `None` for a deleted one.
    pub kind: Option<Kind>,
    pub resolution: Option<Resolution>,
}

/// Decision about a report.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Name of the action: `delete`, `warn`, `time_out`, `suspend` or `dismiss`.
    pub action: String,
    /// Whether the message was deleted.
    pub deleted: bool,
    pub by: Option<Profile>,
    pub at: i64,
}

/// Room of a reported message, as far as the moderator may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportedRoom {
    /// A room that the moderator is in, with its name.
    Own(String),
    /// An open room that the moderator is not in, with its name.
    Open(String),
    /// An invite-only room that the moderator is not in.
    Closed,
    Direct,
    Deleted,
}

impl ReportedRoom {
    /// Its name; `None` if the moderator may not know it.
    pub fn name(&self) -> Option<&str> {
        match self {
            ReportedRoom::Own(name) | ReportedRoom::Open(name) => Some(name),
            _ => None,
        }
    }

    /// Words for a room without a name.
    pub fn words(&self) -> &'static str {
        match self {
            ReportedRoom::Closed => "an invite-only room",
            ReportedRoom::Direct => "a direct conversation",
            _ => "a deleted room",
        }
    }
}

impl Report {
    /// URL path of the message for a moderator who is in its room.
    pub fn jump(&self) -> Option<String> {
        let (room, id) = (self.room_id, self.message);
        matches!(self.room, ReportedRoom::Own(_))
            .then(|| format!("/rooms/{room}/messages/{id}#message-{id}"))
    }

    /// Whether a moderator can suspend the author: admins everyone, moderators those below them.
    pub fn can_suspend(&self, by: &User) -> bool {
        self.author
            .as_ref()
            .filter(|author| !author.is_deleted())
            .is_some_and(|author| by.role == ServerRole::Admin || author.server_role() < by.role)
    }
    /// Whether a moderator can time out the author in the room of the message.
    pub fn can_time_out(&self, by: &User) -> bool {
        matches!(self.kind, Some(Kind::Open | Kind::Closed)) && self.can_suspend(by)
    }
}
