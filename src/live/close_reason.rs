//! Reasons for which the server closes a connection.

/// Close code (RFC 6455, section 7.4) and a short reason in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseReason(pub u16, pub &'static str);

impl CloseReason {
    /// The session ended, or was never valid.
    pub const SESSION_ENDED: CloseReason = CloseReason(1008, "log in again");
    /// The user is not a member of this room, or no longer; or there is no such room.
    pub const NOT_A_MEMBER: CloseReason = CloseReason(1008, "not a member");
    /// The server is stopping; the client should reconnect.
    pub const RESTART: CloseReason = CloseReason(1012, "the server restarts");
    /// The session has too many connections, or the client reads too slowly.
    pub const TRY_LATER: CloseReason = CloseReason(1013, "try again later");
}
