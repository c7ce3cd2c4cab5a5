//! Reactions: emoji under a message, each at most once for a user.

use super::{Emoji, Message, Messages, Mutation, Reactor, store};
use crate::{
    db::{Conn, ids::MessageId, time},
    emoji,
    error::{Error, Result},
    rooms::{Action, Member},
};

/// The most different emoji under one message.
const KINDS: usize = 20;
/// The most users in the list of reactions.
const LISTED: i64 = 500;

/// A change of a user's reaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ReactionChange {
    Add,
    Remove,
    /// Adds or removes it: forms do not know whether it exists.
    Toggle,
}

impl Messages {
    /// Adds or removes a reaction.
    ///
    /// # Errors
    /// `Forbidden` in an archived room, `Conflict` if the message was deleted or has 20 different emoji, `Invalid` for a
    /// custom emoji that does not exist.
    pub async fn react(
        &self,
        member: &Member,
        id: MessageId,
        emoji: Emoji,
        change: ReactionChange,
    ) -> Result<Message> {
        let react = move |conn: &mut Conn, mutation: &Mutation| {
            mutation.demand(conn, Action::React)?;
            mutation.alive()?;
            let reactions = &mutation.message.reactions;
            let has_reacted = store::has_reacted(conn, id, mutation.user, &emoji)?;
            if has_reacted && change != ReactionChange::Add {
                store::unreact(conn, id, mutation.user, &emoji)?;
                return Ok(true);
            }
            if has_reacted || change == ReactionChange::Remove {
                return Ok(false);
            }
            demand_known(conn, &emoji)?;
            let is_new = !reactions.iter().any(|one| one.emoji == emoji.as_str());
            if is_new && reactions.len() >= KINDS {
                let why = format!("This message has the maximum of {KINDS} reactions.");
                return Err(Error::Conflict(why));
            }
            store::react(conn, id, mutation.user, &emoji, time::now())?;
            Ok(true)
        };
        self.change(member, id, react).await
    }

    /// Users who reacted to a message, each with an emoji; at most 500.
    pub async fn reactors(&self, member: &Member, id: MessageId) -> Result<Vec<Reactor>> {
        let room = member.room.id;
        let read = move |conn: &mut Conn| {
            store::one(conn, room, id)?.ok_or(Error::NotFound)?;
            store::reactors(conn, id, LISTED)
        };
        self.app.db.read(read).await
    }
}

/// Refuses the name of a custom emoji that does not exist.
fn demand_known(conn: &mut Conn, wanted: &Emoji) -> Result<()> {
    let Some(name) = wanted.custom_name() else {
        return Ok(());
    };
    match emoji::custom_emoji_named(conn, &[name])?.is_empty() {
        true => Err(Error::Invalid(format!(
            "There’s no emoji :{name}: on this server. Choose another one."
        ))),
        false => Ok(()),
    }
}
