//! Chatterbox, a chat server: one executable, SQLite inside, pages rendered here and kept live.
//!
//! Reading order: as below. A module uses those before it; `events` and `live` know each other.

#![forbid(unsafe_code)]

mod byte_size;
pub mod config;
mod connection_limit;
pub mod error;
mod schema;

// Platform
pub mod db;
pub mod events;
pub mod jobs;
pub mod live;
pub mod outgoing;
pub mod settings;
pub mod web;

pub mod app;

// Features
pub mod audit;
pub mod mail;

pub mod accounts;
pub mod people;
pub mod setup;

pub mod notifications;
pub mod rooms;

pub mod invites;

pub mod files;
pub mod link_previews;

pub mod avatars;
pub mod emoji;

pub mod data_export;
pub mod messages;
pub mod moderation;
pub mod threads;

pub mod presence;
pub mod reading;
pub mod search;

pub mod admin;
pub mod legacy_socket;

// Pages that combine features
pub mod sidebar;

pub mod inbox;
pub mod room_page;

// Top
pub mod control;
pub mod features;
pub mod frame;
pub mod routes;
pub mod server;
