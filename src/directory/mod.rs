//! Finding, making and running rooms and conversations: their pages, and the same as JSON.

pub mod routes;
mod view;
