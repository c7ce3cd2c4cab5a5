//! The server as a whole, from outside: real program, real sockets, a folder of its own.

#[path = "../harness/mod.rs"]
mod harness;

mod accounts;
mod api;
mod busy;
mod durability;
mod forms;
mod history;
mod limits;
mod live;
mod logs;
mod messages;
mod original;
mod origins;
mod owners;
mod pace;
mod pages;
mod plain;
mod presence;
mod slow;
mod start;
mod throttles;
mod tidy;
mod unread;
mod web;
