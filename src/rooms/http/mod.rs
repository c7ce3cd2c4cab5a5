//! Rooms, members and direct conversations over HTTP.

pub mod adding;
pub mod directs;
pub mod invitations;
pub mod members;
pub mod moderation;
pub mod room;
pub mod rooms;
