//! Invite links: their creation and list, registration and joining through them, guests.

mod guests;
mod guests_routes;
mod joining;
mod links;
mod mails;
mod refusals;
mod secrecy;
