//! A thread beside its room, and replies in it.

use std::sync::Arc;

use poem::{Request, handler};

use super::post_body::PostBody;
use crate::{
    db::ids::MessageId,
    error::{Error, Result},
    files::Files,
    messages::{MessageTarget, PostForm, Posted},
    room_page::RoomPages,
    threads::{Thread, ThreadJson, ThreadPanel},
    web::{form_values::local_path, query::param, reply::Reply, state::State, wants::Wants},
};

/// `GET /rooms/{id}/messages/{id}/thread?before=<message id>`
#[handler]
pub async fn show(
    target: MessageTarget,
    req: &Request,
    State(pages): State<Arc<RoomPages>>,
) -> Result<Reply> {
    let before = param(req, "before", "before must be a message ID.")?;
    let before = before.map(MessageId);
    let thread = pages
        .threads
        .read(&target.member, target.id, before)
        .await?;
    match target.wants {
        Wants::Json => Ok(Reply::json(&ThreadJson::from(&thread))),
        Wants::Fragment => Reply::fragment(&ThreadPanel::new(&target.member, &thread)),
        Wants::Page => beside_room(target, &thread, &pages, None).await,
    }
}

/// A reply that was not posted.
struct RefusedReply {
    body: String,
    /// Reason, for the page.
    why: String,
    error: Error,
}

/// The room with a thread beside it, and optionally a refused text and the reason.
async fn beside_room(
    target: MessageTarget,
    thread: &Thread,
    pages: &RoomPages,
    refused: Option<RefusedReply>,
) -> Result<Reply> {
    let member = target.member;
    if let Some(last) = thread.replies.messages.last() {
        // Without JavaScript nothing else reports that the replies were seen.
        pages.threads.mark(&member, thread.root.id, last.id).await?;
    }
    let mut panel = ThreadPanel::new(&member, thread);
    let error = refused.map(|refused| {
        panel.refuse(refused.body, refused.why);
        refused.error
    });
    let framed = pages.newest_framed(member, move |page| page.side = Some(panel));
    let framed = framed.await?;
    Ok(match error {
        Some(error) => framed.refused(&error).into(),
        None => framed.into(),
    })
}

/// Posts a reply, and a copy of it in the room if that is wanted.
async fn post(
    target: &MessageTarget,
    form: &PostForm,
    pages: &RoomPages,
    files: &Files,
) -> Result<Posted> {
    let draft = form.draft()?.in_thread(Some(target.id));
    let copy = match form.is_for_room()? {
        true => Some(form.copy_for_room(target.id)?),
        false => None,
    };
    let posted = pages.messages.post(&target.member, draft).await?;
    if let Some(copy) = copy {
        // A repeated post makes the copy that an earlier one may have failed to make.
        let (Posted::New(message) | Posted::Before(message)) = &posted;
        if !pages.messages.was_posted(&target.member, &copy).await? {
            let same = files.duplicate(&target.member.user, &message.files).await?;
            pages.messages.post(&target.member, copy.with(same)).await?;
        }
    }
    Ok(posted)
}

/// `POST /rooms/{id}/messages/{id}/thread`: a reply.
#[handler]
pub async fn reply(
    target: MessageTarget,
    PostBody {
        form,
        refused,
        files: received,
    }: PostBody,
    State((pages, files)): State<(Arc<RoomPages>, Files)>,
) -> Result<Reply> {
    let posted = match refused {
        Some(refused) => Err(refused),
        None => post(&target, &form, &pages, &files).await,
    };
    if !matches!(posted, Ok(Posted::New(_))) {
        received.remove(&files, target.member.user.id).await;
    }
    if let Err(Error::Conflict(_)) = &posted {
        // 404 for an address that names no message of this room.
        pages.messages.find(&target.member, target.id).await?;
    }
    let posted = match (posted, target.wants) {
        (Ok(posted), _) => posted,
        (Err(error @ Error::NotFound), _) => return Err(error),
        (Err(error), Wants::Page) => {
            let thread = pages.threads.read(&target.member, target.id, None).await?;
            let why = received.reason(&error);
            let refused = Some(RefusedReply {
                body: form.body,
                why,
                error,
            });
            return beside_room(target, &thread, &pages, refused).await;
        }
        (Err(error), _) => return Err(error),
    };
    let (room, root) = (target.member.room.id, target.id);
    super::post::reply(&posted, target.wants, |message| {
        let id = message.id;
        let thread = format!("/rooms/{room}/messages/{root}/thread#message-{id}");
        local_path(form.back.as_deref(), &thread)
    })
}
