//! Whether people can make accounts.

/// Ways to get an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RegistrationMode {
    /// Anyone who can reach the server.
    #[default]
    Open,
    /// People with an invitation.
    Invitation,
    /// No one.
    Closed,
}

impl RegistrationMode {
    /// All values.
    pub const ALL: [RegistrationMode; 3] = [
        RegistrationMode::Open,
        RegistrationMode::Invitation,
        RegistrationMode::Closed,
    ];

    /// Name in forms, JSON and the database.
    pub fn name(self) -> &'static str {
        match self {
            RegistrationMode::Open => "open",
            RegistrationMode::Invitation => "invitation",
            RegistrationMode::Closed => "closed",
        }
    }

    /// The value with a name.
    pub fn parse(name: &str) -> Option<RegistrationMode> {
        RegistrationMode::ALL
            .into_iter()
            .find(|one| one.name() == name)
    }
}
