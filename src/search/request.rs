//! A search as the reader asks for it.

use std::{sync::Arc, time::Duration};

use super::query::SearchQuery;
use crate::{db::ids::UserId, rooms::RoomList};

/// The order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    #[default]
    Newest,
    /// Best match first, among the newest results.
    Best,
}

/// The position of a page in the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResultCursor {
    /// Newest first: the partial matches, which come after all other results.
    pub inside: bool,
    /// Only messages before this one.
    pub before: Option<i64>,
    /// Best first: pages to skip.
    pub page: usize,
}

/// A search of one reader.
pub struct SearchRequest {
    pub reader: UserId,
    pub username: Arc<str>,
    /// The rooms that the reader may search.
    pub list: Arc<RoomList>,
    pub query: SearchQuery,
    pub order: SortOrder,
    pub cursor: ResultCursor,
    /// Time after which no further block is scanned.
    pub time_limit: Duration,
}
