//! Full-text search in the messages of the rooms that a user belongs to.
//!
//! Invariants: a message is shown only if the user is a member of its room when its row is read, whatever the index
//! says. A search ends: it scans a bounded part of the index, reports how far it came, and where to continue.

mod execute;
mod highlight;
mod html;
pub mod http;
mod indexing;
mod names;
mod query;
mod request;
mod resolve;
mod results;
mod store;

use std::time::Duration;

pub use indexing::IndexMessages;
pub use request::{ResultCursor, SortOrder};
pub use results::{SearchResult, SearchResults};

use crate::{accounts::User, app::App, db::Conn, error::Result, rooms::Rooms, web::state::Handle};
use {query::SearchQuery, request::SearchRequest};

/// The verbs on search. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    app: App,
    rooms: Rooms,
    time_limit: Duration,
}

impl Handle for Search {}

impl Search {
    /// Search on this server.
    pub fn new(app: App, rooms: Rooms) -> Search {
        Search {
            app,
            rooms,
            time_limit: execute::TIME_LIMIT,
        }
    }

    /// The same with another time limit.
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
    ) -> Result<SearchResults> {
        let query = SearchQuery::parse(text);
        if query.is_empty() {
            let hint = "Enter at least one word, or a filter like from:ada.";
            let notes = match text.trim() {
                "" => Vec::new(),
                _ => vec![hint.to_owned()],
            };
            return Ok(SearchResults {
                notes,
                ..SearchResults::default()
            });
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
        self.app.db.read(execute).await
    }
}
