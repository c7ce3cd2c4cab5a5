//! Request guard: the member who sent a request and the message in its URL (`/rooms/:room/messages/:message/…`).

use poem::{FromRequest, Request, RequestBody};

use crate::{db::ids::MessageId, error::Error, rooms::Member, web::wants::Wants};

/// A member of a room and the id of one of its messages. The guard does not check that the message exists.
pub struct MessageTarget {
    pub member: Member,
    pub id: MessageId,
    /// The response format.
    pub wants: Wants,
}

impl<'a> FromRequest<'a> for MessageTarget {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<MessageTarget> {
        let member = Member::from_request(req, body).await?;
        let named = req.raw_path_param("message").and_then(|id| id.parse().ok());
        let id = named.map(MessageId).ok_or(Error::NotFound)?;
        let wants = Wants::of(req.headers());
        Ok(MessageTarget { member, id, wants })
    }
}

impl MessageTarget {
    /// The URL of the message's page.
    pub fn address(&self) -> String {
        let (room, id) = (self.member.room.id, self.id);
        format!("/rooms/{room}/messages/{id}#message-{id}")
    }
}
