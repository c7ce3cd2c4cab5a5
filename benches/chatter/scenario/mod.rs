//! Measurement scenarios, one file each.

mod abuse;
pub mod delivery;
pub mod files;
pub mod idle;
pub mod log_in_timing;
mod overload;
pub mod pages;
pub mod posts;
mod reconnect;
pub mod search;
pub mod sidebar;
pub mod sidebar_pages;
pub mod slow_readers;
pub mod startup;

use crate::{Options, fixture::Fixture, report::Report, server::Server};

/// Variant name of the server under test.
pub const CHATTERBOX: &str = "chatterbox";

/// Name of a scenario and the function that runs it.
pub type Scenario = (&'static str, fn(&Options, &Fixture, &mut Report));

/// All scenarios, in the order in which they run.
pub const ALL: [Scenario; 16] = [
    ("startup", startup::run),
    ("saturated", delivery::saturated),
    ("paced", delivery::paced),
    ("posts", posts::run),
    ("pages", pages::run),
    ("files", files::run),
    ("sidebar", sidebar::run),
    ("sidebar-pages", sidebar_pages::run),
    ("search", search::run),
    ("idle", idle::run),
    ("reconnect", reconnect::run),
    ("slow-readers", slow_readers::run),
    ("overload", overload::closed_loop),
    ("overload-open", overload::open_loop),
    ("abuse", abuse::run),
    ("log-in-timing", log_in_timing::run),
];

/// Starts Chatterbox or a baseline.
pub fn start(options: &Options, fixture: &Fixture, design: &str) -> Server {
    match design {
        CHATTERBOX => fixture.start(options),
        baseline => Server::start_baseline(options, baseline, &fixture.sample_frame),
    }
}
