//! What forms and programs send in one field: numbers, flags, and the way back.

use serde::Deserialize;

use crate::{
    db::ids::MessageId,
    error::{Error, Result},
};

/// A number, which forms send as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Number {
    Is(i64),
    Says(String),
}

impl Number {
    /// Itself; none when it is no whole number.
    pub fn value(&self) -> Option<i64> {
        match self {
            Number::Is(number) => Some(*number),
            Number::Says(text) => text.parse().ok(),
        }
    }

    /// The message that it names.
    ///
    /// # Errors
    /// `Invalid` when it is no number.
    pub fn message(&self) -> Result<MessageId> {
        let what = || Error::Invalid("Message ID must be a number.".into());
        self.value().map(MessageId).ok_or_else(what)
    }

    /// The message that a field names; an empty one names none.
    ///
    /// # Errors
    /// As [`Number::message`].
    pub fn maybe(field: Option<&Number>) -> Result<Option<MessageId>> {
        match field {
            None => Ok(None),
            Some(Number::Says(text)) if text.is_empty() => Ok(None),
            Some(number) => number.message().map(Some),
        }
    }
}

/// Yes or no, which forms send as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Flag {
    Is(bool),
    Says(String),
}

impl Flag {
    /// Whether it is a yes.
    ///
    /// # Errors
    /// `Invalid` when it is neither.
    pub fn value(&self) -> Result<bool> {
        match self {
            Flag::Is(value) => Ok(*value),
            Flag::Says(text) => match text.as_str() {
                "true" | "on" | "yes" | "1" => Ok(true),
                "false" | "off" | "no" | "0" | "" => Ok(false),
                _ => Err(Error::Invalid("Must be true or false.".into())),
            },
        }
    }

    /// The same of one that may be missing.
    ///
    /// # Errors
    /// As [`Flag::value`].
    pub fn maybe(flag: Option<&Flag>) -> Result<Option<bool>> {
        flag.map(Flag::value).transpose()
    }
}

/// An address of this site to go back to; anything else is not followed.
pub fn inside(back: Option<&str>, otherwise: &str) -> String {
    let is_ours = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
    };
    back.filter(is_ours).unwrap_or(otherwise).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_this_site_or_nowhere() {
        for ours in [
            "/",
            "/rooms/5?before=9#message-9",
            "/people/%C3%A4",
            "/a//b",
        ] {
            assert_eq!(inside(Some(ours), "/read"), ours);
        }
        for theirs in [
            "",
            "rooms/5",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\r\nSet-Cookie: a=b",
            " /rooms/5",
            "/rooms/ 5",
            "https://evil.example",
            "javascript:alert(1)",
            "\\/evil.example",
            "/ä",
        ] {
            assert_eq!(inside(Some(theirs), "/read"), "/read", "{theirs:?}");
        }
        assert_eq!(inside(None, "/read"), "/read");
    }

    fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| Error::Invalid(error.to_string()))
    }

    #[test]
    fn a_flag_is_yes_or_no_and_nothing_else() {
        let flag = |text: &str| from_json::<Flag>(text).and_then(|flag| flag.value());
        for yes in ["true", r#""true""#, r#""on""#, r#""yes""#, r#""1""#] {
            assert_eq!(flag(yes), Ok(true), "{yes}");
        }
        for no in [
            "false",
            r#""false""#,
            r#""off""#,
            r#""no""#,
            r#""0""#,
            r#""""#,
        ] {
            assert_eq!(flag(no), Ok(false), "{no}");
        }
        for neither in [r#""maybe""#, r#""TRUE""#, "1", "null", "[]"] {
            assert!(flag(neither).is_err(), "{neither}");
        }
        assert_eq!(Flag::maybe(None), Ok(None));
    }
}
