//! Messages in the database.

mod changes;
mod editing;
mod lists;
mod mention_candidates;
mod pins;
mod posting;
mod reactions;
mod readable;
mod reading;
mod rerender;
mod rows;
mod threads;

pub use changes::{Changes, Gap, changes, count_between, stamp};
pub use editing::{delete, edit, text_changed_since, versions};
pub use lists::mentioning;
pub use mention_candidates::mention_candidates;
pub use pins::{
    count_pins, count_saved, is_saved, pins, save, saved, saved_in, set_pinned, unsave,
};
pub use posting::{PostContext, post, same_room};
pub use reactions::{has_reacted, react, reactors, unreact};
pub use readable::readable;
pub use reading::{Window, around, find, first_sent, first_since, one, page, these};
pub use rerender::{outdated, rerendered, set_html, set_rerendered};
pub use threads::root_of;
