//! JSON of accounts (docs/api.md).

use serde::Serialize;

use super::{User, client::device_name, sessions::ListedSession};
use crate::db::{ids::SessionId, time::serialize_iso};

/// Open session of the user.
#[derive(Serialize)]
pub struct SessionJson<'a> {
    id: SessionId,
    /// Browser and system, such as `Firefox on Linux`.
    device: String,
    /// Address of the log-in, IPv6 as its /64 network; empty if unknown.
    address: &'a str,
    #[serde(serialize_with = "serialize_iso")]
    created_at: i64,
    #[serde(serialize_with = "serialize_iso")]
    seen_at: i64,
    /// Whether it is the session of this request.
    current: bool,
}

impl<'a> SessionJson<'a> {
    /// A session in a list for `user`.
    pub fn of(session: &'a ListedSession, user: &User) -> SessionJson<'a> {
        SessionJson {
            id: session.id,
            device: device_name(&session.user_agent),
            address: &session.address,
            created_at: session.created_at,
            seen_at: session.seen_at,
            current: session.id == user.session,
        }
    }
}
