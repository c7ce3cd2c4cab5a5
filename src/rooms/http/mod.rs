//! Rooms, members and direct conversations over HTTP.

pub mod directs;
pub mod members;
pub mod room;
pub mod rooms;
