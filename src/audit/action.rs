//! Actions that the audit log records.

/// Recorded action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditAction {
    /// A setting of the server was changed.
    SettingChanged,
    /// The role of a user on the server was changed.
    RoleChanged,
    /// A user was suspended.
    UserSuspended,
    /// A suspension was ended.
    UserReinstated,
    /// A member was removed from a room.
    MemberRemoved,
    /// A member was kept from posting for a while.
    MemberTimedOut,
    /// A time-out was ended.
    TimeOutEnded,
    /// A user was banned from a room.
    MemberBanned,
    /// A ban from a room was ended.
    BanEnded,
    /// The slow mode of a room was changed, or its limit to announcements.
    RoomRestricted,
    /// A moderator deleted a reported message.
    MessageDeleted,
    /// A moderator warned the author of a reported message.
    UserWarned,
    /// A moderator dismissed a report.
    ReportDismissed,
    /// An invite link was created.
    InviteLinkCreated,
    /// An invite link was revoked.
    InviteLinkRevoked,
    /// A user came through an invite link.
    InviteLinkUsed,
    /// All accounts that an invite link created were suspended.
    InviteLinkUndone,
    /// The server was set up, with its first account.
    ServerSetUp,
    /// An account was created by an admin.
    UserCreated,
    /// An account was removed by an admin.
    UserRemoved,
    /// The password of a user was replaced: by an admin, or by the user with a link.
    PasswordReset,
    /// A link to choose a new password was made.
    ResetLinkMade,
}

/// Actions with their names in JSON, in filters and in the database, and in words after the name of the actor.
const TABLE: &[(AuditAction, &str, &str)] = &[
    (
        AuditAction::SettingChanged,
        "setting.changed",
        "changed a setting",
    ),
    (AuditAction::RoleChanged, "role.changed", "changed a role"),
    (
        AuditAction::UserSuspended,
        "user.suspended",
        "suspended someone",
    ),
    (
        AuditAction::UserReinstated,
        "user.reinstated",
        "reinstated someone",
    ),
    (
        AuditAction::MemberRemoved,
        "member.removed",
        "removed someone from a room",
    ),
    (
        AuditAction::MemberTimedOut,
        "member.timed_out",
        "timed someone out",
    ),
    (
        AuditAction::TimeOutEnded,
        "time_out.ended",
        "ended a time-out",
    ),
    (
        AuditAction::MemberBanned,
        "member.banned",
        "banned someone from a room",
    ),
    (AuditAction::BanEnded, "ban.ended", "ended a ban"),
    (
        AuditAction::RoomRestricted,
        "room.restricted",
        "changed who can post",
    ),
    (
        AuditAction::MessageDeleted,
        "message.deleted",
        "deleted a reported message",
    ),
    (AuditAction::UserWarned, "user.warned", "warned someone"),
    (
        AuditAction::ReportDismissed,
        "report.dismissed",
        "dismissed a report",
    ),
    (
        AuditAction::InviteLinkCreated,
        "invite_link.created",
        "created an invite link",
    ),
    (
        AuditAction::InviteLinkRevoked,
        "invite_link.revoked",
        "revoked an invite link",
    ),
    (
        AuditAction::InviteLinkUsed,
        "invite_link.used",
        "came through an invite link",
    ),
    (
        AuditAction::InviteLinkUndone,
        "invite_link.undone",
        "suspended everyone who joined through an invite link",
    ),
    (
        AuditAction::ServerSetUp,
        "server.set_up",
        "set up the server",
    ),
    (
        AuditAction::UserCreated,
        "user.created",
        "created an account",
    ),
    (
        AuditAction::UserRemoved,
        "user.removed",
        "removed an account",
    ),
    (
        AuditAction::PasswordReset,
        "password.reset",
        "reset a password",
    ),
    (
        AuditAction::ResetLinkMade,
        "password.reset_link",
        "made a link to reset a password",
    ),
];

impl AuditAction {
    /// All actions.
    pub fn all() -> impl Iterator<Item = AuditAction> {
        TABLE.iter().map(|(action, ..)| *action)
    }

    /// The action with a name.
    pub fn parse(name: &str) -> Option<AuditAction> {
        AuditAction::all().find(|action| action.name() == name)
    }

    /// Name in JSON, in filters and in the database.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, _)| name)
    }

    /// The action in words, after the name of its actor.
    pub fn words(self) -> &'static str {
        self.row().map_or("", |(.., words)| words)
    }

    fn row(self) -> Option<&'static (AuditAction, &'static str, &'static str)> {
        TABLE.iter().find(|(action, ..)| *action == self)
    }
}
