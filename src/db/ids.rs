//! Ids as types, so that a room is never taken for a person.

use std::fmt;

use serde::Serialize;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person's account.
    UserId
);
id!(
    /// One log-in of a person, on one device.
    SessionId
);
id!(
    /// A room.
    RoomId
);
id!(
    /// A message, in any room.
    MessageId
);
