//! Journeys that need a screen: real Chromium, most of them with two people.

#[path = "../harness/mod.rs"]
mod harness;

mod accessible;
mod axe;
mod beside;
mod chat;
mod corpus;
mod driver;
mod failure;
mod fields;
mod history;
mod injected;
mod narrow;
mod oracle;
mod pages;
mod places;
mod pool;
mod quiet;
mod refused;
mod restart;
mod screen;
mod trust;
mod watch;
mod wire;
mod world;
mod writing;
