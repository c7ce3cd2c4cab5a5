//! Lists over all rooms of a user: mentions, followed threads, saved messages.

mod html;
pub mod http;
