//! A server in this process, with messages on it that are written as they are wanted.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use chatterbox::accounts::{Accounts, User};
use chatterbox::app::App;
use chatterbox::db::fts::{Index, SearchIndex};
use chatterbox::db::ids::MessageId;
use chatterbox::rooms::Rooms;
use chatterbox::search::{ResultCursor, Search, SearchResults, SortOrder};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::harness::account::PASSWORD;
use crate::harness::in_process::app;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// It, and somebody who may read the messages.
pub struct World {
    runtime: Runtime,
    app: App,
    search: Search,
    reader: User,
    _home: TempDir,
}

impl World {
    pub fn new() -> World {
        let runtime = Runtime::new().expect("a runtime");
        let home = TempDir::new().expect("a temporary folder");
        let app = app(&home);
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone());
        let (reader, search) = runtime.block_on(async {
            let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let registered = accounts.register(from, "ada", PASSWORD).await;
            assert!(registered.is_ok(), "the name is free");
            let Ok(token) = accounts.log_in(from, "ada", PASSWORD).await else {
                panic!("the password is right");
            };
            let reader = accounts.identify(token).await.expect("a session");
            (reader, Search::new(app.clone(), rooms))
        });
        World {
            runtime,
            app,
            search,
            reader,
            _home: home,
        }
    }

    /// One where a search ends as soon as it has looked at one stretch of the index.
    pub fn impatient() -> World {
        let mut world = World::new();
        world.search = world.search.within(Duration::ZERO);
        world
    }

    /// These messages and no others, and so many numbers from each to the next.
    pub fn fill(&self, texts: Vec<String>, apart: i64) {
        let fill = self.app.db.write(move |tx| {
            let here: Vec<Number> = sql_query("SELECT id AS number FROM messages").load(tx.conn)?;
            let here: Vec<MessageId> = here.into_iter().map(|row| MessageId(row.number)).collect();
            Index::remove_all(tx.conn, &here)?;
            sql_query("DELETE FROM messages").execute(tx.conn)?;
            sql_query("UPDATE upkeep SET done = 0 WHERE name = 'words'").execute(tx.conn)?;
            for (id, text) in (1..).map(|number| number * apart).zip(texts) {
                let insert = "INSERT INTO messages (id, room_id, author_id, client_id, body, place, created_rev, rev, created_at)
                    SELECT ?, 1, 1, hex(randomblob(16)), ?, 1, 1 + coalesce(max(rev), 0), 1 + coalesce(max(rev), 0), 1 FROM messages";
                let insert = sql_query(insert).bind::<BigInt, _>(id);
                insert.bind::<Text, _>(text).execute(tx.conn)?;
            }
            Index::index(tx.conn, 100_000)
        });
        self.runtime.block_on(fill).expect("messages");
    }

    /// A page of what is found.
    pub fn find(&self, text: &str, order: SortOrder, cursor: ResultCursor) -> SearchResults {
        let find = self.search.find(&self.reader, text, order, cursor);
        self.runtime.block_on(find).expect("no text is an error")
    }
}
