//! User journeys in real Chromium, most of them with two users.
//!
//! A failed journey saves a screenshot (PNG) and the markup (HTML) of each of its windows in `target/tmp/browser`
//! and prints their paths. To run one journey: `cargo test --test browser NAME`.

#[path = "../harness/mod.rs"]
mod harness;

mod accessibility;
mod account;
mod admin;
mod attachments;
mod axe;
mod chat;
mod controls;
mod corpus;
mod custom_emoji;
mod driver;
mod failure;
mod files;
mod first_visit;
mod fixtures;
mod history;
mod hostile_files;
mod injected_markup;
mod injection;
mod injection_watch;
mod invites;
mod layout;
mod link_previews;
mod message_actions;
mod message_toolbar;
mod moderation;
mod names;
mod oracle;
mod other_origins;
mod pages;
mod phone;
mod picture_cropping;
mod polling_fallback;
mod pool;
mod preferences;
mod presence;
mod reconnection;
mod refused_messages;
mod restart;
mod room_settings;
mod rooms;
mod search;
mod sessions;
mod sidebar;
mod text_fields;
mod thread_panel;
mod unread;
mod uploads;
mod viewer;
mod voice;
mod window;
mod without_scripts;
mod writing;
