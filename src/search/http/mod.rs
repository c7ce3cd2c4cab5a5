//! Search over HTTP.

pub mod messages;
pub mod names;
