//! Posting a message from the composer, by a form or a program.

use std::sync::Arc;

use poem::{handler, http::StatusCode, web::Path};

use super::{POST_LIMIT, post_body::PostBody};
use crate::{
    accounts::User,
    db::ids::RoomId,
    error::{Error, Result},
    files::Files,
    messages::{self, Message, MessageJson, PostForm, Posted},
    room_page::{RoomPages, html::NotSent},
    rooms::Member,
    web::{
        body::FormOrJson, form_values::local_path, page::html, reply::Reply, state::State,
        wants::Wants,
    },
};

/// `POST /rooms/{id}/messages`
#[handler]
pub async fn post(
    user: User,
    Path(room): Path<String>,
    wants: Wants,
    body: PostBody,
    State((pages, files)): State<(Arc<RoomPages>, Files)>,
) -> Result<Reply> {
    // An id that is not a number becomes 0, which does not exist. The page still returns the text.
    let room = RoomId(room.parse().unwrap_or_default());
    let author = user.id;
    let admitted = pages.rooms.admit(user, room).await;
    let posted = match (&admitted, body.refused) {
        (Ok(_), Some(refused)) => Err(refused),
        (Ok(member), None) => post_form(member, wants, &body.form, (&pages, &files)).await,
        (Err(error), _) => Err(error.clone()),
    };
    if !matches!(posted, Ok(Posted::New(_))) {
        body.files.remove(&files, author).await;
    }
    let form = body.form;
    if let (Ok(member), Ok(_)) = (&admitted, &posted) {
        pages.presence.stopped_typing(member);
    }
    match (posted, wants) {
        (Ok(posted), _) => reply(&posted, wants, |_| {
            local_path(form.back.as_deref(), &format!("/rooms/{room}"))
        }),
        (Err(error), Wants::Page) => {
            let why = body.files.reason(&error);
            not_posted(admitted.ok(), (form.body, why), error, &pages).await
        }
        (Err(error), _) => Err(error),
    }
}

async fn post_form(
    member: &Member,
    wants: Wants,
    form: &PostForm,
    (pages, files): (&RoomPages, &Files),
) -> Result<Posted> {
    let messages = &pages.messages;
    let posted = messages.post(member, form.draft()?).await?;
    if let (Posted::Before(before), Wants::Page) = (&posted, wants) {
        // Two tabs may show the same page from the browser's cache, with the same client id.
        let draft = form.draft()?.as_new();
        let has_same_files = files.are_same(&member.user, draft.file_ids(), &before.files);
        if !draft.has_text_of(before) || !has_same_files.await? {
            return messages.post(member, draft).await;
        }
    }
    Ok(posted)
}

/// The page with the text in its box and the reason. A user who is not a member gets only the text.
async fn not_posted(
    member: Option<Member>,
    (body, why): (String, String),
    error: Error,
    pages: &RoomPages,
) -> Result<Reply> {
    let member = match (member, &error) {
        (_, Error::NotFound) => {
            let page = NotSent::new(body, &pages.app.settings.current());
            return Ok(html(error.status(), &page)?.into());
        }
        (_, Error::Conflict(_)) => return Err(error),
        (Some(member), Error::Forbidden(_)) => member,
        (Some(member), error) if error.is_shown_in_form() => member,
        _ => return Err(error),
    };
    let framed = pages.newest_framed(member, move |page| {
        (page.draft, page.error) = (body, Some(why));
    });
    Ok(framed.await?.refused(&error).into())
}

/// `POST /rooms/{id}/draft`: the page with the newest messages and the text in its box, for a refresh without
/// JavaScript.
#[handler]
pub async fn refresh(
    member: Member,
    FormOrJson(form): FormOrJson<PostForm, POST_LIMIT>,
    State(pages): State<Arc<RoomPages>>,
) -> Result<Reply> {
    let body = form.body;
    let framed = pages.newest_framed(member, move |page| page.draft = body);
    Ok(framed.await?.into())
}

/// The response to a post; a page is redirected to `address`.
pub(super) fn reply(
    posted: &Posted,
    wants: Wants,
    address: impl FnOnce(&Message) -> String,
) -> Result<Reply> {
    let (status, message) = match posted {
        Posted::New(message) => (StatusCode::CREATED, message),
        Posted::Before(message) => (StatusCode::OK, message),
    };
    Ok(match wants {
        Wants::Json => Reply::json_with(status, &MessageJson::from(message)),
        Wants::Fragment => Reply::fragment_with(status, messages::push(message)?),
        Wants::Page => Reply::see_other(&address(message)),
    })
}
