//! What is measured, one file each.

mod idle;
mod pages;
pub mod posts;
mod rooms;
pub mod search;
pub mod sidebar;
pub mod stalled;
mod start;
mod storm;

pub use rooms::OURS;

use crate::{Setting, prepare::Prepared, record::Report};

/// A scenario's name and the function that runs it.
pub type Scenario = (&'static str, fn(&Setting, &Prepared, &mut Report));

/// All of them, in the order in which they run.
pub const ALL: [Scenario; 10] = [
    ("start", start::run),
    ("saturated", rooms::saturated),
    ("paced", rooms::paced),
    ("posts", posts::run),
    ("pages", pages::run),
    ("sidebar", sidebar::run),
    ("search", search::run),
    ("idle", idle::run),
    ("storm", storm::run),
    ("stalled", stalled::run),
];
