//! The thread of a message: beside the room, as a page, as JSON.

use std::sync::Arc;

use poem::{Request, Response, handler, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};

use super::{POST_LIMIT, history::fragment, message::refused_with, status};
use crate::{
    db::ids::MessageId,
    error::{Error, Result},
    messages::{self, MessageJson, Thread},
    timeline::{
        NewestPages, Services,
        guard::At,
        posting::Post,
        view::{RoomPage, Side},
    },
    web::{
        body::Sent,
        form_values::{Flag, Number},
        page::{self, html, json, see_other},
        wants::Wants,
    },
};

/// `?before=<message id>`
#[derive(Deserialize)]
struct Range {
    before: Option<i64>,
}

#[derive(Serialize)]
struct ThreadJson<'a> {
    root: MessageJson<'a>,
    messages: Vec<MessageJson<'a>>,
    rev: i64,
    more: bool,
    following: bool,
    read: i64,
}

/// `GET /rooms/{id}/messages/{id}/thread`
#[handler]
pub async fn show(
    at: At,
    req: &Request,
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let range: Range = req
        .params()
        .map_err(|_| Error::Invalid("before is the number of a message.".into()))?;
    let before = range.before.map(MessageId);
    let thread = services.messages.thread(&at.member, at.id, before).await?;
    match at.wants {
        Wants::Json => Ok(json(StatusCode::OK, &ThreadJson::from(&thread))),
        Wants::Fragment => html(StatusCode::OK, &Side::new(&at.member, &thread)),
        Wants::Page => beside(at, &thread, &services, &pages, None).await,
    }
}

impl<'a> From<&'a Thread> for ThreadJson<'a> {
    fn from(thread: &'a Thread) -> ThreadJson<'a> {
        let answers = thread.answers.messages.iter();
        ThreadJson {
            root: MessageJson::from(&thread.root),
            messages: answers.map(MessageJson::from).collect(),
            rev: thread.answers.rev,
            more: thread.answers.more,
            following: thread.following,
            read: thread.read,
        }
    }
}

/// The room with a thread beside it; maybe with a text that was refused, and why.
async fn beside(
    at: At,
    thread: &Thread,
    services: &Services,
    pages: &NewestPages,
    refused: Option<(String, Error)>,
) -> Result<Response> {
    let Services {
        messages,
        presence,
        sidebar,
        ..
    } = services;
    if let Some(last) = thread.answers.messages.last() {
        // Without JavaScript nothing else says that it was seen.
        sidebar
            .mark_thread(&at.member, thread.root.id, last.id)
            .await?;
    }
    let member = at.member;
    let rail = super::rail(&member, sidebar, presence).await?;
    let newest = pages.of(&member, messages).await?;
    let status = refused_with(refused.as_ref());
    let mut side = Side::new(&member, thread);
    side.refuse(refused);
    let mut page = RoomPage::new(member, newest.rev, rail);
    page.side = Some(side);
    Ok(page::pieced(status, page.around(newest.sheet.clone())?))
}

/// `POST /rooms/{id}/messages/{id}/thread`: an answer.
#[handler]
pub async fn answer(
    at: At,
    Sent(post): Sent<Post, POST_LIMIT>,
    services: Data<&Arc<Services>>,
    pages: Data<&NewestPages>,
) -> Result<Response> {
    let draft = post.draft(&services.online);
    let posted = match draft.map(|draft| draft.in_thread(Some(at.id))) {
        Ok(draft) => services.messages.post(&at.member, draft).await,
        Err(error) => Err(error),
    };
    if let Err(Error::Conflict(_)) = &posted {
        services.messages.find(&at.member, at.id).await?; // an address of nothing is another thing
    }
    let posted = match (posted, at.wants) {
        (Ok(posted), _) => posted,
        (Err(error @ Error::NotFound), _) => return Err(error),
        (Err(error), Wants::Page) => {
            let thread = services.messages.thread(&at.member, at.id, None).await?;
            let refused = Some((post.body, error));
            return beside(at, &thread, &services, &pages, refused).await;
        }
        (Err(error), _) => return Err(error),
    };
    let (status, message) = status(&posted);
    match at.wants {
        Wants::Json => Ok(json(status, &MessageJson::from(message))),
        Wants::Fragment => Ok(fragment(status, messages::push(message)?)),
        Wants::Page => {
            let (room, root) = (at.member.room.id, at.id);
            let here = format!(
                "/rooms/{room}/messages/{root}/thread#message-{}",
                message.id
            );
            Ok(see_other(&here))
        }
    }
}

/// Whether one wants to be told of new answers.
#[derive(Deserialize)]
pub struct Following {
    following: Flag,
}

/// `POST /rooms/{id}/messages/{id}/thread/following`, from a form.
#[handler]
pub async fn follow_form(
    at: At,
    Sent(wish): Sent<Following, 4096>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    match wish.following.value()? {
        true => services.sidebar.follow(&at.member, at.id).await?,
        false => services.sidebar.unfollow(&at.member, at.id).await?,
    }
    let thread = format!("/rooms/{}/messages/{}/thread", at.member.room.id, at.id);
    match at.wants {
        Wants::Page => Ok(see_other(&thread)),
        _ => Ok(StatusCode::NO_CONTENT.into()),
    }
}

/// `PUT /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn follow(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    services.sidebar.follow(&at.member, at.id).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// `DELETE /rooms/{id}/messages/{id}/thread/following`
#[handler]
pub async fn unfollow(at: At, services: Data<&Arc<Services>>) -> Result<Response> {
    services.sidebar.unfollow(&at.member, at.id).await?;
    Ok(StatusCode::NO_CONTENT.into())
}

/// The newest answer that was seen.
#[derive(Deserialize)]
pub struct Read {
    up_to: Number,
}

/// `PUT /rooms/{id}/messages/{id}/thread/read`
#[handler]
pub async fn read(
    at: At,
    Sent(read): Sent<Read, 4096>,
    services: Data<&Arc<Services>>,
) -> Result<Response> {
    let to = read.up_to.message()?;
    services.sidebar.mark_thread(&at.member, at.id, to).await?;
    Ok(StatusCode::NO_CONTENT.into())
}
