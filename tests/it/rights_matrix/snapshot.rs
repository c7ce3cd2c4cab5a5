//! The content of the database, to see what a request changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use crate::harness::database::connect;
use crate::harness::server::Server;

/// Beginnings of the names of tables that change without the request of a user: the search index and the jobs follow
/// earlier changes, the server checks that it can write, and anyone may ask for a challenge.
const OTHERS: [&str; 6] = [
    "jobs",
    "passkey_challenges",
    "pulse",
    "sqlite_",
    "upkeep",
    "words",
];

/// Hash of the rows of each table.
pub type Content = BTreeMap<String, u64>;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Text)]
    rows: String,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

/// Reader of the database. It reads the rows again only after a commit.
pub struct Snapshot {
    conn: SqliteConnection,
    /// A query for the rows of each table.
    queries: Vec<(String, String)>,
    last: (i64, Content),
}

impl Snapshot {
    pub fn new(server: &Server) -> Snapshot {
        let mut conn = connect(&server.data());
        let tables = names(
            &mut conn,
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
        );
        let is_other = |table: &String| OTHERS.iter().any(|other| table.starts_with(other));
        let mut queries = Vec::new();
        for table in tables.into_iter().filter(|table| !is_other(table)) {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns: Vec<String> = names(&mut conn, &columns)
                .iter()
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            let row = columns.join(" || ',' || ");
            let rows =
                format!("SELECT coalesce(group_concat({row}, ';'), '') AS rows FROM {table}");
            queries.push((table, rows));
        }
        assert!(queries.len() > 30, "{queries:?}");
        let last = (0, Content::new());
        Snapshot {
            conn,
            queries,
            last,
        }
    }

    /// The content now.
    pub fn take(&mut self) -> Content {
        let version = sql_query("PRAGMA data_version").get_result::<Version>(&mut self.conn);
        let version = version.expect("a version").data_version;
        if self.last.0 != version {
            let content = self.queries.iter().map(|(table, query)| {
                let rows: Rows = sql_query(query).get_result(&mut self.conn).expect("rows");
                let mut hasher = DefaultHasher::new();
                rows.rows.hash(&mut hasher);
                (table.clone(), hasher.finish())
            });
            self.last = (version, content.collect());
        }
        self.last.1.clone()
    }

    /// Names of the tables that differ from those of an earlier content.
    pub fn differences(&mut self, before: &Content) -> Vec<String> {
        let now = self.take();
        let changed = now
            .iter()
            .filter(|(table, rows)| before.get(*table) != Some(rows));
        changed.map(|(table, _)| table.clone()).collect()
    }
}

fn names(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    let names: Vec<Name> = sql_query(query).load(conn).expect("names");
    names.into_iter().map(|name| name.name).collect()
}
