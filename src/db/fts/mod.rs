//! The full-text index of messages. It lies below all features, because every feature that changes or deletes a message
//! changes the index in the same transaction.
//!
//! [`text`](words) splits texts into words and `token` turns a message into tokens, for every database. [`SearchIndex`]
//! is the interface to a database's own full-text search; `sqlite` implements it. [`Index`] names the implementation
//! that is used, here and nowhere else.

mod index;
pub mod sqlite;
mod text;
pub mod token;

pub use index::{IndexQuery, MatchKind, SearchIndex, Term};
pub use text::{Word, words};
pub use token::{BLOCK, Property};

/// The index of this server's database.
pub type Index = sqlite::SqliteSearchIndex;
