//! Read positions and preferences over HTTP, and the socket of pages that show no room.

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Deserializer, Serialize};

use super::{List, Mark, Notify, PageState, Preference, Sidebar, SidebarSocket};
use crate::{
    accounts::User,
    app::App,
    db::ids::RoomId,
    error::{Error, Result},
    rooms::{self, Member},
    web::{
        body::Sent,
        form_values::{Flag, Number, inside},
        page::{json, see_other},
        wants::Wants,
    },
};

/// `GET /live?list=<serial>&people=<ids>`
#[handler]
pub async fn listen(req: &Request, app: Data<&App>, sidebar: Data<&Sidebar>) -> Result<Response> {
    let identified = User::of_socket(req).await.map(|user| {
        let onlooker = SidebarSocket::new(user.clone(), PageState::of(req), sidebar.clone());
        (user, onlooker)
    });
    rooms::connect_nowhere(req, &app, identified)
}

/// Where a position goes: to a message, before a message, or to the newest one if nothing is named.
#[derive(Deserialize)]
pub struct Read {
    #[serde(default, deserialize_with = "named")]
    up_to: Option<Number>,
    #[serde(default, deserialize_with = "named")]
    unread_from: Option<Number>,
    back: Option<String>,
}

/// What is named must be a number: null is no way to say "all".
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Number>, D::Error> {
    Number::deserialize(from).map(Some)
}

impl Read {
    fn mark(&self) -> Result<Mark> {
        match (&self.up_to, &self.unread_from) {
            (None, None) => Ok(Mark::All),
            (Some(to), None) => Ok(Mark::UpTo(to.message()?)),
            (None, Some(from)) => Ok(Mark::From(from.message()?)),
            (Some(_), Some(_)) => Err(Error::Invalid(
                "Send up_to or unread_from, not both.".into(),
            )),
        }
    }
}

/// A row of the list as programs get it.
#[derive(Serialize)]
pub struct Unread {
    room: RoomId,
    read: i64,
    unread: i64,
    mentions: i64,
    threads: i64,
    notify: &'static str,
    hidden: bool,
    favourite: bool,
}

impl Unread {
    /// The row of a room.
    pub fn of(list: &List, room: RoomId) -> Option<Unread> {
        let entry = list.entry(room)?;
        Some(Unread {
            room,
            read: entry.counts.read,
            unread: entry.counts.unread,
            mentions: entry.counts.mentions,
            threads: entry.counts.threads,
            notify: entry.notify.name(),
            hidden: entry.hidden,
            favourite: entry.favourite,
        })
    }
}

/// `PUT /rooms/{id}/read`, and POST from a form.
#[handler]
pub async fn put_read(
    member: Member,
    wants: Wants,
    Sent(read): Sent<Read, 4096>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    sidebar.mark(&member, read.mark()?).await?;
    changed(&member, wants, read.back, &sidebar).await
}

/// `POST /read`: everything, everywhere.
#[handler]
pub async fn put_all_read(
    user: User,
    wants: Wants,
    Sent(read): Sent<Read, 4096>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    sidebar.mark_all(&user).await?;
    match wants {
        Wants::Page => Ok(see_other(&inside(read.back.as_deref(), "/"))),
        _ => Ok(StatusCode::NO_CONTENT.into()),
    }
}

/// What a form or a program sends of preferences.
#[derive(Deserialize)]
pub struct Wish {
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
    Sent(wish): Sent<Wish, 4096>,
    sidebar: Data<&Sidebar>,
) -> Result<Response> {
    let preference = Preference {
        notify: wish.notify.as_deref().map(Notify::parse).transpose()?,
        hidden: Flag::maybe(wish.hidden.as_ref())?,
        favourite: Flag::maybe(wish.favourite.as_ref())?,
    };
    sidebar.prefer(&member, preference).await?;
    changed(&member, wants, wish.back, &sidebar).await
}

async fn changed(
    member: &Member,
    wants: Wants,
    back: Option<String>,
    sidebar: &Sidebar,
) -> Result<Response> {
    let room = member.room.id;
    match wants {
        Wants::Page => Ok(see_other(&inside(
            back.as_deref(),
            &format!("/rooms/{room}"),
        ))),
        Wants::Fragment => Ok(StatusCode::NO_CONTENT.into()),
        Wants::Json => {
            let list = sidebar.list(&member.user).await?;
            let row = Unread::of(&list, room).ok_or(Error::NotFound)?;
            Ok(json(StatusCode::OK, &row))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::ids::MessageId;

    fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| Error::Invalid(error.to_string()))
    }

    #[test]
    fn a_position_is_one_message_or_the_newest() {
        let mark = |text: &str| from_json::<Read>(text).and_then(|read| read.mark());
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
    fn forms_say_the_same_as_programs() {
        let mark = |text: &str| {
            let read: Read = serde_urlencoded::from_str(text).expect("a form");
            read.mark()
        };
        assert_eq!(mark("back=%2Frooms%2F5"), Ok(Mark::All));
        assert_eq!(mark("up_to=5"), Ok(Mark::UpTo(MessageId(5))));
        assert_eq!(mark("unread_from=5"), Ok(Mark::From(MessageId(5))));
        assert!(mark("up_to=").is_err());
        let wish: Wish = serde_urlencoded::from_str("hidden=on&favourite=0").expect("a form");
        assert_eq!(Flag::maybe(wish.hidden.as_ref()), Ok(Some(true)));
        assert_eq!(Flag::maybe(wish.favourite.as_ref()), Ok(Some(false)));
        assert_eq!(wish.notify, None);
    }
}
