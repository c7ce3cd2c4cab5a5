//! Searching what was said: words and their parts in the rooms that a person may read.
//!
//! Invariants: a message is shown only if the person is in its room when its row is read, whatever the index says.
//! A search ends: it looks at a bounded part of the index, says how far it came, and how to go on.

mod expression;
mod finding;
mod hits;
mod html;
pub mod http;
mod indexing;
mod meaning;
mod names;
mod query;
mod store;

use std::{sync::Arc, time::Duration};

use crate::{
    accounts::User,
    app::App,
    db::Conn,
    error::Result,
    messages::Message,
    rooms::{Kind, Rooms},
    web::state::Handle,
};
pub use indexing::IndexMessages;
use {hits::Piece, query::Query};

/// The verbs on search. Cheap to clone.
#[derive(Clone)]
pub struct Search {
    app: App,
    rooms: Rooms,
    patience: Duration,
}

/// In which order results come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Newest,
    /// Of the newest ones, those first that fit best.
    Best,
}

/// Which part of the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Newest first: those that have the words only inside of others, which come after all the rest.
    pub inside: bool,
    /// Only messages before this one.
    pub before: Option<i64>,
    /// Best first: so many pages later.
    pub page: usize,
}

/// What was found.
#[derive(Default)]
pub struct Results {
    pub found: Vec<Found>,
    /// Where the next page is.
    pub next: Option<Part>,
    /// What the person should know about their search.
    pub notes: Vec<String>,
    /// The search ended before this moment (ms UTC), with more to look through.
    pub back_to: Option<i64>,
    /// Not everything is in the index yet.
    pub behind: bool,
}

/// A message that was found.
pub struct Found {
    pub message: Message,
    /// Its room, as the person sees it.
    pub room: Arc<str>,
    pub kind: Kind,
    pub snippet: Vec<Piece>,
    /// It has the words only inside of others.
    pub inside: bool,
}

impl Handle for Search {}

impl Search {
    /// Search on this server.
    pub fn new(app: App, rooms: Rooms) -> Search {
        Search {
            app,
            rooms,
            patience: finding::PATIENCE,
        }
    }

    /// The same, that goes on looking for so long only.
    pub fn within(mut self, patience: Duration) -> Search {
        self.patience = patience;
        self
    }

    /// Finds what `user` may read.
    ///
    /// # Errors
    /// Those of the database; no text is an error.
    pub async fn find(&self, user: &User, text: &str, order: Order, part: Part) -> Result<Results> {
        let query = Query::parse(text);
        if query.is_empty() {
            let says_nothing = "Enter at least one word, or a filter like from:ada.";
            let notes = match text.trim() {
                "" => Vec::new(),
                _ => vec![says_nothing.to_owned()],
            };
            return Ok(Results {
                notes,
                ..Results::default()
            });
        }
        let ask = finding::Ask {
            person: user.id,
            username: user.username.clone(),
            list: self.rooms.list(user.id).await?,
            query,
            order,
            part,
            patience: self.patience,
        };
        let find = move |conn: &mut Conn| finding::find(conn, &ask);
        self.app.db.read(find).await
    }
}
