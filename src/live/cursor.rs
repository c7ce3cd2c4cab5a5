//! Position of a connection in a channel.

/// Position in a channel's log and the newest revision that the connection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Number of publications before it.
    pub position: u64,
    /// Newest `rev` that was delivered.
    pub rev: i64,
}
