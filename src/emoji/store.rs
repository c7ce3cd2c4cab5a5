//! Rows of custom emoji.

use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    RunQueryDsl,
    dsl::{count_star, exists, select},
};

use super::{CustomEmoji, CustomEmojis, EmojiName};
use crate::{
    accounts::shown_name,
    db::{Conn, ids::UserId},
    error::Result,
    schema::{emoji, users},
};

/// An emoji before it is stored.
pub struct NewEmoji {
    pub name: EmojiName,
    pub token: String,
    pub hash: String,
    /// Bytes of its picture.
    pub size: i64,
    pub is_animated: bool,
    pub added_by: UserId,
    /// Milliseconds UTC.
    pub created_at: i64,
}

impl NewEmoji {
    /// The emoji as it is known once it is stored.
    pub fn emoji(&self) -> CustomEmoji {
        CustomEmoji {
            name: self.name.as_str().to_owned(),
            token: self.token.clone(),
            hash: self.hash.clone(),
            is_animated: self.is_animated,
        }
    }
}

/// An emoji in the list of the page.
pub struct ListedEmoji {
    pub emoji: CustomEmoji,
    /// The user who added it; `None` if the account is gone.
    pub added_by: Option<Adder>,
    /// Milliseconds UTC.
    pub created_at: i64,
}

/// A user who added an emoji.
pub struct Adder {
    pub username: String,
    /// Name under which pages show them.
    pub name: String,
}

#[derive(Queryable)]
struct EmojiRow {
    name: String,
    token: String,
    hash: String,
    is_animated: bool,
}

/// An emoji, the username and display name of the user who added it, and when (ms UTC).
type ListedRow = (EmojiRow, Option<(String, String)>, i64);

impl EmojiRow {
    fn emoji(self) -> CustomEmoji {
        CustomEmoji {
            name: self.name,
            token: self.token,
            hash: self.hash,
            is_animated: self.is_animated,
        }
    }
}

/// All custom emoji.
pub fn known(conn: &mut Conn) -> Result<CustomEmojis> {
    let rows: Vec<EmojiRow> = emoji::table
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .load(conn)?;
    let all = rows.into_iter().map(EmojiRow::emoji).collect();
    Ok(CustomEmojis::new(all))
}

/// The custom emoji with these names.
pub fn named(conn: &mut Conn, names: &[&str]) -> Result<Vec<CustomEmoji>> {
    let rows: Vec<EmojiRow> = emoji::table
        .filter(emoji::name.eq_any(names))
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .load(conn)?;
    Ok(rows.into_iter().map(EmojiRow::emoji).collect())
}

/// All custom emoji by name, with the users who added them.
pub fn listed(conn: &mut Conn) -> Result<Vec<ListedEmoji>> {
    let rows: Vec<ListedRow> = emoji::table
        .left_join(users::table)
        .order(emoji::name)
        .select((
            (emoji::name, emoji::token, emoji::hash, emoji::is_animated),
            (users::username, users::display_name).nullable(),
            emoji::created_at,
        ))
        .load(conn)?;
    let listed = rows.into_iter().map(|(row, user, created_at)| ListedEmoji {
        emoji: row.emoji(),
        added_by: user.map(|(username, display_name)| Adder {
            name: shown_name(&username, &display_name).to_owned(),
            username,
        }),
        created_at,
    });
    Ok(listed.collect())
}

/// The number of custom emoji.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(emoji::table.select(count_star()).first(conn)?)
}

/// Whether a custom emoji has this name.
pub fn has_name(conn: &mut Conn, name: &EmojiName) -> Result<bool> {
    let named = emoji::table.filter(emoji::name.eq(name.as_str()));
    Ok(select(exists(named)).get_result(conn)?)
}

/// Inserts an emoji.
pub fn insert(conn: &mut Conn, new: &NewEmoji) -> Result<()> {
    let row = (
        emoji::name.eq(new.name.as_str()),
        emoji::token.eq(&new.token),
        emoji::hash.eq(&new.hash),
        emoji::size.eq(new.size),
        emoji::is_animated.eq(new.is_animated),
        emoji::added_by.eq(new.added_by),
        emoji::created_at.eq(new.created_at),
    );
    diesel::insert_into(emoji::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// Deletes an emoji. Returns it, or `None` if there is none with this name.
pub fn delete(conn: &mut Conn, name: &str) -> Result<Option<CustomEmoji>> {
    let named = emoji::table.filter(emoji::name.eq(name));
    let row: Option<EmojiRow> = named
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .first(conn)
        .optional()?;
    diesel::delete(named).execute(conn)?;
    Ok(row.map(EmojiRow::emoji))
}
