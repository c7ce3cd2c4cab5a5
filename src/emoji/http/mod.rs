//! HTTP handlers of emoji: the picker, the page of custom emoji, and their pictures.

pub mod custom;
mod form;
pub mod picker;
pub mod picture;
