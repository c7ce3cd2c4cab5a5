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

/// Custom emoji to insert.
pub struct NewEmoji {
    pub name: EmojiName,
    pub token: String,
    pub hash: String,
    /// Size of the picture in bytes.
    pub size: i64,
    pub is_animated: bool,
    pub added_by: UserId,
    /// Time of creation (ms UTC).
    pub created_at: i64,
}

impl NewEmoji {
    /// Converts to the emoji that the catalog returns.
    pub fn emoji(&self) -> CustomEmoji {
        CustomEmoji {
            name: self.name.as_str().to_owned(),
            token: self.token.clone(),
            hash: self.hash.clone(),
            is_animated: self.is_animated,
        }
    }
}

/// Custom emoji in the list of the page.
pub struct ListedEmoji {
    pub emoji: CustomEmoji,
    /// User who added it; `None` if the account was deleted.
    pub added_by: Option<AddedBy>,
    /// Time of creation (ms UTC).
    pub created_at: i64,
}

/// User who added an emoji.
pub struct AddedBy {
    pub username: String,
    /// Name shown on pages.
    pub name: String,
}

#[derive(Queryable)]
struct EmojiRow {
    name: String,
    token: String,
    hash: String,
    is_animated: bool,
}

/// Emoji, username and display name of the user who added it, and time of creation (ms UTC).
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

/// Loads all custom emoji as a snapshot.
pub fn known(conn: &mut Conn) -> Result<CustomEmojis> {
    let rows: Vec<EmojiRow> = emoji::table
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .load(conn)?;
    let all = rows.into_iter().map(EmojiRow::emoji).collect();
    Ok(CustomEmojis::new(all))
}

/// Loads the custom emoji with these names.
pub fn named(conn: &mut Conn, names: &[&str]) -> Result<Vec<CustomEmoji>> {
    let rows: Vec<EmojiRow> = emoji::table
        .filter(emoji::name.eq_any(names))
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .load(conn)?;
    Ok(rows.into_iter().map(EmojiRow::emoji).collect())
}

/// Lists all custom emoji by name, with the users who added them.
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
        added_by: user.map(|(username, display_name)| AddedBy {
            name: shown_name(&username, &display_name).to_owned(),
            username,
        }),
        created_at,
    });
    Ok(listed.collect())
}

/// Returns the number of custom emoji.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(emoji::table.select(count_star()).first(conn)?)
}

/// Returns whether a custom emoji has this name.
pub fn has_name(conn: &mut Conn, name: &EmojiName) -> Result<bool> {
    let named = emoji::table.filter(emoji::name.eq(name.as_str()));
    Ok(select(exists(named)).get_result(conn)?)
}

/// Inserts a custom emoji.
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

/// Deletes an emoji and returns it, or `None` if there is no emoji with this name.
pub fn delete(conn: &mut Conn, name: &str) -> Result<Option<CustomEmoji>> {
    let named = emoji::table.filter(emoji::name.eq(name));
    let row: Option<EmojiRow> = named
        .select((emoji::name, emoji::token, emoji::hash, emoji::is_animated))
        .first(conn)
        .optional()?;
    diesel::delete(named).execute(conn)?;
    Ok(row.map(EmojiRow::emoji))
}
