//! Lists of rooms and of members.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, NullableExpressionMethods,
    QueryDsl, RunQueryDsl, SelectableHelper, TextExpressionMethods, define_sql_function,
    dsl::{count_star, exists, max},
    sql_types::Text,
    sqlite::Sqlite,
};

use super::{CHUNK, RoomRow};
use crate::{
    accounts::letters,
    db::{
        Conn,
        accents::{name_search_key, search_key},
        id_list::{id_list, text_list},
        ids::{RoomId, UserId},
        literal,
    },
    error::Result,
    people::Profile,
    rooms::{Kind, Role, RoomMember, RoomSummary, name},
    schema::{members, messages, rooms, users},
};

define_sql_function! {
    /// Sorts names by their letters. Their look-alike keys contain rn for m.
    fn lower(text: Text) -> Text;
}

/// Rooms in the directory.
#[derive(Clone, Copy)]
pub enum DirectoryScope {
    /// Open rooms and those of the reader.
    Open,
    /// Rooms of the reader.
    Own,
    /// Archived rooms of the reader.
    Archived,
}

/// Rooms that `user` may find; `range` is limit and offset.
pub fn directory(
    conn: &mut Conn,
    user: UserId,
    words: &str,
    scope: DirectoryScope,
    (most, skip): (i64, i64),
) -> Result<Vec<RoomSummary>> {
    let here = rooms::id.eq(members::room_id);
    let is_mine = exists(members::table.filter(here.and(members::user_id.eq(user))));
    let mut found = rooms::table
        .filter(rooms::kind.ne(Kind::Direct.to_column()))
        .filter(rooms::deleted_at.is_null())
        .into_boxed::<Sqlite>();
    found = match scope {
        DirectoryScope::Archived => found.filter(rooms::archived_at.is_not_null().and(is_mine)),
        DirectoryScope::Own => found.filter(rooms::archived_at.is_null().and(is_mine)),
        DirectoryScope::Open => found
            .filter(rooms::archived_at.is_null())
            .filter(rooms::kind.eq(Kind::Open.to_column()).or(is_mine)),
    };
    if !words.is_empty() {
        let pattern = format!("%{}%", literal(&search_key(words)));
        let key = format!("%{}%", literal(&name::key(words)));
        let by_name = name_search_key(rooms::name)
            .like(pattern.clone())
            .escape('\\');
        let by_topic = name_search_key(rooms::topic).like(pattern).escape('\\');
        let by_text = by_name.or(by_topic);
        let by_key = rooms::name_key.assume_not_null().like(key).escape('\\');
        found = match name::key(words).is_empty() {
            true => found.filter(by_text),
            false => found.filter(by_text.or(rooms::name_key.is_not_null().and(by_key))),
        };
    }
    let found = found.order((lower(rooms::name).asc(), rooms::id.asc()));
    load(conn, user, found.limit(most).offset(skip))
}

/// The given rooms of `user`.
pub fn summaries(
    conn: &mut Conn,
    user: UserId,
    ids: &[RoomId],
) -> Result<HashMap<RoomId, RoomSummary>> {
    let rooms = rooms::table.filter(rooms::id.eq_any(id_list(ids)));
    let all = load(conn, user, rooms.into_boxed())?.into_iter();
    let mine = all.filter(|summary| summary.mine);
    Ok(mine.map(|summary| (summary.room.id, summary)).collect())
}

/// Loads rooms as `user` sees them.
fn load(
    conn: &mut Conn,
    user: UserId,
    found: rooms::BoxedQuery<'_, Sqlite>,
) -> Result<Vec<RoomSummary>> {
    let here = rooms::id.eq(members::room_id);
    let is_mine = exists(members::table.filter(here.and(members::user_id.eq(user))));
    let people = members::table.filter(members::room_id.eq(rooms::id));
    let people = people.select(count_star()).single_value();
    let texts = messages::table.filter(messages::room_id.eq(rooms::id));
    let newest = texts.select(max(messages::id)).single_value();
    let rows: Vec<(RoomRow, Option<i64>, Option<i64>, bool)> = found
        .select((RoomRow::as_select(), people, newest, is_mine))
        .load(conn)?;
    let summary = |(row, count, newest, mine): (RoomRow, Option<i64>, Option<i64>, bool)| {
        Ok(RoomSummary {
            room: row.into_room()?,
            members: count.unwrap_or(0),
            active_at: newest.map(|id| sent_at(conn, id)).transpose()?,
            mine,
        })
    };
    rows.into_iter().map(summary).collect()
}

