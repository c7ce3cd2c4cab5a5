//! People: their profiles, the list of all of them, and finding them by name.

pub mod routes;
mod view;

pub use view::{Person, PersonJson};
