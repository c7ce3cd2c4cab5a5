//! Profiles in the database.

use diesel::{
    AsChangeset, BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods,
    OptionalEmptyChangesetExtension, OptionalExtension, QueryDsl, RunQueryDsl,
    TextExpressionMethods, define_sql_function, sql_types::Text,
};

use crate::{
    accounts::fold,
    db::{Conn, ids::UserId, literal},
    error::Result,
    people::{Profile, ProfileChange},
    schema::users,
};

define_sql_function! {
    /// Where a text begins in another, from 1; 0 if it is not there.
    fn instr(text: Text, part: Text) -> Integer;
}
define_sql_function! {
    fn lower(text: Text) -> Text;
}

type ProfileRow = (i64, String, String, String, String, bool, i64);

macro_rules! all {
    () => {
        users::table.select((
            users::id,
            users::username,
            users::display_name,
            users::about,
            users::time_zone,
            users::is_admin,
            users::created_at,
        ))
    };
}

/// The profile of an account.
pub fn profile(conn: &mut Conn, user: UserId) -> Result<Option<Profile>> {
    let row: Option<ProfileRow> = all!().filter(users::id.eq(user.0)).first(conn).optional()?;
    Ok(row.map(of))
}

/// The profile behind a username in any case.
pub fn profile_of_name(conn: &mut Conn, username: &str) -> Result<Option<Profile>> {
    if username.len() > 256 {
        return Ok(None);
    }
    let row: Option<ProfileRow> = all!()
        .filter(users::username_key.eq(fold(username)))
        .first(conn)
        .optional()?;
    let same = |row: &ProfileRow| row.1.to_lowercase() == username.to_lowercase();
    Ok(row.filter(same).map(of))
}

/// Whether a display name looks like the username of someone else.
pub fn is_name_of_another(conn: &mut Conn, user: UserId, display_name: &str) -> Result<bool> {
    let found = users::table
        .filter(users::username_key.eq(fold(display_name)))
        .filter(users::id.ne(user.0));
    Ok(found
        .select(users::id)
        .first::<i64>(conn)
        .optional()?
        .is_some())
}

/// People whose names contain `words`; those whose name begins so come first.
pub fn search(conn: &mut Conn, words: &str, most: i64, skip: i64) -> Result<Vec<Profile>> {
    let key = fold(words.trim_start_matches('@'));
    let pattern = literal(words);
    let (anywhere, begins) = (format!("%{pattern}%"), format!("{pattern}%"));
    let place = instr(users::username_key, key);
    let rows: Vec<ProfileRow> = all!()
        .filter(
            place
                .clone()
                .gt(0)
                .or(users::display_name.like(anywhere).escape('\\')),
        )
        .order((
            place
                .eq(1)
                .or(users::display_name.like(begins).escape('\\'))
                .desc(),
            lower(users::username).asc(),
        ))
        .limit(most)
        .offset(skip)
        .load(conn)?;
    Ok(rows.into_iter().map(of).collect())
}

#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct Change<'a> {
    display_name: Option<&'a str>,
    about: Option<&'a str>,
    time_zone: Option<&'a str>,
}

/// Changes what is named.
pub fn change_profile(conn: &mut Conn, user: UserId, change: &ProfileChange) -> Result<()> {
    let change = Change {
        display_name: change.display_name.as_deref(),
        about: change.about.as_deref(),
        time_zone: change.time_zone.as_deref(),
    };
    diesel::update(users::table.find(user.0))
        .set(change)
        .execute(conn)
        .optional_empty_changeset()?; // nothing was named
    Ok(())
}

fn of(row: ProfileRow) -> Profile {
    let (id, username, display_name, about, time_zone, is_admin, created_at) = row;
    Profile {
        id: UserId(id),
        username: username.into(),
        display_name: display_name.into(),
        about,
        time_zone,
        is_admin,
        created_at,
    }
}
