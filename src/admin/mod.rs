//! Pages for server admins: the settings, the picture and the styles of the server, and the removal of accounts.
//!
//! Invariant: each change is recorded in the audit log in its transaction.

mod brand;
mod change;
mod html;
pub mod http;
mod json;
mod removal;

pub use brand::Brand;
pub use change::{SettingsChange, change_settings};
