//! Admin pages over HTTP, and the styles and the picture that every page loads.

pub mod brand;
pub mod pages;
pub mod removal;
pub mod safe_mode;
pub mod settings;
