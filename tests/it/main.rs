//! The server as a whole, from outside: real program, real sockets, a folder of its own.

#[path = "../harness/mod.rs"]
mod harness;

mod accounts;
mod again;
mod api;
mod busy;
mod directs;
mod durability;
mod forms;
mod history;
mod limits;
mod lists;
mod live;
mod logs;
mod membership;
mod messages;
mod migrated;
mod names;
mod original;
mod origins;
mod outsiders;
mod owners;
mod pace;
mod pages;
mod plain;
mod presence;
mod reading;
mod rights;
mod search;
mod slow;
mod start;
mod throttles;
mod tidy;
mod unread;
mod web;
