//! Messages in the database.

mod author;
mod by_time;
mod changes;
mod editing;
mod grouping;
mod insert;
mod known_names;
mod mentions;
mod pins;
mod post_state;
mod posting;
mod reactions;
mod reading;
mod rerender;
mod room_links;
mod rows;

pub use author::Author;
pub use by_time::{end_of_sent, first_of_day, first_sent, sent_at};
pub use changes::{Changes, Gap, changes, gap_between, stamp};
pub use editing::{
    Version, delete, edit, expire, old, remove_file, set_previews, text_changed_since, versions,
};
pub use mentions::{Candidate, mention_candidates, mentioning};
pub use pins::{
    count_pins, count_saved, is_saved, pins, save, saved, saved_in, set_pinned, unsave,
};
pub use post_state::PostState;
pub use posting::{Checked, PostContext, check_post, insert_post, same_room};
pub use reactions::{has_reacted, react, reactors, unreact};
pub use reading::{
    Window, around, by_author, count_written, find, one, page, readable, root_of, these, written_by,
};
pub use rerender::{mentioning_user, outdated, rerendered, set_html, set_rerendered, with_emoji};
pub use rows::authors;
