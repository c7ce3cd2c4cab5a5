//! Chatterbox, a chat server: one executable, SQLite inside, pages rendered here and kept live.
//!
//! Reading order: [`config`] and [`error`]; the platform, which knows no feature ([`db`], [`live`], [`web`],
//! [`events`], [`jobs`]) and
//! its handles ([`app`]); the features, each of which may use those before it; the pages that combine features
//! ([`sidebar`], [`room_page`], [`inbox`]) and the layout around them ([`frame`]); [`routes`], the list of all
//! URLs; [`server`].

#![forbid(unsafe_code)]

pub mod config;
pub mod error;
mod schema;

// Platform
pub mod db;
pub mod events;
pub mod jobs;
pub mod live;
pub mod web;

pub mod app;

// Features
pub mod accounts;
pub mod people;

pub mod notifications;
pub mod rooms;

pub mod messages;
pub mod threads;

pub mod presence;
pub mod reading;

pub mod search;

pub mod legacy_socket;

// Pages that combine features
pub mod sidebar;

pub mod inbox;
pub mod room_page;

pub mod frame;

pub mod routes;
pub mod server;
