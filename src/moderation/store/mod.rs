//! Reports and notices in the database.

pub mod notices;
pub mod reports;
