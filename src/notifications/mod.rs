//! Recipients of notifications, from mentions, followed threads and notification levels.
//!
//! Invariant: [`recipients`] decides; [`record`] and [`record_edit`] run in the transaction of the message and are the only
//! places that store mentions and follow threads automatically. Unread badges count the same rows by `sql`.

mod level;
pub mod sql;
mod store;

pub use level::NotifyLevel;
pub use store::{Following, following, set_following};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
};

/// The properties of a message that decide who is notified.
pub struct Subject<'a> {
    pub room: RoomId,
    pub id: MessageId,
    pub author: UserId,
    /// For a reply in a thread, the message that the thread is about.
    pub thread: Option<ThreadRoot>,
    /// The users that its text mentions, also those whom @here stands for.
    pub mentioned: &'a [UserId],
}

/// The message that a thread is about.
#[derive(Clone, Copy)]
pub struct ThreadRoot {
    pub id: MessageId,
    pub author: UserId,
}

/// Why a message notifies a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// They wrote in the thread.
    OwnReply,
    /// The thread is about their message.
    OwnThread,
    /// The text mentions them.
    Mention,
}

/// The users whom a message concerns, by user and then by reason. A user may appear with several reasons.
pub fn recipients(subject: &Subject) -> Vec<(UserId, Reason)> {
    let mentioned = subject.mentioned.iter();
    let mut recipients: Vec<(UserId, Reason)> =
        mentioned.map(|user| (*user, Reason::Mention)).collect();
    if let Some(root) = subject.thread {
        recipients.push((subject.author, Reason::OwnReply));
        recipients.push((root.author, Reason::OwnThread));
    }
    recipients.sort_unstable();
    recipients.dedup();
    recipients
}

/// Stores whom a new message notifies: mention rows, and followed threads for users who never decided whether to follow
/// them.
pub fn record(conn: &mut Conn, subject: &Subject) -> Result<()> {
    for (user, reason) in recipients(subject) {
        store_reason(conn, subject, user, reason)?;
    }
    Ok(())
}

/// Stores whom an edited message notifies, in the place of those of its earlier text.
pub fn record_edit(conn: &mut Conn, subject: &Subject) -> Result<()> {
    store::delete_mentions(conn, subject.id)?;
    let recipients = recipients(subject).into_iter();
    for (user, reason) in recipients.filter(|(_, reason)| *reason == Reason::Mention) {
        store_reason(conn, subject, user, reason)?;
    }
    Ok(())
}

fn store_reason(conn: &mut Conn, subject: &Subject, user: UserId, reason: Reason) -> Result<()> {
    if reason == Reason::Mention {
        store::insert_mention(conn, user, subject.room, subject.id)?;
    }
    let Some(root) = subject.thread else {
        return Ok(());
    };
    // A user has read their own reply, but not yet one that mentions them or answers them.
    let read = match reason {
        Reason::OwnReply => subject.id,
        Reason::OwnThread | Reason::Mention => MessageId(subject.id.0 - 1),
    };
    store::follow_if_undecided(conn, user, subject.room, root.id, read)
}

/// Deletes what is stored about a message that is deleted.
pub fn forget(conn: &mut Conn, message: MessageId) -> Result<()> {
    store::delete_mentions(conn, message)
}

/// The users that a message mentions.
pub fn mentioned(conn: &mut Conn, message: MessageId) -> Result<Vec<UserId>> {
    store::mentioned(conn, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const CLEO: UserId = UserId(3);

    fn subject(thread: Option<ThreadRoot>, mentioned: &[UserId]) -> Subject<'_> {
        Subject {
            room: RoomId(1),
            id: MessageId(9),
            author: ADA,
            thread,
            mentioned,
        }
    }

    #[test]
    fn a_message_in_the_room_notifies_those_it_mentions_once() {
        let found = recipients(&subject(None, &[BOB, CLEO, BOB]));
        assert_eq!(found, [(BOB, Reason::Mention), (CLEO, Reason::Mention)]);
    }

    #[test]
    fn a_reply_notifies_its_author_the_thread_starter_and_those_it_mentions() {
        let root = ThreadRoot {
            id: MessageId(5),
            author: BOB,
        };
        let found = recipients(&subject(Some(root), &[CLEO]));
        let expected = [
            (ADA, Reason::OwnReply),
            (BOB, Reason::OwnThread),
            (CLEO, Reason::Mention),
        ];
        assert_eq!(found, expected);
    }
}
