//! Reactions in the database.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, QueryDsl, RunQueryDsl,
    dsl::{count_star, exists, min},
};

use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
    },
    error::Result,
    messages::{Emoji, Reaction},
    schema::{reactions, users},
};

/// People whom one reaction names.
const NAMED: i64 = 50;
/// Up to so many of all are read at once.
const AT_ONCE: i64 = 500;

/// The reactions to these messages.
pub fn of(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Vec<Reaction>>> {
    let mut counts: Vec<(i64, String, i64, Option<i64>)> = reactions::table
        .filter(reactions::message_id.eq_any(ids))
        .group_by((reactions::message_id, reactions::emoji))
        .select((
            reactions::message_id,
            reactions::emoji,
            count_star(),
            min(reactions::created_at),
        ))
        .load(conn)?;
    counts.sort_by(|a, b| (a.0, a.3, &a.1).cmp(&(b.0, b.3, &b.1)));
    let total: i64 = counts.iter().map(|(_, _, count, _)| count).sum();
    let mut people = match total {
        0 => return Ok(HashMap::new()),
        total if total <= AT_ONCE => all_people(conn, ids)?,
        _ => ReactionNames::new(),
    };
    let mut found: HashMap<i64, Vec<Reaction>> = HashMap::new();
    for (id, emoji, count, _) in counts {
        let named = match people.remove(&(id, emoji.clone())) {
            Some(mut named) => {
                named.truncate(NAMED as usize);
                named
            }
            None => first_people(conn, id, &emoji)?,
        };
        found.entry(id).or_default().push(Reaction {
            emoji,
            count,
            people: named,
        });
    }
    Ok(found)
}

type ReactionNames = HashMap<(i64, String), Vec<(UserId, String)>>;

fn all_people(conn: &mut Conn, ids: &[i64]) -> Result<ReactionNames> {
    let rows: Vec<(i64, String, i64, String)> = reactions::table
        .inner_join(users::table)
        .filter(reactions::message_id.eq_any(ids))
        .order((reactions::created_at.asc(), reactions::user_id.asc()))
        .select((
            reactions::message_id,
            reactions::emoji,
            users::id,
            users::username,
        ))
        .load(conn)?;
    let mut people = ReactionNames::new();
    for (message, emoji, id, name) in rows {
        let named = people.entry((message, emoji)).or_default();
        named.push((UserId(id), name));
    }
    Ok(people)
}

fn first_people(conn: &mut Conn, id: i64, emoji: &str) -> Result<Vec<(UserId, String)>> {
    let rows: Vec<(i64, String)> = reactions::table
        .inner_join(users::table)
        .filter(reactions::message_id.eq(id))
        .filter(reactions::emoji.eq(emoji))
        .order((reactions::created_at.asc(), reactions::user_id.asc()))
        .limit(NAMED)
        .select((users::id, users::username))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| (UserId(id), name))
        .collect())
}

/// Whether someone gave this reaction.
pub fn has_reacted(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji) -> Result<bool> {
    let row = reactions::table.find((id.0, emoji.as_str(), user.0));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Gives a reaction that was not given.
pub fn react(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji, now: i64) -> Result<()> {
    let row = (
        reactions::message_id.eq(id.0),
        reactions::emoji.eq(emoji.as_str()),
        reactions::user_id.eq(user.0),
        reactions::created_at.eq(now),
    );
    diesel::insert_into(reactions::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Takes a reaction back.
pub fn unreact(conn: &mut Conn, id: MessageId, user: UserId, emoji: &Emoji) -> Result<()> {
    diesel::delete(reactions::table.find((id.0, emoji.as_str(), user.0))).execute(conn)?;
    Ok(())
}

/// Users and their reactions, in the order in which they were added.
pub fn reactors(
    conn: &mut Conn,
    id: MessageId,
    most: i64,
) -> Result<Vec<(String, UserId, String)>> {
    let rows: Vec<(String, i64, String)> = reactions::table
        .inner_join(users::table)
        .filter(reactions::message_id.eq(id.0))
        .order((reactions::created_at.asc(), reactions::user_id.asc()))
        .limit(most)
        .select((reactions::emoji, users::id, users::username))
        .load(conn)?;
    let reactor = |(emoji, id, name)| (emoji, UserId(id), name);
    Ok(rows.into_iter().map(reactor).collect())
}
