//! Notification level of a member in a room.

use crate::error::{Error, Result};

/// Messages of a room that a member is notified of, with the value of the column `notify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyLevel {
    Everything = 0,
    /// Messages that mention the member.
    Mentions = 1,
    Nothing = 2,
}

impl NotifyLevel {
    /// Name in forms and JSON.
    pub fn name(self) -> &'static str {
        match self {
            NotifyLevel::Everything => "everything",
            NotifyLevel::Mentions => "mentions",
            NotifyLevel::Nothing => "nothing",
        }
    }

    /// The level of a name.
    pub fn parse(name: &str) -> Result<NotifyLevel> {
        let found = LEVELS.into_iter().find(|level| level.name() == name);
        let what = "notify must be everything, mentions or nothing.";
        found.ok_or_else(|| Error::Invalid(what.into()))
    }

    /// The value of the column `notify`.
    pub fn to_column(self) -> i32 {
        self as i32
    }

    /// The level of a column's value; unknown values mean everything.
    pub fn from_column(notify: i32) -> NotifyLevel {
        let found = LEVELS.into_iter().find(|level| level.to_column() == notify);
        found.unwrap_or(NotifyLevel::Everything)
    }
}

const LEVELS: [NotifyLevel; 3] = [
    NotifyLevel::Everything,
    NotifyLevel::Mentions,
    NotifyLevel::Nothing,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_stable_names_and_columns() {
        for notify in LEVELS {
            assert_eq!(NotifyLevel::parse(notify.name()), Ok(notify));
            assert_eq!(NotifyLevel::from_column(notify.to_column()), notify);
        }
        assert_eq!(LEVELS.map(NotifyLevel::to_column), [0, 1, 2]);
        assert!(NotifyLevel::parse("Everything").is_err());
        assert_eq!(NotifyLevel::from_column(7), NotifyLevel::Everything);
    }
}
