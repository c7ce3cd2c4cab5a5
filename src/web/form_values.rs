//! Field values that forms send as text and JSON clients send typed: numbers, flags, return URLs.

use serde::Deserialize;

use crate::{
    db::ids::MessageId,
    error::{Error, Result},
};

/// Number, as JSON or as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Number {
    Int(i64),
    Text(String),
}

impl Number {
    /// Value. `None` if the text is not a whole number.
    pub fn value(&self) -> Option<i64> {
        match self {
            Number::Int(number) => Some(*number),
            Number::Text(text) => text.parse().ok(),
        }
    }

    /// Value as a form shows it again.
    pub fn as_text(&self) -> String {
        match self {
            Number::Int(number) => number.to_string(),
            Number::Text(text) => text.clone(),
        }
    }

    /// Value as the ID of a message.
    pub fn message(&self) -> Result<MessageId> {
        let invalid = || Error::Invalid("Message ID must be a number.".into());
        self.value().map(MessageId).ok_or_else(invalid)
    }

    /// ID in an optional field. An empty text counts as missing.
    pub fn optional_message(field: Option<&Number>) -> Result<Option<MessageId>> {
        match field {
            None => Ok(None),
            Some(Number::Text(text)) if text.is_empty() => Ok(None),
            Some(number) => number.message().map(Some),
        }
    }
}

/// Boolean, as JSON or as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Flag {
    Bool(bool),
    Text(String),
}

impl Flag {
    /// Value as a boolean.
    pub fn value(&self) -> Result<bool> {
        match self {
            Flag::Bool(value) => Ok(*value),
            Flag::Text(text) => match text.as_str() {
                "true" | "on" | "yes" | "1" => Ok(true),
                "false" | "off" | "no" | "0" | "" => Ok(false),
                _ => Err(Error::Invalid("Must be true or false.".into())),
            },
        }
    }

    /// Value of an optional field.
    pub fn optional(flag: Option<&Flag>) -> Result<Option<bool>> {
        flag.map(Flag::value).transpose()
    }
}

/// Path of this site to return to. Returns `default` for anything else.
pub fn local_path(back: Option<&str>, default: &str) -> String {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
    };
    back.filter(is_local).unwrap_or(default).to_owned()
}

/// Address of the log-in page that leads to `address` afterwards.
pub fn log_in_for(address: &str) -> String {
    let fits = address != "/" && address.len() <= MAX_ADDRESS;
    let pairs = fits.then_some([("next", address)]);
    match pairs.and_then(|pairs| serde_urlencoded::to_string(pairs).ok()) {
        Some(query) => format!("/login?{query}"),
        None => "/login".to_owned(),
    }
}

/// Where a log-in leads that was asked for with `next`: a page of this site, or `/`.
pub fn after_log_in(next: Option<&str>) -> String {
    let next = local_path(next.filter(|next| next.len() <= MAX_ADDRESS), "/");
    let page = next.split(['?', '#']).next().unwrap_or_default();
    match page {
        "/login" | "/register" | "/logout" => "/".to_owned(),
        _ => next,
    }
}

/// Longest address that a log-in page remembers (bytes).
const MAX_ADDRESS: usize = 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_in_remembers_a_page_of_this_site() {
        assert_eq!(log_in_for("/"), "/login");
        assert_eq!(
            log_in_for("/rooms/5?a=b&c"),
            "/login?next=%2Frooms%2F5%3Fa%3Db%26c"
        );
        assert_eq!(log_in_for(&"/x".repeat(1024)), "/login");
        for next in [
            "/rooms/5",
            "/rooms/5/messages/9#message-9",
            "/people/%C3%A4",
            "/loginx",
        ] {
            assert_eq!(after_log_in(Some(next)), next);
        }
        for next in [
            "/login",
            "/login?next=/login",
            "/register#a",
            "/logout",
            "//evil",
            "x",
            "",
        ] {
            assert_eq!(after_log_in(Some(next)), "/", "{next}");
        }
        assert_eq!(after_log_in(None), "/");
    }

    #[test]
    fn a_return_path_stays_on_this_site() {
        let deep = "/rooms/5?before=9#message-9";
        for local in ["/", deep, "/people/%C3%A4", "/a//b"] {
            assert_eq!(local_path(Some(local), "/read"), local);
        }
        for foreign in [
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
            assert_eq!(local_path(Some(foreign), "/read"), "/read", "{foreign:?}");
        }
        assert_eq!(local_path(None, "/read"), "/read");
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_else() {
        let flag =
            |json: serde_json::Value| serde_json::from_value::<Flag>(json).ok()?.value().ok();
        for yes in [
            json!(true),
            "true".into(),
            "on".into(),
            "yes".into(),
            "1".into(),
        ] {
            assert_eq!(flag(yes.clone()), Some(true), "{yes}");
        }
        let texts = ["false", "off", "no", "0", ""].map(serde_json::Value::from);
        for no in texts.into_iter().chain([json!(false)]) {
            assert_eq!(flag(no.clone()), Some(false), "{no}");
        }
        for neither in [
            json!("maybe"),
            json!("TRUE"),
            json!(1),
            json!(null),
            json!([]),
        ] {
            assert_eq!(flag(neither.clone()), None, "{neither}");
        }
        assert_eq!(Flag::optional(None), Ok(None));
    }
}
