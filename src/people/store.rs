//! Profiles in the database.

use std::sync::Arc;

use diesel::{
    AsChangeset, BoolExpressionMethods, ExpressionMethods, JoinOnDsl,
    OptionalEmptyChangesetExtension, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper, define_sql_function,
    dsl::{exists, not},
    select,
    sql_types::Text,
    sqlite::Sqlite,
};
use serde::Deserialize;

use super::AccountFilter;
use crate::{
    accounts::{NameKeys, ServerRole, fold, letters},
    db::{
        Conn,
        accents::{name_search_key, search_key},
        ids::{AvatarId, UserId},
    },
    error::Result,
    schema::{members, users},
};

define_sql_function! {
    /// Position of a text in another, from 1; 0 if it is not there.
    fn instr(text: Text, part: Text) -> Integer;
}
define_sql_function! {
    fn lower(text: Text) -> Text;
}

/// User as all other users see them.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Profile {
    pub id: UserId,
    /// Unique name.
    #[diesel(deserialize_as = String)]
    pub username: Arc<str>,
    /// Display name; empty for the username.
    #[diesel(deserialize_as = String)]
    pub display_name: Arc<str>,
    /// Line about the user.
    pub about: String,
    /// IANA time zone such as `Europe/Berlin`; empty if unset.
    pub time_zone: String,
    pub is_admin: bool,
    /// Role of a user who is not an admin.
    pub role: String,
    /// End of a suspension (ms UTC); in the past without one.
    pub suspended_until: i64,
    pub avatar: Option<AvatarId>,
    /// Time of registration (ms UTC).
    pub created_at: i64,
    /// End of the access of a guest (ms UTC).
    pub access_ends: Option<i64>,
    /// Time at which the account was deleted (ms UTC).
    pub deleted_at: Option<i64>,
}

/// Change of a profile, from the form or as JSON; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, Deserialize, AsChangeset)]
#[diesel(table_name = users)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub about: Option<String>,
    pub time_zone: Option<String>,
}

/// The profile of an account.
pub fn profile(conn: &mut Conn, user: UserId) -> Result<Option<Profile>> {
    let row = users::table.find(user).select(Profile::as_select());
    Ok(row.first(conn).optional()?)
}

/// The profile of a username in any case, or else of the only one that differs in nothing but accents.
pub fn profile_of_name(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    if username.len() > 256 {
        return Ok(None);
    }
    match exact_profile(conn, username)? {
        Some(profile) => Ok(Some(profile)),
        None => only_profile_without_accents(conn, username),
    }
}

fn exact_profile(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    let found: Option<Profile> = users::table
        .filter(users::username_key.eq(fold(username)))
        .select(Profile::as_select())
        .first(conn)
        .optional()?;
    let same = |user: &Profile| user.username.to_lowercase() == username.to_lowercase();
    Ok(found.filter(same))
}

