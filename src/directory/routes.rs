//! The directory over HTTP.

pub mod directs;
pub mod members;
pub mod room;
pub mod rooms;
pub mod search;

use poem::Request;
use serde::Deserialize;

use crate::error::{Error, Result};

/// `?q=`, `?skip=` and, for rooms, `?archived=1`.
#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    q: String,
    skip: Option<i64>,
    archived: Option<String>,
}

impl Query {
    fn of(req: &Request) -> Result<Query> {
        req.params()
            .map_err(|_| Error::Invalid("skip is a whole number.".into()))
    }

    fn skip(&self) -> i64 {
        self.skip.unwrap_or(0).max(0)
    }
}
