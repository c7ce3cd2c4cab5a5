//! Direct access to the database of a server.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

/// A row with one column called `number`.
#[derive(QueryableByName)]
pub struct Number {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

/// Opens the database in a data folder, which a server may be using.
pub fn connect(data: &Path) -> SqliteConnection {
    let path = data.join("chatterbox.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    conn.batch_execute("PRAGMA busy_timeout = 5000")
        .expect("a valid setting");
    conn
}

/// The result of a query for one column called `number`.
pub fn number(conn: &mut SqliteConnection, query: &str) -> i64 {
    let row: Number = sql_query(query).get_result(conn).expect("one row");
    row.number
}
