//! Chatterbox, a chat server: one executable, SQLite inside, pages rendered here and kept live.
//!
//! Reading order: [`config`] and [`error`]; the platform that knows no feature ([`db`], [`jobs`],
//! [`live`], [`web`]); [`app`], its handles; the features, each of which may use those before it ([`accounts`],
//! [`rooms`], [`messages`], [`presence`], [`sidebar`], [`people`], [`directory`], [`timeline`], [`inbox`],
//! [`search`], [`plain`]);
//! [`routes`], every door; [`server`].

#![forbid(unsafe_code)]

pub mod config;
pub mod error;
mod schema;

pub mod db;
pub mod jobs;
pub mod live;
pub mod web;

pub mod app;

pub mod accounts;
pub mod rooms;

pub mod messages;

pub mod presence;
pub mod sidebar;

pub mod directory;
pub mod inbox;
pub mod people;
pub mod timeline;

pub mod search;

pub mod plain;

pub mod routes;
pub mod server;
