//! Rev of a room. These queries run for every message.

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::BigInt,
    sqlite::Sqlite,
};

use crate::{
    db::{
        Conn,
        ids::{AvatarId, RoomId, UserId},
    },
    error::{Error, Result},
    rooms::{Kind, Role, Room, rights},
    schema::{members, rooms, users},
};

/// Current rev of a room.
pub fn rev(conn: &mut Conn, room: RoomId) -> Result<i64> {
    Ok(rooms::table.find(room).select(rooms::rev).first(conn)?)
}

/// Display name and picture of a user.
type NameAndAvatar = (String, Option<AvatarId>);

/// Current rev of a room and the current display name and picture of a user who posts to it, in the transaction of the
/// post. An open socket may not know them yet.
///
/// # Errors
/// `NotFound` for a user who is no longer a member, `Forbidden` in an archived room.
pub fn rev_and_name_for_post(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
) -> Result<(i64, NameAndAvatar)> {
    let row: Option<(i64, i32, Option<i64>, NameAndAvatar)> = members::table
        .inner_join(rooms::table)
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(members::user_id.eq(user))
        .select((
            rooms::rev,
            rooms::kind,
            rooms::archived_at,
            (users::display_name, users::avatar),
        ))
        .first(conn)
        .optional()?;
    let (rev, kind, archived_at, name) = row.ok_or(Error::NotFound)?;
    if archived_at.is_some() {
        let room = Room {
            id: room,
            name: "".into(),
            topic: "".into(),
            kind: Kind::from_column(kind)?,
            is_default: false,
            archived: true,
            avatar: None,
            emoji: "".into(),
        };
        rights::demand(Role::Member, rights::Action::Post, &room)?;
    }
    Ok((rev, name))
}

/// Stores a room's new rev, in the transaction of the change. Writes are serialized, and RETURNING takes longer
/// than reading first.
pub fn set_rev(conn: &mut Conn, room: RoomId, rev: i64) -> Result<()> {
    SetRev { room, rev }.execute(conn)?;
    Ok(())
}

/// Raw SQL, because diesel prepares its own UPDATE each time and this one runs for every message.
#[derive(QueryId)]
struct SetRev {
    room: RoomId,
    rev: i64,
}

impl QueryFragment<Sqlite> for SetRev {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE rooms SET rev = ");
        out.push_bind_param::<BigInt, _>(&self.rev)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<BigInt, _>(&self.room)
    }
}

impl RunQueryDsl<Conn> for SetRev {}
