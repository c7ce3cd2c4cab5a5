//! The server as a whole, from outside: real program, real sockets, a folder of its own.

#[path = "../harness/mod.rs"]
mod harness;

mod accounts;
mod again;
mod api;
mod architecture;
mod busy;
mod calling;
mod directs;
mod durability;
mod forms;
mod history;
mod keeping;
mod limits;
mod links;
mod lists;
mod live;
mod logs;
mod membership;
mod messages;
mod migrated;
mod names;
mod oracle;
mod original;
mod origins;
mod outsiders;
mod owners;
mod pace;
mod pages;
mod plain;
mod presence;
mod reacting;
mod reading;
mod revising;
mod rights;
mod search;
mod slow;
mod start;
mod threads;
mod throttles;
mod unread;
mod web;
