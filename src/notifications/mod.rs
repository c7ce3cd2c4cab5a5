//! Recipients of notifications, from mentions, followed threads and notification levels.
//!
//! Invariant: [`recipients`] decides. [`record`] and [`record_edit`] run in the transaction of the message; no other
//! function stores mentions or follows threads automatically. Unread badges count the same rows with `sql`.

mod level;
pub mod sql;
mod store;

pub use level::NotifyLevel;
pub use store::{
    Following, concerned, delete_mentions, following, mentioned, read_late, read_late_in_thread,
    read_late_in_threads, set_following,
};

use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    people,
};

/// The properties of a message that decide who is notified.
pub struct Subject<'a> {
    pub room: RoomId,
    pub id: MessageId,
    pub author: UserId,
    /// Root of the thread of a reply.
    pub thread: Option<ThreadRoot>,
    /// Users that its text mentions, including those that @here stands for.
    pub mentioned: &'a [UserId],
}

/// Root of a thread.
#[derive(Clone, Copy)]
pub struct ThreadRoot {
    pub id: MessageId,
    pub author: UserId,
}

/// Reason for notifying a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The user wrote in the thread.
    OwnReply,
    /// The thread is about the user's message.
    OwnThread,
    /// The text mentions the user.
    Mention,
}

/// Recipients of a message, ordered by user and reason, without regard to blocks. A user may appear with several reasons.
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

/// The recipients who have not blocked the author.
fn willing_recipients(conn: &mut Conn, subject: &Subject) -> Result<Vec<(UserId, Reason)>> {
    let mut recipients = recipients(subject);
    if recipients.iter().any(|(user, _)| *user != subject.author) {
        let blockers = people::blockers_of(conn, subject.author)?;
        recipients.retain(|(user, _)| !blockers.contains(user));
    }
    Ok(recipients)
}

/// Stores the recipients of a new message: their mentions, and followed threads for users who never decided whether to
/// follow them. Returns the users whose counts of mentions or of replies in threads change.
pub fn record(conn: &mut Conn, subject: &Subject) -> Result<Vec<UserId>> {
    let recipients = willing_recipients(conn, subject)?;
    for (user, reason) in &recipients {
        store_reason(conn, subject, *user, *reason)?;
    }
    match subject.thread {
        Some(root) => store::concerned(conn, subject.id, Some(root.id)),
        None => Ok(recipients.into_iter().map(|(user, _)| user).collect()),
    }
}

/// Replaces the mentions of an edited message. A new mention is unread, also for a user who had read the message.
pub fn record_edit(conn: &mut Conn, subject: &Subject) -> Result<()> {
    let before = store::lateness(conn, subject.id)?;
    store::delete_mentions(conn, subject.id)?;
    let recipients = willing_recipients(conn, subject)?.into_iter();
    for (user, reason) in recipients.filter(|(_, reason)| *reason == Reason::Mention) {
        store_reason(conn, subject, user, reason)?;
        let was_late = before.iter().find(|(one, _)| *one == user);
        let is_late = match was_late {
            Some((_, is_late)) => *is_late,
            None => store::has_read(conn, subject, user)?,
        };
        if is_late {
            store::set_late(conn, user, subject.room, subject.id)?;
        }
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
    // A user has read their own reply, but not yet another user's reply.
    let read = match reason {
        Reason::OwnReply => subject.id,
        Reason::OwnThread | Reason::Mention => MessageId(subject.id.0 - 1),
    };
    store::follow_if_undecided(conn, user, subject.room, root.id, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_the_mentioned_users_the_author_and_the_thread_starter_once() {
        let [ada, bob, cleo] = [1, 2, 3].map(UserId);
        let thread_of_bob = ThreadRoot {
            id: MessageId(5),
            author: bob,
        };
        let (own_reply, own_thread) = ((ada, Reason::OwnReply), (bob, Reason::OwnThread));
        let [bob_named, cleo_named] = [bob, cleo].map(|user| (user, Reason::Mention));
        for (thread, mentioned, expected) in [
            (None, vec![bob, cleo, bob], vec![bob_named, cleo_named]),
            (
                Some(thread_of_bob),
                vec![cleo],
                vec![own_reply, own_thread, cleo_named],
            ),
        ] {
            let found = recipients(&Subject {
                room: RoomId(1),
                id: MessageId(9),
                author: ada,
                thread,
                mentioned: &mentioned,
            });
            assert_eq!(found, expected);
        }
    }
}
