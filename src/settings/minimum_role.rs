//! Least role for an action that a setting governs.

/// Users with at least a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MinimumRole {
    /// Also guests.
    Everyone,
    Members,
    Moderators,
    Admins,
}

impl MinimumRole {
    /// All groups, the largest first.
    pub const ALL: [MinimumRole; 4] = [
        MinimumRole::Everyone,
        MinimumRole::Members,
        MinimumRole::Moderators,
        MinimumRole::Admins,
    ];

    /// Name in forms, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            MinimumRole::Everyone => "everyone",
            MinimumRole::Members => "members",
            MinimumRole::Moderators => "moderators",
            MinimumRole::Admins => "admins",
        }
    }

    /// The group with a name.
    pub fn parse(name: &str) -> Option<MinimumRole> {
        MinimumRole::ALL.into_iter().find(|one| one.name() == name)
    }
}
