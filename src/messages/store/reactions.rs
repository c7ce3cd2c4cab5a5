//! Reactions in the database.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{auto_type, count_star, exists, min},
};

use super::Author;
use crate::{
    db::{
        Conn,
        id_list::id_list,
        ids::{MessageId, UserId},
    },
    emoji::{self, CustomEmoji},
    error::Result,
    messages::{Emoji, Reaction, Reactor, emoji::custom_name},
    schema::{reactions, users},
};

/// Users that one reaction names.
const NAMED: usize = 50;
/// Reactions of several messages that are read in one statement.
const AT_ONCE: i64 = 500;

/// The reactions to some messages.
pub fn of(conn: &mut Conn, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<Reaction>>> {
    let mut counts: Vec<(MessageId, String, i64, Option<i64>)> = reactions::table
        .filter(reactions::message_id.eq_any(id_list(ids)))
        .group_by((reactions::message_id, reactions::emoji))
        .select((
            reactions::message_id,
            reactions::emoji,
            count_star(),
            min(reactions::created_at),
        ))
        .load(conn)?;
    let custom = custom_among(conn, &counts)?;
    counts.sort_by(|a, b| (a.0, a.3, &a.1).cmp(&(b.0, b.3, &b.1)));
    let total: i64 = counts.iter().map(|(_, _, count, _)| count).sum();
    let mut all_people = match total {
        0 => return Ok(HashMap::new()),
        total if total <= AT_ONCE => all_people(conn, ids)?,
        _ => HashMap::new(),
    };
    let mut found: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    for (id, emoji, count, _) in counts {
        let mut people = match all_people.remove(&(id, emoji.clone())) {
            Some(people) => people,
            None => first_people(conn, id, &emoji)?,
        };
        people.truncate(NAMED);
        let custom = custom_name(&emoji).and_then(|name| custom.get(name).cloned());
        found.entry(id).or_default().push(Reaction {
            picture: custom.as_ref().map(CustomEmoji::url),
            custom,
            emoji,
            count,
            people,
        });
    }
    Ok(found)
}

/// The custom emoji among these reactions, by name. One that was removed is not among them.
fn custom_among(
    conn: &mut Conn,
    counts: &[(MessageId, String, i64, Option<i64>)],
) -> Result<HashMap<String, CustomEmoji>> {
    let names = counts
        .iter()
        .filter_map(|(_, emoji, ..)| custom_name(emoji));
    let mut names: Vec<&str> = names.collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    names.sort_unstable();
    names.dedup();
    let found = emoji::custom_emoji_named(conn, &names)?;
    let by_name = found.into_iter().map(|emoji| (emoji.name.clone(), emoji));
    Ok(by_name.collect())
}

/// The query of all reactions: message, emoji and author, in the order in which they were added.
#[auto_type(no_type_alias)]
fn in_order() -> _ {
    reactions::table
        .inner_join(users::table)
        .order((reactions::created_at.asc(), reactions::user_id.asc()))
        .select((
            reactions::message_id,
            reactions::emoji,
            (
                users::id,
                users::username,
                users::display_name,
                users::avatar,
            ),
        ))
}

/// All users who reacted to some messages, by message and emoji.
fn all_people(
    conn: &mut Conn,
    ids: &[MessageId],
) -> Result<HashMap<(MessageId, String), Vec<Author>>> {
    let rows = in_order().filter(reactions::message_id.eq_any(id_list(ids)));
    let mut people: HashMap<_, Vec<Author>> = HashMap::new();
    for (message, emoji, author) in rows.load(conn)? {
        people.entry((message, emoji)).or_default().push(author);
    }
    Ok(people)
}

fn first_people(conn: &mut Conn, id: MessageId, emoji: &str) -> Result<Vec<Author>> {
    let rows: Vec<(MessageId, String, Author)> = in_order()
        .filter(reactions::message_id.eq(id))
        .filter(reactions::emoji.eq(emoji))
        .limit(NAMED as i64)
        .load(conn)?;
    Ok(rows.into_iter().map(|(_, _, author)| author).collect())
}

/// Whether a user reacted with an emoji.
pub fn has_reacted(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji) -> Result<bool> {
    let row = reactions::table.find((id, emoji.as_str(), user));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Adds a reaction that does not exist.
pub fn react(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji, now: i64) -> Result<()> {
    diesel::insert_into(reactions::table)
        .values((
            reactions::message_id.eq(id),
            reactions::emoji.eq(emoji.as_str()),
            reactions::user_id.eq(user),
            reactions::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes a reaction.
pub fn unreact(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji) -> Result<()> {
    diesel::delete(reactions::table.find((id, emoji.as_str(), user))).execute(conn)?;
    Ok(())
}

/// Users and their reactions, in the order in which they were added.
pub fn reactors(conn: &mut Conn, id: MessageId, most: i64) -> Result<Vec<Reactor>> {
    let rows = in_order().filter(reactions::message_id.eq(id)).limit(most);
    let rows: Vec<(MessageId, String, Author)> = rows.load(conn)?;
    let reactor = |(_, emoji, person)| Reactor { emoji, person };
    Ok(rows.into_iter().map(reactor).collect())
}
