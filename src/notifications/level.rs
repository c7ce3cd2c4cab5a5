//! Notification level of a member in a room.

use crate::error::{Error, Result};

/// Messages of a room that a member is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyLevel {
    /// Every message.
    Everything,
    /// Messages that mention the member.
    Mentions,
    /// None.
    Nothing,
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
        match name {
            "everything" => Ok(NotifyLevel::Everything),
            "mentions" => Ok(NotifyLevel::Mentions),
            "nothing" => Ok(NotifyLevel::Nothing),
            _ => Err(Error::Invalid(
                "notify must be everything, mentions or nothing.".into(),
            )),
        }
    }

    /// The value of the column `notify`.
    pub fn to_column(self) -> i32 {
        match self {
            NotifyLevel::Everything => 0,
            NotifyLevel::Mentions => 1,
            NotifyLevel::Nothing => 2,
        }
    }

    /// The level of a column's value; unknown values mean everything.
    pub fn from_column(notify: i32) -> NotifyLevel {
        match notify {
            1 => NotifyLevel::Mentions,
            2 => NotifyLevel::Nothing,
            _ => NotifyLevel::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_stable_names_and_columns() {
        for notify in [
            NotifyLevel::Everything,
            NotifyLevel::Mentions,
            NotifyLevel::Nothing,
        ] {
            assert_eq!(NotifyLevel::parse(notify.name()), Ok(notify));
            assert_eq!(NotifyLevel::from_column(notify.to_column()), notify);
        }
        assert!(NotifyLevel::parse("Everything").is_err());
        assert_eq!(NotifyLevel::from_column(7), NotifyLevel::Everything);
    }
}
