//! Lists of rooms and of their members.

use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, JoinOnDsl,
    NullableExpressionMethods, QueryDsl, RunQueryDsl, TextExpressionMethods, define_sql_function,
    dsl::{exists, max},
    sql_types::Text,
    sqlite::Sqlite,
};

use super::{RoomRow, columns, of};
use crate::{
    db::{
        Conn,
        ids::{RoomId, UserId},
        literal,
    },
    error::Result,
    people::Profile,
    rooms::{Kind, Role, RoomMember, RoomSummary, name},
    schema::{members, messages, rooms, users},
};

define_sql_function! {
    /// Names sort by their letters, not by the look-alike keys, in which an m is an rn.
    fn lower(text: Text) -> Text;
}

/// Rooms that `user` may find; `range` is limit and offset.
pub fn directory(
    conn: &mut Conn,
    user: UserId,
    words: &str,
    archived: bool,
    (most, skip): (i64, i64),
) -> Result<Vec<RoomSummary>> {
    let here = rooms::id.eq(members::room_id);
    let me = members::table.filter(here.and(members::user_id.eq(user.0)));
    let is_mine = exists(me);
    let mut found = rooms::table
        .filter(rooms::kind.ne(Kind::Direct.to_column()))
        .filter(rooms::deleted_at.is_null())
        .into_boxed::<Sqlite>();
    found = match archived {
        true => found.filter(rooms::archived_at.is_not_null().and(is_mine)),
        false => found
            .filter(rooms::archived_at.is_null())
            .filter(rooms::kind.eq(Kind::Open.to_column()).or(is_mine)),
    };
    if !words.is_empty() {
        let pattern = format!("%{}%", literal(words));
        let key = format!("%{}%", literal(&name::key(words)));
        let by_text = rooms::name
            .like(pattern.clone())
            .escape('\\')
            .or(rooms::topic.like(pattern).escape('\\'));
        let by_key = rooms::name_key.assume_not_null().like(key).escape('\\');
        found = match name::key(words).is_empty() {
            true => found.filter(by_text),
            false => found.filter(by_text.or(rooms::name_key.is_not_null().and(by_key))),
        };
    }
    let rows: Vec<(RoomRow, Option<i64>, Option<i64>, bool)> = found
        .order((lower(rooms::name).asc(), rooms::id.asc()))
        .limit(most)
        .offset(skip)
        .select((
            columns!(),
            members::table
                .filter(members::room_id.eq(rooms::id))
                .select(diesel::dsl::count_star())
                .single_value(),
            messages::table
                .filter(messages::room_id.eq(rooms::id))
                .select(max(messages::id))
                .single_value(),
            is_mine,
        ))
        .load(conn)?;
    let listing = |(row, count, newest, mine): (RoomRow, Option<i64>, Option<i64>, bool)| {
        Ok(RoomSummary {
            room: of(row)?,
            members: count.unwrap_or(0),
            active_at: newest.map(|id| sent_at(conn, id)).transpose()?,
            mine,
        })
    };
    rows.into_iter().map(listing).collect()
}

fn sent_at(conn: &mut Conn, message: i64) -> Result<i64> {
    let message = messages::table.find(message);
    Ok(message.select(messages::created_at).first(conn)?)
}

type RoomMemberRow = (i64, String, String, String, String, bool, i64, i32);

/// Columns of a [`RoomMember`].
macro_rules! room_members {
    () => {
        members::table
            .inner_join(users::table.on(users::id.eq(members::user_id)))
            .select((
                users::id,
                users::username,
                users::display_name,
                users::about,
                users::time_zone,
                users::is_admin,
                users::created_at,
                members::role,
            ))
    };
}

/// Members of a room, owners first, then by name.
pub fn members_of(conn: &mut Conn, room: RoomId, most: i64, skip: i64) -> Result<Vec<RoomMember>> {
    let rows: Vec<RoomMemberRow> = room_members!()
        .filter(members::room_id.eq(room.0))
        .order((members::role.desc(), lower(users::username).asc()))
        .limit(most)
        .offset(skip)
        .load(conn)?;
    Ok(rows.into_iter().map(member).collect())
}

/// Users in one statement: SQLite allows 32,766 parameters.
const ASKED: usize = 1000;

/// The given users who are members of a room, by name.
pub fn members_among(conn: &mut Conn, room: RoomId, people: &[UserId]) -> Result<Vec<RoomMember>> {
    let mut found = Vec::new();
    for some in people.chunks(ASKED) {
        let ids: Vec<i64> = some.iter().map(|id| id.0).collect();
        let rows: Vec<RoomMemberRow> = room_members!()
            .filter(members::room_id.eq(room.0))
            .filter(members::user_id.eq_any(ids))
            .load(conn)?;
        found.extend(rows.into_iter().map(member));
    }
    found.sort_by_cached_key(|one| (one.person.username.to_lowercase(), one.person.id));
    Ok(found)
}

fn member(row: RoomMemberRow) -> RoomMember {
    let (id, username, display_name, about, time_zone, is_admin, created_at, role) = row;
    RoomMember {
        person: Profile {
            id: UserId(id),
            username: username.into(),
            display_name: display_name.into(),
            about,
            time_zone,
            is_admin,
            created_at,
        },
        role: Role::from_column(role),
    }
}
