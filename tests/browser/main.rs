//! Journeys that need a screen: real Chromium, most of them with two people.

#[path = "../harness/mod.rs"]
mod harness;

mod chat;
mod driver;
mod history;
mod narrow;
mod places;
mod quiet;
mod refused;
mod restart;
mod screen;
mod trust;
mod wire;
mod writing;
