//! Messages that mention a user, and the members whose name completes a mention.

use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl, Queryable,
    QueryableByName, RunQueryDsl, Selectable, SelectableHelper, TextExpressionMethods, sql_query,
    sql_types::{BigInt, Bool},
};
use serde::Serialize;

use super::reading::these;
use crate::{
    accounts::{AvatarSource, fold, shown_name},
    db::{
        Conn,
        accents::{name_search_key, search_key},
        ids::{AvatarId, RoomId, UserId},
        literal,
    },
    error::Result,
    messages::Message,
    schema::{members, messages, users},
    web::paged::Paged,
};

/// The newest messages, whose authors come first.
const RECENT: i64 = 300;

/// A member that can be mentioned.
#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = users)]
pub struct Candidate {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    #[serde(skip)]
    pub avatar: Option<AvatarId>,
}

impl Candidate {
    /// The name under which pages show them.
    pub fn name(&self) -> &str {
        shown_name(&self.username, &self.display_name)
    }

    /// Their picture or letters.
    pub fn avatar(&self) -> AvatarSource {
        AvatarSource::small(self.id, self.avatar)
    }
}

/// Members of a room whose username, or a word of whose display name, begins with a text, whatever its accents: the
/// most recent authors first, then by name.
pub fn mention_candidates(
    conn: &mut Conn,
    room: RoomId,
    begin: &str,
    most: usize,
) -> Result<Vec<Candidate>> {
    let mut authors: Vec<UserId> = messages::table
        .filter(messages::room_id.eq(room))
        .order(messages::id.desc())
        .limit(RECENT)
        .select(messages::author_id)
        .load(conn)?;
    let mut seen = std::collections::HashSet::new();
    authors.retain(|author| seen.insert(*author));
    let key = format!("{}%", literal(&fold(begin)));
    let bare = literal(&search_key(begin));
    let (first, word) = (format!("{bare}%"), format!("% {bare}%"));
    let shown = name_search_key(users::display_name);
    let fits = users::username_key
        .like(key)
        .escape('\\')
        .or(name_search_key(users::username)
            .like(first.clone())
            .escape('\\'))
        .or(shown.like(first).escape('\\'))
        .or(shown.like(word).escape('\\'));
    let people = members::table
        .inner_join(users::table)
        .filter(members::room_id.eq(room))
        .filter(fits)
        .order(users::username_key.asc())
        .select(Candidate::as_select());
    let among = people.clone().filter(users::id.eq_any(&authors));
    let mut found: Vec<Candidate> = among.load(conn)?;
    let others: Vec<Candidate> = people.limit(most as i64).load(conn)?;
    let place = |id: UserId| authors.iter().position(|author| *author == id);
    found.sort_by_key(|person| place(person.id));
    let others = others.into_iter();
    found.extend(others.filter(|person| place(person.id).is_none()));
    found.truncate(most);
    Ok(found)
}

#[derive(QueryableByName)]
struct MentioningRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Bool)]
    unread: bool,
}

/// Messages that mention a user by name or with @room (in a thread: if the user follows it), newest first, without @room
/// of people whom the user has blocked. Each has a flag that tells whether it is unread: after the read position in the
/// room or in the thread, or a late mention. With `only_unread`, the others are left out.
pub fn mentioning(
    conn: &mut Conn,
    user: UserId,
    only_unread: bool,
    skip: i64,
    most: i64,
) -> Result<Paged<(Message, bool)>> {
    const MENTIONING: &str = "
        SELECT id, unread FROM (SELECT u.id AS id,
               EXISTS (SELECT 1 FROM mentions l WHERE l.user_id = m.user_id AND l.room_id = m.room_id
                   AND l.message_id = u.id AND l.is_late = 1) OR u.id > CASE WHEN u.thread_id IS NULL THEN m.read_id ELSE COALESCE(
                   (SELECT f.read_id FROM follows f WHERE f.user_id = m.user_id
                    AND f.room_id = m.room_id AND f.thread_id = u.thread_id), u.id) END AS unread
        FROM (SELECT c.message_id AS id FROM mentions c WHERE c.user_id = ?1
              UNION SELECT r.id FROM members o CROSS JOIN messages r
                  ON r.room_id = o.room_id AND r.calls = 1 WHERE o.user_id = ?1
                  AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = ?1 AND b.blocked_id = r.author_id)
                  AND (r.thread_id IS NULL OR EXISTS (SELECT 1 FROM follows g
                      WHERE g.user_id = ?1 AND g.room_id = r.room_id
                      AND g.thread_id = r.thread_id AND g.following = 1))) x
        CROSS JOIN messages u ON u.id = x.id
        CROSS JOIN members m ON m.room_id = u.room_id AND m.user_id = ?1
        WHERE u.deleted_at IS NULL AND u.author_id <> ?1)
        WHERE unread OR NOT ?4 ORDER BY id DESC LIMIT ?2 OFFSET ?3";
    let rows: Vec<MentioningRow> = sql_query(MENTIONING)
        .bind::<BigInt, _>(user)
        .bind::<BigInt, _>(most + 1)
        .bind::<BigInt, _>(skip)
        .bind::<Bool, _>(only_unread)
        .load(conn)?;
    let page = Paged::new(rows, most, skip);
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let mut found = these(conn, &ids)?.into_iter();
    let page = page.map(|row| found.next().map(|message| (message, row.unread)));
    Ok(Paged {
        items: page.items.into_iter().flatten().collect(),
        more: page.more,
        next: page.next,
    })
}
