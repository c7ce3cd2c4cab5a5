//! Integration tests of the whole server, with real sockets and a temporary data folder.

#![recursion_limit = "256"]

#[path = "../harness/mod.rs"]
mod harness;

mod accounts;
mod api;
mod architecture;
mod cached_pages;
mod clock;
mod creation_limits;
mod csrf;
mod direct_messages;
mod durability;
mod edits;
mod erasure;
mod failed_log_ins;
mod files;
mod forms;
mod full_disk;
mod group_commit;
mod headers;
mod history;
mod idempotency;
mod invalid_input;
mod invitations;
mod joining;
mod legacy_socket;
mod links;
mod live;
mod live_badges;
mod login_limits;
mod logs;
mod many_rooms;
mod membership;
mod mentions_all;
mod messages;
mod migration;
mod names;
mod original_client;
mod origins;
mod overload;
mod paged_lists;
mod permalinks;
mod permissions;
mod pins_and_saved;
mod posting_rate;
mod preferences;
mod presence;
mod reactions;
mod reading;
mod rendering;
mod request_limits;
mod room_owners;
mod room_secrecy;
mod search;
mod sessions;
mod similar_names;
mod slow_readers;
mod start;
mod text_quota;
mod threads;
mod unread;
mod wording;
