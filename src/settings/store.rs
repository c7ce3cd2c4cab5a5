//! The table of settings.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, dsl::exists, select};

use crate::{db::Conn, error::Result, schema::settings};

/// All stored keys and values.
pub fn all(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    let rows = settings::table.select((settings::key, settings::value));
    Ok(rows.load(conn)?)
}

/// The stored value of a key.
pub fn stored(conn: &mut Conn, key: &str) -> Result<Option<String>> {
    let row = settings::table.find(key).select(settings::value);
    Ok(row.first(conn).optional()?)
}

/// Stores the value of a key.
pub fn set(conn: &mut Conn, key: &str, value: &str) -> Result<()> {
    let row = settings::table.find(key);
    if select(exists(row)).get_result(conn)? {
        let update = diesel::update(row).set(settings::value.eq(value));
        update.execute(conn)?;
        return Ok(());
    }
    let values = (settings::key.eq(key), settings::value.eq(value));
    diesel::insert_into(settings::table)
        .values(values)
        .execute(conn)?;
    Ok(())
}

/// Removes the value of a key.
pub fn remove(conn: &mut Conn, key: &str) -> Result<()> {
    diesel::delete(settings::table.find(key)).execute(conn)?;
    Ok(())
}
