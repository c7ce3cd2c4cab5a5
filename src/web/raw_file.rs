//! Mark of responses that contain a file of a user.

/// Extension of a response. The middleware gives it a policy in which nothing runs, and sends it as it is.
#[derive(Clone, Copy)]
pub struct RawFile;
