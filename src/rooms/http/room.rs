//! Settings of one room: changing and deleting it.

use poem::{handler, http::StatusCode};
use serde::Deserialize;

use crate::{
    accounts::User,
    app::App,
    db::ids::RoomId,
    error::{Error, Result},
    people::Person,
    rooms::{
        Kind, Member, RoomChange, RoomEmoji, RoomJson, RoomName, RoomTopic, Rooms,
        html::SettingsPage,
    },
    settings::retention_days,
    web::{
        body::FormOrJson,
        form_error::{FormError, sentence},
        form_values::{Flag, Number},
        framed::Framed,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// `GET /rooms/{id}/settings`
#[handler]
pub async fn settings(member: Member, State((app, rooms)): State<(App, Rooms)>) -> Result<Reply> {
    let page = page(&member, &rooms, &app).await?;
    framed(&member, &page)
}

/// Settings page of a room as `member` sees it.
pub(super) async fn page(member: &Member, rooms: &Rooms, app: &App) -> Result<SettingsPage> {
    let list = rooms.list(member.user.id).await?;
    let mut page = SettingsPage::new(member, list.entry(member.room.id));
    let retention = member.room.retention(app.settings.current().retention_days);
    page.retention_sentence = retention.sentence();
    if member.room.kind == Kind::Direct {
        let people = rooms.members(member, 0).await?.items.into_iter();
        let others = people.filter(|one| one.person.id != member.user.id);
        let others = others.map(|one| Person::of(one.person, &app.live));
        page.people = others.collect();
    }
    Ok(page)
}

/// The page in its frame, with the status code of the error that it shows.
pub(super) fn framed(member: &Member, page: &SettingsPage) -> Result<Reply> {
    let refused = page.error.as_ref();
    let status = refused.map_or(StatusCode::OK, |refused| refused.error.status());
    let room = &member.room;
    let framed = Framed::new(member.user.viewer(), &room.name, "", page)?;
    Ok(framed.in_room(room.id).with_status(status).into())
}

/// The settings page with a refused form.
pub async fn refused_page(
    member: &Member,
    rooms: &Rooms,
    app: &App,
    refused: FormError,
) -> Result<Reply> {
    let mut page = page(member, rooms, app).await?;
    page.picture.error = sentence(Some(&refused), "picture");
    page.error = Some(refused);
    framed(member, &page)
}

/// Change of a room as sent by the form or an API client. An unticked checkbox is not sent.
#[derive(Deserialize)]
pub struct ChangeForm {
    name: Option<String>,
    name_was: Option<String>,
    topic: Option<String>,
    emoji: Option<String>,
    kind: Option<String>,
    archived: Option<Flag>,
    default: Option<Flag>,
    announcements: Option<Flag>,
    /// Seconds.
    slow_mode: Option<Number>,
    retention_days: Option<Number>,
    confirm: Option<Flag>,
}

impl ChangeForm {
    fn parse(&self) -> Result<RoomChange> {
        let kind = self.kind.as_deref().map(kind_of).transpose()?;
        Ok(RoomChange {
            name: self.name.as_deref().map(RoomName::parse).transpose()?,
            name_was: self.name_was.clone(),
            topic: self.topic.as_deref().map(RoomTopic::parse).transpose()?,
            emoji: self.emoji.as_deref().map(RoomEmoji::parse).transpose()?,
            kind: kind.flatten(),
            archived: Flag::optional(self.archived.as_ref())?,
            is_default: Flag::optional(self.default.as_ref())?,
            announcements: Flag::optional(self.announcements.as_ref())?,
            slow_mode: self.slow_mode.as_ref().map(slow_mode).transpose()?,
            retention_days: self.retention_days.as_ref().map(days).transpose()?,
            confirmed: Flag::optional(self.confirm.as_ref())?.unwrap_or(false),
        })
    }
}

/// Parses the seconds between two posts: from 0 to 3600.
fn slow_mode(seconds: &Number) -> Result<i32> {
    let seconds = seconds
        .value()
        .filter(|seconds| (0..=3600).contains(seconds));
    let seconds = seconds.and_then(|seconds| i32::try_from(seconds).ok());
    let why = "Slow mode takes a number of seconds from 0 to 3600.";
    seconds.ok_or_else(|| Error::Invalid(why.into()))
}

/// Parses a retention; an empty text for the setting of the server.
fn days(number: &Number) -> Result<u32> {
    retention_days(number.as_text().trim())
}

/// Parses a kind; `None` for an empty name.
pub(super) fn kind_of(name: &str) -> Result<Option<Kind>> {
    match name {
        "" => Ok(None),
        "open" => Ok(Some(Kind::Open)),
        "closed" => Ok(Some(Kind::Closed)),
        _ => Err(Error::Invalid("A room must be open or invite-only.".into())),
    }
}

/// A room as JSON for one of its members, as it is now.
pub(super) async fn room_json(
    status: StatusCode,
    user: User,
    room: RoomId,
    rooms: &Rooms,
) -> Result<Reply> {
    let member = rooms.admit(user, room).await?;
    let list = rooms.list(member.user.id).await?;
    let room = RoomJson::of_member(&member, &list);
    Ok(Reply::json_with(status, &room))
}

/// `PATCH /rooms/{id}`
#[handler]
pub async fn patch(
    member: Member,
    FormOrJson(form): FormOrJson<ChangeForm, 16384>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    let room = rooms.change(&member, form.parse()?).await?.id;
    room_json(StatusCode::OK, member.user, room, &rooms).await
}

/// `POST /rooms/{id}/settings`: `PATCH` from the form.
#[handler]
pub async fn save(
    member: Member,
    wants: Wants,
    FormOrJson(form): FormOrJson<ChangeForm, 16384>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    let changed = match form.parse() {
        Ok(parsed) => rooms.change(&member, parsed).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(room) if wants == Wants::Page => Ok(Reply::see_other(&format!("/rooms/{}", room.id))),
        Ok(_) => Ok(Reply::no_content()),
        Err(error) if wants == Wants::Page && error.is_shown_in_form() => {
            let member = rooms.admit(member.user, member.room.id).await?;
            let mut page = page(&member, &rooms, &app).await?;
            page.name = form.name.unwrap_or(page.name);
            page.topic = form.topic.unwrap_or(page.topic);
            page.emoji = form.emoji.unwrap_or(page.emoji);
            let form = match (form.archived, form.retention_days) {
                (Some(_), _) => "archive",
                (_, Some(days)) => {
                    page.retention = days.as_text();
                    "retention"
                }
                _ => "room",
            };
            page.error = Some(FormError::at(form, error));
            framed(&member, &page)
        }
        Err(error) => Err(error),
    }
}

/// The room's name, typed to confirm its deletion.
#[derive(Deserialize)]
pub struct Confirmation {
    #[serde(default)]
    name: String,
}

/// `DELETE /rooms/{id}`
#[handler]
pub async fn delete(
    member: Member,
    FormOrJson(typed): FormOrJson<Confirmation, 16384>,
    State(rooms): State<Rooms>,
) -> Result<Reply> {
    rooms.delete(&member, &typed.name).await?;
    Ok(Reply::no_content())
}

/// `POST /rooms/{id}/deletion`: `DELETE` from the form.
#[handler]
pub async fn delete_form(
    member: Member,
    FormOrJson(typed): FormOrJson<Confirmation, 16384>,
    State((app, rooms)): State<(App, Rooms)>,
) -> Result<Reply> {
    match rooms.delete(&member, &typed.name).await {
        Ok(()) => Ok(Reply::see_other("/rooms")),
        Err(error) if error.is_shown_in_form() => {
            let mut page = page(&member, &rooms, &app).await?;
            page.error = Some(FormError::at("delete", error));
            framed(&member, &page)
        }
        Err(error) => Err(error),
    }
}
