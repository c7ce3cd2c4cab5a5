//! Messages of an open room shown to users who haven't joined it.

use super::{MessagePage, Messages, Window, store};
use crate::{
    db::{Conn, ids::MessageId},
    error::Result,
    rooms::OpenRoom,
};

/// Number of messages shown.
const PREVIEW: i64 = 10;

impl Messages {
    /// Returns a few messages of an open room: those around `near`, or the newest ones.
    pub async fn preview(&self, room: &OpenRoom, near: Option<MessageId>) -> Result<MessagePage> {
        let room = room.room.id;
        let read = move |conn: &mut Conn| {
            let near = near
                .map(|id| store::one(conn, room, id))
                .transpose()?
                .flatten();
            match near.filter(|message| message.thread.is_none()) {
                Some(message) => Ok(store::around(conn, room, message.id, PREVIEW)?.0),
                None => store::page(conn, room, Window::Newest(PREVIEW)),
            }
        };
        self.app.db.read(read).await
    }
}
