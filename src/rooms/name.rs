//! Rules for a room's name and topic.

use crate::{
    accounts::{fold, is_stacked, one_line},
    error::{Error, Result},
};

/// Limit of a name (characters).
const NAME: usize = 48;
/// Limit of a topic (characters).
const TOPIC: usize = 240;
/// Limit of the text that is parsed (bytes).
const BYTES: usize = 4096;

/// The name of a room: 1 to 48 characters on one line, with a letter or a digit among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    /// Parses a name as typed. `Invalid` contains advice for the user.
    pub fn parse(text: &str) -> Result<RoomName> {
        let invalid = |what: &str| Err(Error::Invalid(what.into()));
        if text.len() > BYTES {
            return invalid("Room names can be at most 48 characters.");
        }
        let name = one_line(text);
        let name = name.trim_start_matches('#').trim_start();
        match name.chars().count() {
            0 => invalid("Enter a room name."),
            count if count > NAME => invalid("Room names can be at most 48 characters."),
            _ if is_stacked(name) => invalid("That room name has too many accents on one letter."),
            _ if !name.chars().any(char::is_alphanumeric) => {
                invalid("Room names need at least one letter or number.")
            }
            _ => Ok(RoomName(name.to_owned())),
        }
    }

    /// Name as displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Key that is unique among open rooms: equal for names that look alike.
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

/// Key of any text, valid name or not.
pub fn key(text: &str) -> String {
    fold(text).replace([' ', '-', '_', '.'], "")
}

/// Topic of a room on one line; may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomTopic(String);

impl RoomTopic {
    /// Parses a topic as typed. `Invalid` for more than 240 characters.
    pub fn parse(text: &str) -> Result<RoomTopic> {
        let topic = one_line(text);
        if topic.chars().count() > TOPIC {
            let what = "Topics can be at most 240 characters.";
            return Err(Error::Invalid(what.into()));
        }
        Ok(RoomTopic(topic))
    }

    /// Topic as displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_with_something_to_say() {
        for (typed, expected) in [
            ("  design   team ", Some("design team")),
            ("#general", Some("general")),
            ("<b>bold</b>", Some("<b>bold</b>")),
            ("a\u{202E}b\nc", Some("a b c")),
            ("旅行", Some("旅行")),
            ("", None),
            (" \u{200B} ", None),
            ("#-!", None),
        ] {
            let parsed = RoomName::parse(typed).ok();
            assert_eq!(parsed.as_ref().map(RoomName::as_str), expected, "{typed:?}");
        }
        assert!(RoomName::parse(&"x".repeat(48)).is_ok());
        assert!(RoomName::parse(&"x".repeat(49)).is_err());
        assert!(RoomName::parse(&"x".repeat(9_000)).is_err());
    }

    #[test]
    fn names_that_look_alike_have_one_key() {
        let name = |text| RoomName::parse(text).expect("a name").key();
        assert_eq!(name("Design Team"), name("design-team"));
        assert_eq!(name("Lobby"), "lobby", "as the first migration says");
        assert_eq!(name("pаypal"), name("paypal"), "the first has a Cyrillic а");
        assert_ne!(name("design"), name("designs"));
    }

    #[test]
    fn a_topic_may_be_empty_and_ends_somewhere() {
        let topic = RoomTopic::parse(" a \n b ").expect("a topic");
        assert_eq!(topic.as_str(), "a b");
        assert!(RoomTopic::parse("").is_ok());
        assert!(RoomTopic::parse(&"x".repeat(241)).is_err());
        assert!(RoomTopic::parse(&"ü".repeat(9_000)).is_err());
    }
}
