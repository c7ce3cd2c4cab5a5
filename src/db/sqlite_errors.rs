//! Turns errors of diesel into errors of the program, by the result codes of SQLite.
//!
//! Diesel keeps only `DatabaseErrorKind` and the text of `sqlite3_errmsg`. It drops the code itself in `last_error`,
//! its connection is private, and `unsafe` is forbidden here. SQLite has one fixed text for each primary result code
//! (`sqlite3ErrStr` in `sqlite3.c`), so whole texts are turned back into codes.
//!
//! Invariant: a text is compared as a whole, never searched for words, and only when diesel knows no kind for it.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use libsqlite3_sys::{
    SQLITE_BUSY, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOERR, SQLITE_LOCKED, SQLITE_READONLY,
};

use crate::error::Error;

/// The codes that say that the disk or another program is in the way, not the statement.
const TEMPORARY: [(i32, &str); 6] = [
    (SQLITE_BUSY, "database is locked"),
    (SQLITE_LOCKED, "database table is locked"),
    (SQLITE_READONLY, "attempt to write a readonly database"),
    (SQLITE_IOERR, "disk I/O error"),
    (SQLITE_FULL, "database or disk is full"),
    (SQLITE_CANTOPEN, "unable to open database file"),
];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Error {
        if let Some(code) = temporary_code(&error) {
            tracing::error!(code, %error, "the database cannot take a change now");
            return match code {
                SQLITE_FULL | SQLITE_IOERR => Error::Disk,
                _ => Error::Unavailable(Duration::from_secs(2)),
            };
        }
        match error {
            DieselError::NotFound => Error::NotFound,
            other => Error::Internal(format!("database: {other}")),
        }
    }
}

/// Primary result code of an error after which the same statement may succeed later. `None` for all other errors.
fn temporary_code(error: &DieselError) -> Option<i32> {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => code_of(info.message()),
        _ => None,
    }
}

fn code_of(message: &str) -> Option<i32> {
    let mut codes = TEMPORARY.into_iter();
    codes.find_map(|(code, text)| (text == message).then_some(code))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use diesel::{
        Connection, ConnectionError, SqliteConnection, connection::SimpleConnection,
        result::QueryResult,
    };

    use super::*;

    fn connect(path: &Path) -> SqliteConnection {
        SqliteConnection::establish(&path.to_string_lossy()).expect("a file in a temporary folder")
    }

    fn code(outcome: QueryResult<()>) -> Option<i32> {
        temporary_code(&outcome.expect_err("the statement fails"))
    }

    #[test]
    fn real_errors_of_sqlite_have_their_codes() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let path = home.path().join("test.db");
        let [mut first, mut second] = [connect(&path), connect(&path)];
        let run = |conn: &mut SqliteConnection, sql| conn.batch_execute(sql).expect("it succeeds");
        run(
            &mut first,
            "PRAGMA journal_mode = WAL; CREATE TABLE t (x BLOB UNIQUE)",
        );

        run(&mut first, "BEGIN IMMEDIATE");
        let busy = second.batch_execute("BEGIN IMMEDIATE");
        assert_eq!(code(busy), Some(SQLITE_BUSY));
        run(&mut first, "ROLLBACK");

        run(&mut second, "PRAGMA query_only = ON");
        let insert = second.batch_execute("INSERT INTO t VALUES (1)");
        assert_eq!(code(insert), Some(SQLITE_READONLY));

        run(&mut first, "PRAGMA max_page_count = 4");
        let blob = first.batch_execute("INSERT INTO t VALUES (zeroblob(100000))");
        assert_eq!(code(blob), Some(SQLITE_FULL));

        let missing = home.path().join("missing/test.db");
        match SqliteConnection::establish(&missing.to_string_lossy()) {
            Err(ConnectionError::BadConnection(text)) => {
                assert_eq!(code_of(&text), Some(SQLITE_CANTOPEN));
            }
            _ => panic!("the folder does not exist"),
        }
    }

    #[test]
    fn errors_of_statements_have_no_code_here() {
        let mut conn = SqliteConnection::establish(":memory:").expect("memory is free");
        conn.batch_execute("CREATE TABLE locked (x TEXT UNIQUE); INSERT INTO locked VALUES (1)")
            .expect("an empty database");
        for statement in [
            "INSERT INTO locked VALUES (1)",
            "SELECT \"disk I/O error\".x FROM locked",
            "SELECT RAISE(ABORT, 'database is locked, or is it')",
            "CREATE TABLE locked (x)",
        ] {
            assert_eq!(code(conn.batch_execute(statement)), None, "{statement}");
        }
    }
}
