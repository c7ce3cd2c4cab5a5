//! Long lists in pages: the query `?q=` and `?skip=`, and one page with the position of the next one.

use poem::{FromRequest, Request, RequestBody};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Part of a list.
pub struct Paged<T> {
    pub items: Vec<T>,
    /// Whether items follow.
    pub more: bool,
    /// Number of items before the next page, if there is one.
    pub next: Option<i64>,
}

impl<T> Paged<T> {
    /// Page of at most `limit` items, out of up to `limit + 1` that were read after the first `skip`.
    pub fn new(mut items: Vec<T>, limit: i64, skip: i64) -> Paged<T> {
        let more = items.len() as i64 > limit;
        items.truncate(limit as usize);
        Paged {
            items,
            more,
            next: more.then(|| skip + limit), // lazily: `skip` may be `i64::MAX`
        }
    }

    /// Same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(change).collect(),
            more: self.more,
            next: self.next,
        }
    }
}

/// Query of a list: `?q=<text>&skip=<items>`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Text to search for; empty for everything.
    pub q: String,
    skip: i64,
    /// Whether only unread items are listed; any text but an empty one.
    unread: String,
}

impl ListQuery {
    /// Whether only unread items are listed.
    pub fn only_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Number of items to leave out at the start; never negative.
    pub fn skip(&self) -> i64 {
        self.skip.max(0)
    }
}

impl<'a> FromRequest<'a> for ListQuery {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<ListQuery> {
        let query: Result<ListQuery, _> = req.params();
        Ok(query.map_err(|_| Error::Invalid("skip must be a whole number.".into()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_too_many_means_that_there_is_a_next_page() {
        for (items, more, next) in [(vec![1, 2, 3], true, Some(12)), (vec![1, 2], false, None)] {
            let page = Paged::new(items, 2, 10);
            assert_eq!((page.items, page.more, page.next), (vec![1, 2], more, next));
        }
    }
}
