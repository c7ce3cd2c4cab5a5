//! HTTP handlers for the emoji picker, the custom emoji page, and pictures of emoji.

pub mod custom;
mod form;
pub mod picker;
pub mod picture;
