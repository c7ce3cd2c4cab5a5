//! Messages in the database.

mod changes;
mod kept;
mod lists;
mod posting;
mod reactions;
mod readable;
mod reading;
mod refresh;
mod revising;
mod rows;
mod talkers;
mod threads;

pub use changes::{Changes, Gap, changes, count_between, stamp};
pub use kept::{
    count_pins, count_saved, is_saved, pins, save, saved, saved_in, set_pinned, unsave,
};
pub use lists::{followed, mentioning};
pub use posting::{Writer, post, same_room};
pub use reactions::{has_reacted, react, reactors, unreact};
pub use readable::readable;
pub use reading::{Window, around, find, first_sent, first_since, one, page};
pub use refresh::{refreshed, set_html, set_refreshed, stale};
pub use revising::{delete, edit, text_changed_since, versions};
pub use talkers::talkers;
pub use threads::{follow, following, root_of};
