//! The search of a server in this process, over a chosen list of messages.

use std::sync::Arc;
use std::time::Duration;

use chatterbox::accounts::{Accounts, User};
use chatterbox::app::App;
use chatterbox::db::fts::{Index, SearchIndex};
use chatterbox::db::ids::MessageId;
use chatterbox::rooms::Rooms;
use chatterbox::search::{ResultCursor, Search, SearchResults, SortOrder};
use diesel::sql_types::{BigInt, Text};
use diesel::{RunQueryDsl, sql_query};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::database::Number;
use crate::harness::in_process::{app, register};

/// The search, and a user who may read all messages.
pub struct Fixture {
    runtime: Runtime,
    app: App,
    search: Search,
    reader: User,
    _home: TempDir,
}

impl Fixture {
    pub fn new() -> Fixture {
        let runtime = Runtime::new().expect("a runtime");
        let home = TempDir::new().expect("a temporary folder");
        let app = app(&home);
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone());
        let (reader, search) = runtime.block_on(async {
            let reader = register(&accounts, "ada").await;
            (reader, Search::new(app.clone(), rooms))
        });
        Fixture {
            runtime,
            app,
            search,
            reader,
            _home: home,
        }
    }

    /// A fixture in which each search stops after one part of the index.
    pub fn with_zero_time_limit() -> Fixture {
        let mut fixture = Fixture::new();
        fixture.search = fixture.search.within(Duration::ZERO);
        fixture
    }

    /// Replaces all messages by `texts`, with ids that differ by `id_step`.
    pub fn fill(&self, texts: Vec<String>, id_step: i64) {
        let fill = self.app.db.write(move |tx| {
            let old: Vec<Number> = sql_query("SELECT id AS number FROM messages").load(tx.conn)?;
            let old: Vec<MessageId> = old.into_iter().map(|row| MessageId(row.number)).collect();
            Index::remove_all(tx.conn, &old)?;
            sql_query("DELETE FROM messages").execute(tx.conn)?;
            sql_query("UPDATE upkeep SET done = 0 WHERE name = 'words'").execute(tx.conn)?;
            for (id, text) in (1..).map(|number| number * id_step).zip(texts) {
                let insert = "INSERT INTO messages (id, room_id, author_id, client_id, body, place, created_rev, rev, created_at)
                    SELECT ?, 1, 1, hex(randomblob(16)), ?, 1, 1 + coalesce(max(rev), 0), 1 + coalesce(max(rev), 0), 1 FROM messages";
                let insert = sql_query(insert).bind::<BigInt, _>(id);
                insert.bind::<Text, _>(text).execute(tx.conn)?;
            }
            Index::index(tx.conn, 100_000)
        });
        self.runtime.block_on(fill).expect("messages");
    }

    /// A page of search results.
    pub fn find(&self, text: &str, order: SortOrder, cursor: ResultCursor) -> Arc<SearchResults> {
        let find = self.search.find(&self.reader, text, order, cursor);
        self.runtime.block_on(find).expect("every query is valid")
    }
}
