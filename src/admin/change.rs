//! Changing the settings of the server.

use crate::{
    app::App,
    audit::{self, AuditAction, Entry},
    db::{
        Conn, Tx,
        ids::{RoomId, UserId},
    },
    error::{Error, Result},
    messages,
    rooms::{self, Retention},
    settings::{KEYS, ServerSettings},
    web::form_error::FormError,
};

/// Longest value in the audit log (characters). Longer ones are cut.
const RECORDED: usize = 80;

/// Change of several settings at once.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// Keys and new values.
    pub values: Vec<(&'static str, String)>,
    /// Rooms that new accounts join; `None` leaves them as they are.
    pub default_rooms: Option<Vec<RoomId>>,
    /// Whether messages may be erased by the change.
    pub confirmed: bool,
}

/// Changes settings: all of them or none.
///
/// # Errors
/// `Invalid` at the field of a value that its setting cannot have; `Conflict` if messages would be erased and that is
/// not confirmed.
pub async fn change_settings(
    app: &App,
    actor: Option<UserId>,
    change: SettingsChange,
) -> Result<ServerSettings, FormError> {
    let mut checked = (*app.settings.current()).clone();
    for (key, value) in &change.values {
        let set = checked.set(key, value);
        set.map_err(|error| FormError::at(key, error))?;
    }
    if !change.confirmed {
        check_retention(app, checked.retention_days).await?;
    }
    let (app, db) = (app.clone(), &app.db);
    let write = move |tx: &mut Tx| {
        for (key, value) in change.values {
            set(tx, &app, actor, (key, &value))?;
        }
        if let Some(defaults) = change.default_rooms {
            set_defaults(tx, &app, actor, &defaults)?;
        }
        Ok(checked)
    };
    let field = |error| match error {
        Error::Invalid(_) => FormError::at("default_rooms", error),
        error => error.into(),
    };
    db.write(write).await.map_err(field)
}

/// Sets one value.
fn set(
    tx: &mut Tx,
    app: &App,
    actor: Option<UserId>,
    (key, value): (&'static str, &str),
) -> Result<()> {
    let former = app.settings.change(tx, key, value)?;
    if former == value.trim() {
        return Ok(());
    }
    if key == "retention_days" {
        messages::erase_old_soon(tx)?;
    }
    let details = format!("{} → {}", recorded(&former), recorded(value.trim()));
    let entry = Entry::new(actor, AuditAction::SettingChanged);
    audit::record(tx, entry.target(key).details(details))
}

fn set_defaults(tx: &mut Tx, app: &App, actor: Option<UserId>, defaults: &[RoomId]) -> Result<()> {
    for (room, is_default) in rooms::set_defaults(tx, &app.events, defaults)? {
        let details = match is_default {
            true => "added",
            false => "removed",
        };
        let entry = Entry::new(actor, AuditAction::SettingChanged).room(room);
        audit::record(tx, entry.target("default_rooms").details(details))?;
    }
    Ok(())
}

/// Checks that no message is erased by another retention.
///
/// # Errors
/// `Conflict` with the number of messages otherwise.
async fn check_retention(app: &App, days: u32) -> Result<(), FormError> {
    if days == app.settings.current().retention_days {
        return Ok(());
    }
    let retention = Retention::of_server(days);
    let count = move |conn: &mut Conn| rooms::count_outdated(conn, retention, None);
    let asked = app.db.read(count).await?.ask();
    asked.map_err(|error| FormError::at("retention_days", error))
}

/// A value as the audit log has it.
fn recorded(value: &str) -> String {
    match value.char_indices().nth(RECORDED) {
        Some((end, _)) => format!("“{}…”", &value[..end]),
        None if value.is_empty() => "none".into(),
        None => format!("“{value}”"),
    }
}

impl SettingsChange {
    /// Adds the value of a key.
    ///
    /// # Errors
    /// `Invalid` for an unknown key.
    pub fn add(&mut self, key: &str, value: String) -> Result<()> {
        let unknown = || Error::Invalid(format!("There is no setting “{key}”."));
        let known = KEYS.iter().find(|known| **known == key);
        self.values.push((known.ok_or_else(unknown)?, value));
        Ok(())
    }
}
