//! Invite links over HTTP: those of a user, and the invitation that a link opens.

pub mod links;
pub mod offer;
