//! Full-text search in the messages of the rooms that a user belongs to.
//!
//! Invariants: a message is shown only if the user is a member of its room when its row is read, whatever the index
//! says. A search ends: it scans a bounded part of the index, reports how far it came, and where to continue.

mod execute;
mod file_names;
mod highlight;
mod html;
pub mod http;
mod indexing;
mod query;
mod resolve;
mod result_cache;

use std::{sync::Arc, time::Duration};

pub use indexing::IndexMessages;

use crate::{
    accounts::User,
    app::App,
    db::{Conn, ids::UserId},
    error::Result,
    events::Event,
    messages::Message,
    rooms::{Kind, RoomList, Rooms},
    web::state::Handle,
};
use highlight::SnippetPart;
use query::SearchQuery;
use result_cache::{ResultCache, SearchKey};

/// Search in messages. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    app: App,
    rooms: Rooms,
    time_limit: Duration,
    cache: Arc<ResultCache>,
}

impl Handle for Search {}

impl Search {
    /// Creates the handle.
    pub fn new(app: App, rooms: Rooms) -> Search {
        let cache = Arc::new(ResultCache::default());
        let cached = Arc::downgrade(&cache);
        app.events.after_commit(move |event| {
            let is_outdated =
                event.erased_text().is_some() || matches!(event, Event::RoomDeleted(_));
            if let (true, Some(cache)) = (is_outdated, cached.upgrade()) {
                cache.clear();
            }
        });
        Search {
            app,
            rooms,
            time_limit: execute::TIME_LIMIT,
            cache,
        }
    }

    /// Sets another time limit.
    pub fn within(mut self, time_limit: Duration) -> Search {
        self.time_limit = time_limit;
        self
    }

    /// Finds messages that `user` may read. Any text is a valid query.
    pub async fn find(
        &self,
        user: &User,
        text: &str,
        order: SortOrder,
        cursor: ResultCursor,
    ) -> Result<Arc<SearchResults>> {
        let query = SearchQuery::parse(text);
        if query.is_empty() {
            let mut results = SearchResults {
                notes: query.notes,
                ..SearchResults::default()
            };
            if !text.trim().is_empty() {
                let hint = "Enter at least one word, or a filter like from:ada.";
                results.notes.push(hint.to_owned());
            }
            return Ok(Arc::new(results));
        }
        let commits = self.app.db.commit_count();
        let key = SearchKey {
            reader: user.id,
            text: text.to_owned(),
            order,
            cursor,
        };
        let is_cached = query.dates.is_empty(); // a day like today is another one tomorrow
        if let Some(known) = self.cache.get(&key, commits).filter(|_| is_cached) {
            return Ok(known);
        }
        let request = SearchRequest {
            reader: user.id,
            username: user.username.clone(),
            list: self.rooms.list(user.id).await?,
            query,
            order,
            cursor,
            time_limit: self.time_limit,
        };
        let execute = move |conn: &mut Conn| execute::execute(conn, &request);
        let results = Arc::new(self.app.db.read(execute).await?);
        if is_cached {
            self.cache.insert(key, &results, commits);
        }
        Ok(results)
    }
}

/// The order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortOrder {
    #[default]
    Newest,
    /// Best match first, among the newest results.
    Best,
}

/// The position of a page in the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResultCursor {
    /// Newest first: the partial matches, which come after all other results.
    pub inside: bool,
    /// Only messages before this one.
    pub before: Option<i64>,
    /// Best first: pages to skip.
    pub page: usize,
}

/// A search of one reader.
struct SearchRequest {
    reader: UserId,
    username: Arc<str>,
    /// The rooms that the reader may search.
    list: Arc<RoomList>,
    query: SearchQuery,
    order: SortOrder,
    cursor: ResultCursor,
    /// Time after which no further block is scanned.
    time_limit: Duration,
}

/// A page of results.
#[derive(Default)]
pub struct SearchResults {
    pub found: Vec<SearchResult>,
    /// The next page.
    pub next: Option<ResultCursor>,
    /// Hints for the reader about parts of the query.
    pub notes: Vec<String>,
    /// The time (ms UTC) down to which messages were searched, if there are more before it.
    pub back_to: Option<i64>,
    /// Whether many messages are not indexed yet.
    pub behind: bool,
}

/// A message that matches. Templates call it `result`.
pub struct SearchResult {
    pub message: Message,
    /// The name of its room, as the reader sees it.
    pub room: Arc<str>,
    pub kind: Kind,
    pub snippet: Vec<SnippetPart>,
    /// Whether a term matches inside a word only.
    pub inside: bool,
}
