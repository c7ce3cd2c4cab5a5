//! Form for a new invite link, which is also its JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::fields::LinkFields;
use crate::{
    db::ids::RoomId,
    error::{Error, Result},
    web::{
        form_error::FormError,
        form_values::{Flag, Number},
    },
};

/// Begin of the names of the checkboxes of rooms.
const ROOM: &str = "room-";

/// Fields of a new link. A form has a checkbox for each room (`room-5=on`), JSON a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    expires_in_days: Option<Number>,
    max_uses: Option<Number>,
    note: String,
    guest: Option<Flag>,
    guest_until: Option<String>,
    rooms: Vec<i64>,
    send_to: Recipients,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// E-mail addresses: a text in a form, a list in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recipients {
    Text(String),
    List(Vec<String>),
}

impl Default for Recipients {
    fn default() -> Recipients {
        Recipients::List(Vec::new())
    }
}

impl LinkForm {
    /// Values of the empty form.
    pub fn suggested() -> LinkForm {
        LinkForm {
            expires_in_days: Some(Number::Int(7)),
            max_uses: Some(Number::Int(25)),
            ..LinkForm::default()
        }
    }

    /// Note as typed.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// E-mail addresses as typed.
    pub fn send_to(&self) -> String {
        match &self.send_to {
            Recipients::Text(text) => text.clone(),
            Recipients::List(list) => list.join(", "),
        }
    }

    /// Chosen lifetime, as the value of its option.
    pub fn lifetime(&self) -> String {
        text(self.expires_in_days.as_ref())
    }

    /// Chosen number of uses, as the value of its option.
    pub fn uses(&self) -> String {
        text(self.max_uses.as_ref())
    }

    /// Whether the link is for guests.
    pub fn is_for_guests(&self) -> bool {
        match self.guest.as_ref().map(Flag::value) {
            Some(Ok(is_guest)) => is_guest,
            _ => !self.last_day().is_empty(),
        }
    }

    /// Last day of guests as typed.
    pub fn last_day(&self) -> &str {
        self.guest_until.as_deref().unwrap_or_default()
    }

    /// Whether a room is chosen.
    pub fn has_room(&self, room: &RoomId) -> bool {
        self.room_ids().contains(&room.0)
    }

    fn room_ids(&self) -> Vec<i64> {
        let names = self.others.keys();
        let checked = names.filter_map(|name| name.strip_prefix(ROOM)?.parse().ok());
        self.rooms.iter().copied().chain(checked).collect()
    }

    /// Typed fields.
    pub fn fields(&self) -> Result<LinkFields, FormError> {
        let guest = Flag::optional(self.guest.as_ref());
        guest.map_err(|error| FormError::at("guest", error))?;
        Ok(LinkFields {
            days: number("expires_in_days", self.expires_in_days.as_ref())?,
            max_uses: number("max_uses", self.max_uses.as_ref())?,
            note: self.note.clone(),
            guest_until: self.is_for_guests().then(|| self.last_day().to_owned()),
            rooms: self.room_ids(),
            send_to: match &self.send_to {
                Recipients::Text(text) => vec![text.clone()],
                Recipients::List(list) => list.clone(),
            },
        })
    }
}

fn text(number: Option<&Number>) -> String {
    match number {
        Some(Number::Int(number)) => number.to_string(),
        Some(Number::Text(text)) => text.clone(),
        None => String::new(),
    }
}

/// A number, or `None` for an empty or missing field.
fn number(field: &'static str, value: Option<&Number>) -> Result<Option<i64>, FormError> {
    if text(value).is_empty() {
        return Ok(None);
    }
    let invalid = || Error::Invalid("Enter a whole number.".into());
    let number = value.and_then(Number::value).ok_or_else(invalid);
    number
        .map(Some)
        .map_err(|error| FormError::at(field, error))
}
