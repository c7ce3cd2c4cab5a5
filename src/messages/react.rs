//! Reactions: an emoji under a message, once a person.

use super::{Emoji, Message, Messages, Mutation, store};
use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
        time,
    },
    error::{Error, Result},
    rooms::{Action, Member},
};

/// Different emoji under one message.
const KINDS: usize = 20;
/// People whom a list of those who reacted names.
const LISTED: i64 = 500;

/// Change of a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Give,
    Take,
    /// Whichever of them changes something: for forms, which do not know.
    Turn,
}

impl Messages {
    /// Reacts to a message; once is enough.
    ///
    /// # Errors
    /// `Forbidden` in an archived room, `Conflict` for a message that was deleted or has 20 different
    /// emoji already.
    pub async fn react(&self, member: &Member, id: MessageId, emoji: Emoji) -> Result<Message> {
        self.turn_to(member, id, emoji, Wish::Give).await
    }

    /// Takes a reaction back.
    ///
    /// # Errors
    /// As [`Messages::react`].
    pub async fn unreact(&self, member: &Member, id: MessageId, emoji: Emoji) -> Result<Message> {
        self.turn_to(member, id, emoji, Wish::Take).await
    }

    /// Reacts, or takes it back.
    ///
    /// # Errors
    /// As [`Messages::react`].
    pub async fn toggle(&self, member: &Member, id: MessageId, emoji: Emoji) -> Result<Message> {
        self.turn_to(member, id, emoji, Wish::Turn).await
    }

    async fn turn_to(
        &self,
        member: &Member,
        id: MessageId,
        emoji: Emoji,
        wish: Wish,
    ) -> Result<Message> {
        let turn = move |conn: &mut Conn, mutation: &Mutation| {
            mutation.demand(conn, Action::Post)?;
            mutation.alive()?;
            let message = &mutation.message;
            let has = store::has_reacted(conn, id, mutation.user, &emoji)?;
            match (wish, has) {
                (Wish::Give | Wish::Turn, false) => {
                    let known = message.reactions.iter().any(|r| r.emoji == emoji.as_str());
                    if !known && message.reactions.len() >= KINDS {
                        let why = format!("This message has the maximum of {KINDS} reactions.");
                        return Err(Error::Conflict(why));
                    }
                    store::react(conn, id, mutation.user, &emoji, time::now())?;
                    Ok(true)
                }
                (Wish::Take | Wish::Turn, true) => {
                    store::unreact(conn, id, mutation.user, &emoji)?;
                    Ok(true)
                }
                _ => Ok(false),
            }
        };
        self.change(member, id, turn).await
    }

    /// Users who reacted to a message, each with their emoji; at most 500.
    ///
    /// # Errors
    /// `NotFound` when it is in no such room.
    pub async fn reactors(
        &self,
        member: &Member,
        id: MessageId,
    ) -> Result<Vec<(String, UserId, String)>> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| {
            store::one(conn, room, id)?.ok_or(Error::NotFound)?;
            store::reactors(conn, id, LISTED)
        };
        self.app.db.read(read).await
    }
}
