//! The JSON files of an export.

use serde::Serialize;
use serde_json::{Value, json};

use super::{ExportInner, archive::Archive};
use crate::{
    accounts::{ConfirmedUser, User},
    db::{Conn, ids::MessageId},
    error::{Error, Result},
    messages::{MessageJson, by_author},
    people::{Person, PersonJson},
};

/// Messages that are read at a time.
const BATCH: i64 = 200;

/// Adds the profile, the sessions, the passkeys and the list of rooms.
pub async fn write_account(
    export: &ExportInner,
    archive: Archive,
    user: &ConfirmedUser,
) -> Result<Archive> {
    let profile = export
        .people
        .profile(user.user(), &user.user().username)
        .await?;
    let person = Person::of(profile, &export.app.live);
    let archive = add(archive, "profile.json", &PersonJson::from(&person)).await?;
    let sessions = export.accounts.sessions_json(user).await?;
    let archive = add(archive, "sessions.json", &sessions).await?;
    let passkeys = export.accounts.passkeys(user).await?;
    let archive = add(archive, "passkeys.json", &passkeys).await?;
    let list = export.rooms.list(user.user().id).await?;
    let room = |entry: &crate::rooms::RoomEntry| {
        json!({
            "id": entry.room,
            "name": *entry.name,
            "kind": entry.kind.name(),
            "archived": entry.archived,
        })
    };
    let rooms: Vec<Value> = list.entries.iter().map(room).collect();
    add(archive, "rooms.json", &rooms).await
}

/// Adds all messages of the user that are not deleted, oldest first.
pub async fn write_messages(
    export: &ExportInner,
    archive: Archive,
    user: &User,
) -> Result<Archive> {
    let (user, mut after) = (user.id, MessageId(0));
    let mut archive = archive
        .begin("messages.json")
        .await?
        .append("[".into())
        .await?;
    loop {
        let find = move |conn: &mut Conn| by_author(conn, user, (after, BATCH));
        let batch = export.app.db.read(find).await?;
        let Some(last) = batch.last() else {
            return archive.append("\n]\n".into()).await;
        };
        let mut text = String::new();
        for message in &batch {
            text.push_str(if after.0 == 0 && text.is_empty() {
                "\n"
            } else {
                ",\n"
            });
            text.push_str(&encoded(&MessageJson::from(message))?);
        }
        after = last.id;
        archive = archive.append(text).await?;
    }
}

async fn add(archive: Archive, name: &str, value: &impl Serialize) -> Result<Archive> {
    let text = encoded(value)?;
    archive.begin(name).await?.append(text).await
}

fn encoded(value: &impl Serialize) -> Result<String> {
    let failed = |error| Error::Internal(format!("an export: {error}"));
    serde_json::to_string_pretty(value).map_err(failed)
}
