//! Large databases, written directly into SQLite.

pub mod archive;
pub mod workspace;

use std::path::Path;

use diesel::{
    Connection, QueryableByName, SqliteConnection, connection::SimpleConnection, sql_types::BigInt,
};

/// Result row with one column called `number`.
#[derive(QueryableByName)]
pub struct Number {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

/// Opens the database of a data folder next to an idle server, with fast bulk inserts.
fn connect(folder: &Path) -> SqliteConnection {
    let path = folder.join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    let settings =
        "PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;";
    conn.batch_execute(settings).expect("settings");
    conn
}
