//! Role of a user on the whole server, and the table of what each may do outside of rooms.

use crate::{
    error::{Error, Result},
    settings::{MinimumRole, ServerSettings},
};

/// Role of a user on the whole server, the least one first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServerRole {
    /// A member of the rooms that an invitation names, until its end.
    Guest,
    #[default]
    Member,
    /// Handles reports, and moderates the rooms that they are in.
    Moderator,
    Admin,
}

impl ServerRole {
    /// All roles, the least one first.
    pub const ALL: [ServerRole; 4] = [
        ServerRole::Guest,
        ServerRole::Member,
        ServerRole::Moderator,
        ServerRole::Admin,
    ];

    /// Role of the columns `is_admin` and `role`. The first one wins, because older versions know only that.
    pub fn of(is_admin: bool, role: &str) -> ServerRole {
        match is_admin {
            true => ServerRole::Admin,
            false => ServerRole::parse(role)
                .filter(|role| *role != ServerRole::Admin)
                .unwrap_or_default(),
        }
    }

    /// Name in forms and JSON, and in the database for all but admins.
    pub fn name(self) -> &'static str {
        match self {
            ServerRole::Guest => "guest",
            ServerRole::Member => "member",
            ServerRole::Moderator => "moderator",
            ServerRole::Admin => "admin",
        }
    }

    /// The role with a name.
    pub fn parse(name: &str) -> Option<ServerRole> {
        ServerRole::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Action outside of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerAction {
    /// See all people, and rooms that one is not in.
    Browse,
    /// Make a room.
    CreateRoom,
    /// Write to people with whom one shares no room.
    WriteToAnyone,
    /// Invite people to the server.
    InvitePeople,
    /// See reports and handle them; suspend people for a while.
    HandleReports,
    /// Suspend, reinstate and remove people.
    ManagePeople,
    /// Change roles of people.
    ChangeRoles,
    /// Change the settings of the server.
    ChangeSettings,
    /// Read the audit log.
    ReadAuditLog,
}

/// Lowest role for each action.
const TABLE: [(ServerAction, ServerRole); 9] = [
    (ServerAction::Browse, ServerRole::Member),
    (ServerAction::CreateRoom, ServerRole::Member),
    (ServerAction::WriteToAnyone, ServerRole::Member),
    (ServerAction::InvitePeople, ServerRole::Member),
    (ServerAction::HandleReports, ServerRole::Moderator),
    (ServerAction::ManagePeople, ServerRole::Admin),
    (ServerAction::ChangeRoles, ServerRole::Admin),
    (ServerAction::ChangeSettings, ServerRole::Admin),
    (ServerAction::ReadAuditLog, ServerRole::Admin),
];

/// Checks whether a role permits an action under the settings of the server, which may require a higher role or, for
/// guests, a lower one.
///
/// # Errors
/// As in [`demand`].
pub fn demand_under(
    settings: &ServerSettings,
    role: ServerRole,
    action: ServerAction,
) -> Result<()> {
    let (minimum, what) = match action {
        ServerAction::CreateRoom => (settings.create_rooms, "create rooms"),
        ServerAction::InvitePeople => (settings.invite_people, "invite people"),
        _ => return demand(role, action),
    };
    let (least, whose) = match minimum {
        MinimumRole::Everyone => (ServerRole::Guest, ""),
        MinimumRole::Members => (ServerRole::Member, "members"),
        MinimumRole::Moderators => (ServerRole::Moderator, "moderators and admins"),
        MinimumRole::Admins => (ServerRole::Admin, "admins"),
    };
    match role >= least {
        true => Ok(()),
        false => Err(Error::Forbidden(format!(
            "Only {whose} of this server can {what}."
        ))),
    }
}

/// Checks whether a role permits an action. `Forbidden` contains the reason as a sentence.
pub fn demand(role: ServerRole, action: ServerAction) -> Result<()> {
    let row = TABLE.iter().find(|(of, _)| *of == action);
    let why = match row.map(|(_, least)| *least) {
        Some(least) if role >= least => return Ok(()),
        Some(ServerRole::Member) => "Guests can’t do that. Ask a member of this server.",
        Some(ServerRole::Moderator) => "Only moderators and admins can do that.",
        _ => "Only a server admin can do that.",
    };
    Err(Error::Forbidden(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_do_all_that_the_one_below_it_may() {
        for (action, least) in TABLE {
            for role in ServerRole::ALL {
                assert_eq!(
                    demand(role, action).is_ok(),
                    role >= least,
                    "{role:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn settings_decide_about_rooms_and_invitations() {
        let actions = [ServerAction::CreateRoom, ServerAction::InvitePeople];
        for (number, minimum) in MinimumRole::ALL.into_iter().enumerate() {
            let mut settings = ServerSettings::default();
            settings.create_rooms = minimum;
            settings.invite_people = minimum;
            for role in ServerRole::ALL {
                let is_allowed = role >= ServerRole::ALL[number];
                for action in actions {
                    let demanded = demand_under(&settings, role, action);
                    assert_eq!(demanded.is_ok(), is_allowed, "{minimum:?} {role:?}");
                }
            }
        }
    }

    #[test]
    fn the_column_of_older_versions_wins() {
        assert_eq!(ServerRole::of(true, "member"), ServerRole::Admin);
        assert_eq!(ServerRole::of(false, "guest"), ServerRole::Guest);
        assert_eq!(ServerRole::of(false, "admin"), ServerRole::Member);
        assert_eq!(ServerRole::of(false, "unknown"), ServerRole::Member);
    }
}
