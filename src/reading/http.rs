//! Read positions and preferences over HTTP.

use poem::handler;
use serde::{Deserialize, Deserializer};

use super::{Mark, Preference, Reading};
use crate::{
    accounts::User,
    error::{Error, Result},
    notifications::NotifyLevel,
    rooms::{Member, Rooms, unread_json},
    web::{
        body::FormOrJson,
        form_values::{Flag, Number, local_path},
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// Target of a read position: a message, before a message, or the newest one without any field.
#[derive(Deserialize)]
pub struct ReadForm {
    #[serde(default, deserialize_with = "named")]
    up_to: Option<Number>,
    #[serde(default, deserialize_with = "named")]
    unread_from: Option<Number>,
    /// Undoes the last "Mark all as read".
    undo: Option<Flag>,
    back: Option<String>,
}

/// Requires a number if the field is present. `null` does not mean "all".
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Number>, D::Error> {
    Number::deserialize(from).map(Some)
}

impl ReadForm {
    fn mark(&self) -> Result<Mark> {
        match (&self.up_to, &self.unread_from) {
            (None, None) => Ok(Mark::All),
            (Some(to), None) => Ok(Mark::UpTo(to.message()?)),
            (None, Some(from)) => Ok(Mark::From(from.message()?)),
            (Some(_), Some(_)) => Err(Error::Invalid(
                "Send either up_to or unread_from, not both.".into(),
            )),
        }
    }
}

/// `PUT /rooms/{id}/read`, and POST from a form.
#[handler]
pub async fn put_read(
    member: Member,
    wants: Wants,
    FormOrJson(read): FormOrJson<ReadForm, 4096>,
    State((reading, rooms)): State<(Reading, Rooms)>,
) -> Result<Reply> {
    reading.mark(&member, read.mark()?).await?;
    changed(&member, wants, read.back, &rooms).await
}

/// `POST /read`: marks all rooms as read, or undoes that.
#[handler]
pub async fn put_all_read(
    user: User,
    wants: Wants,
    FormOrJson(read): FormOrJson<ReadForm, 4096>,
    State(reading): State<Reading>,
) -> Result<Reply> {
    match Flag::optional(read.undo.as_ref())? {
        Some(true) => reading.undo_mark_all(&user).await?,
        _ => reading.mark_all(&user).await?,
    }
    match wants {
        Wants::Page => Ok(Reply::see_other(&local_path(read.back.as_deref(), "/"))),
        _ => Ok(Reply::no_content()),
    }
}

/// Preferences as sent by a form or an API client.
#[derive(Deserialize)]
pub struct PreferenceForm {
    notify: Option<String>,
    hidden: Option<Flag>,
    favourite: Option<Flag>,
    back: Option<String>,
}

/// `PUT /rooms/{id}/preferences`, and POST from a form.
#[handler]
pub async fn prefer(
    member: Member,
    wants: Wants,
    FormOrJson(form): FormOrJson<PreferenceForm, 4096>,
    State((reading, rooms)): State<(Reading, Rooms)>,
) -> Result<Reply> {
    let preference = Preference {
        notify: form.notify.as_deref().map(NotifyLevel::parse).transpose()?,
        hidden: Flag::optional(form.hidden.as_ref())?,
        favourite: Flag::optional(form.favourite.as_ref())?,
    };
    reading.prefer(&member, preference).await?;
    changed(&member, wants, form.back, &rooms).await
}

async fn changed(
    member: &Member,
    wants: Wants,
    back: Option<String>,
    rooms: &Rooms,
) -> Result<Reply> {
    let room = member.room.id;
    let here = format!("/rooms/{room}");
    match wants {
        Wants::Page => Ok(Reply::see_other(&local_path(back.as_deref(), &here))),
        Wants::Fragment => Ok(Reply::no_content()),
        Wants::Json => {
            let list = rooms.list(member.user.id).await?;
            let unread = unread_json(&list, room).ok_or(Error::NotFound)?;
            Ok(Reply::json(&unread))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::ids::MessageId;

    #[test]
    fn a_position_is_one_message_or_the_newest() {
        let invalid = |error: serde_json::Error| Error::Invalid(error.to_string());
        let parse = |text| serde_json::from_str(text).map_err(invalid);
        let mark = |text| parse(text).and_then(|read: ReadForm| read.mark());
        assert_eq!(mark("{}"), Ok(Mark::All));
        assert_eq!(mark(r#"{"up_to":5}"#), Ok(Mark::UpTo(MessageId(5))));
        assert_eq!(mark(r#"{"up_to":"5"}"#), Ok(Mark::UpTo(MessageId(5))));
        assert_eq!(mark(r#"{"unread_from":5}"#), Ok(Mark::From(MessageId(5))));
        for refused in [
            r#"{"up_to":5,"unread_from":6}"#,
            r#"{"up_to":""}"#,
            r#"{"up_to":"five"}"#,
            r#"{"up_to":5.5}"#,
            r#"{"up_to":true}"#,
            r#"{"unread_from":"99999999999999999999"}"#,
        ] {
            assert!(matches!(mark(refused), Err(Error::Invalid(_))), "{refused}");
        }
    }

    #[test]
    fn forms_mean_the_same_as_json() {
        let mark =
            |text: &str| serde_urlencoded::from_str::<ReadForm>(text).map(|read| read.mark());
        let mark = |text: &str| mark(text).expect("a form");
        assert_eq!(mark("back=%2Frooms%2F5"), Ok(Mark::All));
        assert_eq!(mark("up_to=5"), Ok(Mark::UpTo(MessageId(5))));
        assert_eq!(mark("unread_from=5"), Ok(Mark::From(MessageId(5))));
        assert!(mark("up_to=").is_err());
        let form = serde_urlencoded::from_str("hidden=on&favourite=0");
        let form: PreferenceForm = form.expect("a form");
        assert_eq!(Flag::optional(form.hidden.as_ref()), Ok(Some(true)));
        assert_eq!(Flag::optional(form.favourite.as_ref()), Ok(Some(false)));
        assert_eq!(form.notify, None);
    }
}
