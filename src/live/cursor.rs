//! The position of a connection in a channel.

/// A position in a channel's log and the newest revision that the connection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The number of publications before it.
    pub position: u64,
    /// The newest `rev` that was delivered.
    pub rev: i64,
}
