//! Members whose name begins with a text, for completion of mentions.

use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl,
    TextExpressionMethods,
};

use crate::{
    accounts::fold,
    db::{
        Conn,
        ids::{RoomId, UserId},
        literal,
    },
    error::Result,
    schema::{members, messages, users},
};

/// Of so many of the newest messages, the authors come first.
const RECENT: i64 = 300;

/// People of a room whose name begins so: those who wrote last first, then by name. Username and display
/// name of each.
pub fn mention_candidates(
    conn: &mut Conn,
    room: RoomId,
    begin: &str,
    most: usize,
) -> Result<Vec<(UserId, String, String)>> {
    let mut authors: Vec<i64> = messages::table
        .filter(messages::room_id.eq(room.0))
        .order(messages::id.desc())
        .limit(RECENT)
        .select(messages::author_id)
        .load(conn)?;
    let mut seen = std::collections::HashSet::new();
    authors.retain(|author| seen.insert(*author));
    let key = format!("{}%", literal(&fold(begin)));
    let shown = format!("{}%", literal(begin));
    let fits = users::username_key
        .like(key)
        .escape('\\')
        .or(users::display_name.like(shown).escape('\\'));
    let people = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room.0))
        .filter(fits)
        .order(users::username_key.asc())
        .select((users::id, users::username, users::display_name));
    let among: Vec<(i64, String, String)> = people
        .clone()
        .filter(users::id.eq_any(&authors))
        .load(conn)?;
    let others: Vec<(i64, String, String)> = people.limit(most as i64).load(conn)?;
    let place = |id: i64| authors.iter().position(|author| *author == id);
    let mut found: Vec<(i64, String, String)> = among;
    found.sort_by_key(|(id, ..)| place(*id));
    found.extend(others.into_iter().filter(|(id, ..)| place(*id).is_none()));
    found.truncate(most);
    let person = |(id, username, display_name)| (UserId(id), username, display_name);
    Ok(found.into_iter().map(person).collect())
}
