//! Reports, the queue of moderators, notices and the audit log over HTTP.

pub mod audit;
pub mod notices;
pub mod queue;
pub mod reports;
