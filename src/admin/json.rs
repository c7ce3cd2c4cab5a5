//! Settings as JSON.

use serde_json::{Value, json};

use super::html::warning;
use crate::{app::App, db::ids::RoomId, rooms::Room};

/// All settings. `rooms` are those that new accounts can join, with whether they do.
pub fn settings_json(app: &App, rooms: &[(Room, bool)]) -> Value {
    let settings = app.settings.current();
    let defaults = rooms.iter().filter(|(_, is_default)| *is_default);
    let defaults: Vec<RoomId> = defaults.map(|(room, _)| room.id).collect();
    json!({
        "name": settings.name,
        "logo": settings.logo_url(),
        "accent": settings.accent.map(|accent| accent.to_string()),
        "welcome": settings.welcome,
        "default_rooms": defaults,
        "registration": settings.registration.name(),
        "create_rooms": settings.create_rooms.name(),
        "invite_people": settings.invite_people.name(),
        "edit_minutes": settings.edit_minutes,
        "text_per_day": settings.limits.text_per_day,
        "max_file": settings.limits.max_file,
        "files_per_person": settings.limits.files_per_person,
        "files_total": settings.limits.files_total,
        "retention_days": settings.retention_days,
        "custom_css": settings.custom_css.text(),
        "warning": warning(app),
    })
}
