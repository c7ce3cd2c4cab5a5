//! The settings of the server.

use std::collections::BTreeMap;

use poem::{Request, handler, web::Query};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    accounts::Admin,
    admin::{SettingsChange, change_settings, html::ServerSettingsPage, json::settings_json},
    app::App,
    db::{Conn, ids::RoomId},
    error::{Error, Result},
    rooms,
    web::{
        body::FormOrJson, form_error::FormError, form_values::Flag, framed::Framed, reply::Reply,
        safe_mode, state::State, wants::Wants,
    },
};

/// URL path of the page.
pub const ADDRESS: &str = "/admin/settings";
/// Longest body: custom CSS has up to 64 KiB, which a form may encode with three bytes for one.
const MAX_BODY: usize = 256 << 10;

/// Query parameter of the page after a change.
#[derive(Deserialize)]
pub struct SavedQuery {
    saved: Option<String>,
}

/// `GET /admin/settings`
#[handler]
pub async fn show(
    admin: Admin,
    wants: Wants,
    req: &Request,
    Query(query): Query<SavedQuery>,
    State(app): State<App>,
) -> Result<Reply> {
    if wants == Wants::Json {
        return Ok(Reply::json(&as_json(&app).await?));
    }
    let mut page = page(&app, safe_mode::is_on(req.headers())).await?;
    page.saved = query.saved.is_some();
    Ok(Framed::new(admin.user().viewer(), "Settings", ADDRESS, &page)?.into())
}

/// The page with the current values.
pub async fn page(app: &App, is_safe: bool) -> Result<ServerSettingsPage> {
    let open = app.db.read(rooms::possible_defaults).await?;
    Ok(ServerSettingsPage::new(app, open, is_safe))
}

async fn as_json(app: &App) -> Result<Value> {
    let rooms = app.db.read(rooms::possible_defaults).await?;
    Ok(settings_json(app, &rooms))
}

/// `POST /admin/settings` from the forms, `PATCH /admin/settings` from programs: changes those that are sent.
#[handler]
pub async fn save(
    admin: Admin,
    wants: Wants,
    req: &Request,
    FormOrJson(fields): FormOrJson<BTreeMap<String, Value>, MAX_BODY>,
    State(app): State<App>,
) -> Result<Reply> {
    let change = match wants {
        Wants::Json => json_change(fields.clone())?,
        _ => form_change(fields.clone(), &app).await?,
    };
    let changed = change_settings(&app, Some(admin.user().id), change).await;
    match (changed, wants) {
        (Ok(_), Wants::Json) => Ok(Reply::json(&as_json(&app).await?)),
        (Ok(_), _) => Ok(Reply::see_other("/admin/settings?saved=1")),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            refused_page(
                &admin,
                &app,
                (fields, refused),
                safe_mode::is_on(req.headers()),
            )
            .await
        }
        (Err(FormError { error, .. }), Wants::Json) => Err(with_advice(error)),
        (Err(refused), _) => Err(refused.error),
    }
}

/// The page with the values of the refused form.
async fn refused_page(
    admin: &Admin,
    app: &App,
    (fields, refused): (BTreeMap<String, Value>, FormError),
    is_safe: bool,
) -> Result<Reply> {
    let mut page = page(app, is_safe).await?;
    for (key, value) in fields {
        page.typed(&key, text(&value)?);
    }
    let error = refused.error.clone();
    let page = page.refused(refused);
    let framed = Framed::new(admin.user().viewer(), "Settings", ADDRESS, &page)?;
    Ok(framed.refused(&error).into())
}

/// Tells programs how to confirm.
fn with_advice(error: Error) -> Error {
    match error {
        Error::Conflict(why) => {
            Error::Conflict(format!("{why} To confirm, send \"confirm\": true."))
        }
        error => error,
    }
}

/// Change of a JSON object. `null` resets a setting.
fn json_change(fields: BTreeMap<String, Value>) -> Result<SettingsChange> {
    let mut change = SettingsChange::default();
    for (key, value) in fields {
        match (key.as_str(), &value) {
            ("confirm", value) => change.confirmed = flag(value)?,
            ("default_rooms", Value::Array(rooms)) => {
                let ids = rooms.iter().map(|id| id.as_i64().map(RoomId));
                let ids: Option<Vec<RoomId>> = ids.collect();
                let why = "default_rooms is a list of the IDs of rooms.";
                change.default_rooms = Some(ids.ok_or_else(|| Error::Invalid(why.into()))?);
            }
            _ => change.add(&key, text(&value)?)?,
        }
    }
    Ok(change)
}

/// Change of a form. Its default rooms are fields such as `room-5` with `true` or `false`.
async fn form_change(fields: BTreeMap<String, Value>, app: &App) -> Result<SettingsChange> {
    let mut change = SettingsChange::default();
    let mut rooms = BTreeMap::new();
    for (key, value) in fields {
        let room = key.strip_prefix("room-").and_then(|id| id.parse().ok());
        match (room, key.as_str()) {
            (Some(id), _) => drop(rooms.insert(RoomId(id), flag(&value)?)),
            (None, "confirm") => change.confirmed = flag(&value)?,
            (None, key) => change.add(key, text(&value)?)?,
        }
    }
    if !rooms.is_empty() {
        let current = app
            .db
            .read(|conn: &mut Conn| rooms::possible_defaults(conn));
        let current = current.await?.into_iter();
        let is_default = |(room, is_default): (rooms::Room, bool)| {
            let chosen = rooms.get(&room.id).copied();
            chosen.unwrap_or(is_default).then_some(room.id)
        };
        change.default_rooms = Some(current.filter_map(is_default).collect());
    }
    Ok(change)
}

fn flag(value: &Value) -> Result<bool> {
    let invalid = |_| Error::Invalid("Must be true or false.".into());
    let flag: Flag = serde_json::from_value(value.clone()).map_err(invalid)?;
    flag.value()
}

/// JSON value as the text that a setting is parsed from.
fn text(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(Error::Invalid("A setting is a text or a number.".into())),
    }
}
