//! Page that offers to join an open room, in place of a page of the room that only members have.

use askama::Template;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response,
    http::{Method, StatusCode},
};

use crate::{
    accounts::{Accounts, User},
    db::ids::{MessageId, RoomId},
    error::{Error, Result},
    messages::{Messages, Shown},
    rooms::{OpenRoom, Rooms},
    web::{framed::Framed, state::handle, token::Token, wants::Wants},
};

/// Answers a request for a page of an open room by a user who has not joined it. Other rooms stay unknown to them.
pub fn offer_to_join(
    inner: impl Endpoint<Output: IntoResponse> + 'static,
) -> impl Endpoint<Output = Response> {
    inner.map_to_response().around(|inner, req| async move {
        let wanted = WantedPage::of(&req);
        match (inner.call(req).await.map_err(Error::from), wanted) {
            (Err(Error::NotFound), Some(wanted)) => Ok(wanted.offer().await?),
            (outcome, _) => Ok(outcome?),
        }
    })
}

/// Page of a room that a request asked for.
struct WantedPage {
    room: RoomId,
    message: Option<MessageId>,
    address: String,
    token: Token,
    accounts: Accounts,
    rooms: Rooms,
    messages: Messages,
}

impl WantedPage {
    /// `None` for requests other than those for a page of a room.
    fn of(req: &Request) -> Option<WantedPage> {
        let is_read = [Method::GET, Method::HEAD].contains(req.method());
        if !is_read || Wants::of(req.headers()) != Wants::Page {
            return None;
        }
        let mut parts = req.uri().path().strip_prefix("/rooms/")?.split('/');
        let room = RoomId(parts.next()?.parse().ok()?);
        let message = match (parts.next(), parts.next()) {
            (Some("messages"), Some(id)) => id.parse().ok().map(MessageId),
            _ => None,
        };
        Some(WantedPage {
            room,
            message,
            address: req.uri().path_and_query()?.as_str().to_owned(),
            token: Token::of(req)?,
            accounts: handle::<Accounts>(req).ok()?.clone(),
            rooms: handle::<Rooms>(req).ok()?.clone(),
            messages: handle::<Messages>(req).ok()?.clone(),
        })
    }

    /// The page with the offer; `NotFound` for rooms that the user may not join.
    async fn offer(self) -> Result<Response> {
        let user = self.accounts.identify(self.token.value()).await?;
        let open = self.rooms.open_to(&user, self.room).await?;
        let preview = self.messages.preview(&open, self.message).await?;
        let page = JoinPage {
            me: user.id,
            messages: preview.messages.iter().map(Shown::preview).collect(),
            linked: self.message,
            back: self.address,
            open,
        };
        framed(&user, &page)
    }
}

fn framed(user: &User, page: &JoinPage) -> Result<Response> {
    let framed = Framed::new(user.viewer(), &page.open.room.name, "/rooms", page)?;
    Ok(framed.with_status(StatusCode::OK).into_response())
}

/// Name, topic and some messages of an open room, with a button to join it.
#[derive(Template)]
#[template(path = "room_page/join.html")]
struct JoinPage {
    me: crate::db::ids::UserId,
    open: OpenRoom,
    messages: Vec<Shown>,
    /// The message in the URL.
    linked: Option<MessageId>,
    /// Page to open after joining.
    back: String,
}