fn sent_at(conn: &mut Conn, message: i64) -> Result<i64> {
    let message = messages::table.find(message);
    Ok(message.select(messages::created_at).first(conn)?)
}

/// Members of a room, owners first, then by name.
pub fn members_of(conn: &mut Conn, room: RoomId, most: i64, skip: i64) -> Result<Vec<RoomMember>> {
    let rows = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .order((members::role.desc(), lower(users::username).asc()))
        .limit(most)
        .offset(skip)
        .select((
            Profile::as_select(),
            members::role,
            members::timed_out_until,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(member).collect())
}

/// The given users who are members of a room, by name.
pub fn members_among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<RoomMember>> {
    let mut found = Vec::new();
    for some in people.chunks(CHUNK) {
        let rows = members::table
            .inner_join(users::table)
            .filter(members::room_id.eq(room))
            .filter(members::user_id.eq_any(some))
            .select((
                Profile::as_select(),
                members::role,
                members::timed_out_until,
            ))
            .load(conn)?;
        found.extend(rows.into_iter().map(member));
    }
    found.sort_by_cached_key(|one| (one.person.username.to_lowercase(), one.person.id));
    Ok(found)
}

fn member((person, role, timed_out_until): (Profile, i32, i64)) -> RoomMember {
    RoomMember {
        person,
        role: Role::from_column(role),
        timed_out_until,
    }
}

/// Open rooms with one of these keys, which all users may see: their keys and ids.
pub fn open_named(conn: &mut Conn, keys: &[String]) -> Result<Vec<(String, RoomId)>> {
    let open = rooms::table
        .filter(rooms::kind.eq(Kind::Open.to_column()))
        .filter(
            rooms::archived_at
                .is_null()
                .and(rooms::deleted_at.is_null()),
        )
        .select((rooms::name_key.assume_not_null(), rooms::id));
    Ok(match keys {
        [key] => open.filter(rooms::name_key.eq(key)).load(conn)?,
        keys => {
            let listed = rooms::name_key.eq_any(text_list(keys).nullable());
            open.filter(listed).load(conn)?
        }
    })
}

/// Members of a room with one of these keys of usernames, and for keys without such a member, members whose names
/// differ in accents or punctuation.
pub fn named(conn: &mut Conn, room: RoomId, keys: &[String]) -> Result<Vec<(UserId, String)>> {
    let here = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room));
    let columns = (users::username_key, users::id, users::username);
    let exact: Vec<(String, UserId, String)> = here
        .filter(users::username_key.eq_any(text_list(keys)))
        .select(columns)
        .load(conn)?;
    let missing = keys
        .iter()
        .filter(|key| !exact.iter().any(|(of, ..)| of == *key));
    let mut missing: Vec<String> = missing.map(|key| letters(key)).collect();
    missing.retain(|letters| !letters.is_empty());
    let mut alike: Vec<(String, UserId, String)> = Vec::new();
    if !missing.is_empty() {
        let similar = here.filter(users::username_letters.eq_any(text_list(&missing)));
        alike = similar.select(columns).order(users::id).load(conn)?;
    }
    let found = exact.into_iter().chain(alike);
    Ok(found.map(|(_, id, username)| (id, username)).collect())
}

/// The given users who are members of a room.
pub fn among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<UserId>> {
    let mut here = Vec::new();
    for some in people.chunks(CHUNK) {
        let found = members::table
            .filter(members::room_id.eq(room))
            .filter(members::user_id.eq_any(some))
            .select(members::user_id);
        here.extend(found.load::<UserId>(conn)?);
    }
    Ok(here)
}
