//! Groups of users that a setting permits something.

/// Users with at least a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Also guests.
    Everyone,
    Members,
    Moderators,
    Admins,
}

impl Who {
    /// All groups, the largest first.
    pub const ALL: [Who; 4] = [Who::Everyone, Who::Members, Who::Moderators, Who::Admins];

    /// Name in forms, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            Who::Everyone => "everyone",
            Who::Members => "members",
            Who::Moderators => "moderators",
            Who::Admins => "admins",
        }
    }

    /// The group with a name.
    pub fn parse(name: &str) -> Option<Who> {
        Who::ALL.into_iter().find(|one| one.name() == name)
    }
}