fn only_profile_without_accents(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    let letters = letters(username);
    if letters.is_empty() {
        return Ok(None);
    }
    let mut found: Vec<Profile> = users::table
        .filter(users::username_letters.eq(letters))
        .select(Profile::as_select())
        .load(conn)?;
    let key = search_key(username);
    found.retain(|user| search_key(&user.username) == key);
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// Users whose display name is this one, without regard to case, accents and punctuation.
pub fn with_display_name(conn: &mut Conn, name: &str) -> Result<Vec<UserId>> {
    let letters = letters(name);
    if letters.is_empty() || name.len() > 256 {
        return Ok(Vec::new());
    }
    let named = users::table
        .filter(users::display_name_letters.eq(letters))
        .filter(users::deleted_at.is_null());
    Ok(named.select(users::id).load(conn)?)
}

/// Whether a display name looks like the username of another user.
pub fn is_name_of_another(conn: &mut Conn, user: UserId, display_name: &str) -> Result<bool> {
    let keys = NameKeys::of(display_name);
    let own: String = users::table
        .find(user)
        .select(users::username_key)
        .first(conn)?;
    if own == keys.key {
        return Ok(false);
    }
    let is_alike = users::username_key
        .eq(&keys.key)
        .or(users::username_look.eq(&keys.look))
        .or(users::username_letters
            .eq(&keys.letters)
            .and(users::username_letters.ne("")));
    let found = users::table.filter(users::id.ne(user)).filter(is_alike);
    Ok(select(exists(found)).get_result(conn)?)
}

/// Users whose keys of letters are missing, in a batch.
pub fn without_letters(conn: &mut Conn, most: i64) -> Result<Vec<(UserId, String, String)>> {
    let missing = users::table.filter(users::username_letters.eq(""));
    let rows = missing.select((users::id, users::username, users::display_name));
    Ok(rows.limit(most).load(conn)?)
}

/// Stores the keys of the letters of a user's names.
pub fn set_letters(conn: &mut Conn, user: UserId, username: &str, display: &str) -> Result<()> {
    diesel::update(users::table.find(user))
        .set((
            users::username_letters.eq(letters(username)),
            users::display_name_letters.eq(letters(display)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a user is another one, or in a room with them.
pub fn is_in_room_with(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool> {
    if user == other {
        return Ok(true);
    }
    let theirs = diesel::alias!(members as theirs);
    let shared = members::table
        .inner_join(theirs.on(theirs.field(members::room_id).eq(members::room_id)))
        .filter(members::user_id.eq(user))
        .filter(theirs.field(members::user_id).eq(other));
    Ok(select(exists(shared.select(members::room_id))).get_result(conn)?)
}

/// The profile of the user who invited an account.
pub fn inviter(conn: &mut Conn, user: UserId) -> Result<Option<Profile>> {
    let inviter = users::table.find(user).select(users::invited_by);
    let inviter: Option<Option<UserId>> = inviter.first(conn).optional()?;
    match inviter.flatten() {
        Some(inviter) => profile(conn, inviter),
        None => Ok(None),
    }
}

/// Users whose names contain `words`. Names that begin with `words` come first. With `reader`, only those who are in a
/// room with that user.
pub fn search(
    conn: &mut Conn,
    words: &str,
    reader: Option<UserId>,
    (most, skip): (i64, i64),
) -> Result<Vec<Profile>> {
    let mut found = named(words);
    if let Some(reader) = reader {
        let own = diesel::alias!(members as own);
        let rooms = own
            .filter(own.field(members::user_id).eq(reader))
            .select(own.field(members::room_id));
        let known = members::table
            .filter(members::room_id.eq_any(rooms))
            .select(members::user_id);
        found = found.filter(users::id.eq_any(known).or(users::id.eq(reader)));
    }
    let page = found.limit(most).offset(skip);
    Ok(page.select(Profile::as_select()).load(conn)?)
}

/// The same among the accounts of a filter at `now` (ms UTC).
pub fn accounts(
    conn: &mut Conn,
    (words, filter, now): (&str, Option<AccountFilter>, i64),
    (most, skip): (i64, i64),
) -> Result<Vec<Profile>> {
    let found = named(words);
    let found = match filter {
        None => found,
        Some(AccountFilter::Suspended) => found.filter(users::suspended_until.gt(now)),
        Some(AccountFilter::Role(ServerRole::Admin)) => found.filter(users::is_admin),
        Some(AccountFilter::Role(role)) => {
            found.filter(not(users::is_admin).and(users::role.eq(role.name())))
        }
    };
    let page = found.limit(most).offset(skip);
    Ok(page.select(Profile::as_select()).load(conn)?)
}

/// Users whose names contain `words`, in the order of the lists.
fn named(words: &str) -> users::BoxedQuery<'static, Sqlite> {
    let words = words.trim_start_matches('@');
    let (key, bare) = (fold(words), search_key(words));
    let look = instr(users::username_key, key);
    let name = instr(name_search_key(users::username), bare.clone());
    let shown = instr(name_search_key(users::display_name), bare);
    let contains = look
        .clone()
        .gt(0)
        .or(name.clone().gt(0))
        .or(shown.clone().gt(0));
    let begins = look.eq(1).or(name.eq(1)).or(shown.eq(1));
    users::table
        .filter(contains)
        .filter(users::deleted_at.is_null())
        .order((begins.desc(), lower(users::username).asc()))
        .into_boxed()
}

/// Changes the given fields.
pub fn change_profile(conn: &mut Conn, user: UserId, change: &ProfileChange) -> Result<()> {
    let letters = change.display_name.as_deref().map(letters);
    let letters = letters.map(|letters| users::display_name_letters.eq(letters));
    let update = diesel::update(users::table.find(user)).set((change, letters));
    update.execute(conn).optional_empty_changeset()?;
    Ok(())
}
