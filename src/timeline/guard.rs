//! The proof that a request comes from a member, and the message that its address names
//! (`/rooms/:room/messages/:message/…`).

use poem::{FromRequest, Request, RequestBody};

use crate::{db::ids::MessageId, error::Error, rooms::Member, web::wants::Wants};

/// A member of a room at one of its messages. Whether the message is there, the verbs find out.
pub struct At {
    pub member: Member,
    pub id: MessageId,
    /// The form in which the answer is wanted.
    pub wants: Wants,
}

impl<'a> FromRequest<'a> for At {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<At> {
        let member = Member::from_request(req, body).await?;
        let named = req.raw_path_param("message").and_then(|id| id.parse().ok());
        let id = named.map(MessageId).ok_or(Error::NotFound)?;
        let wants = Wants::of(req.headers());
        Ok(At { member, id, wants })
    }
}

impl At {
    /// The address of its page.
    pub fn address(&self) -> String {
        let (room, id) = (self.member.room.id, self.id);
        format!("/rooms/{room}/messages/{id}#message-{id}")
    }
}
