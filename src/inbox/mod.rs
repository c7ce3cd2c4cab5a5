//! Lists over all rooms of a user: mentions, followed threads, saved messages.

mod html;
pub mod http;

/// Client id of a form, so that a repeated post is harmless.
fn new_client_id() -> String {
    crate::db::time::new_uuid().to_string()
}
