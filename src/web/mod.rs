//! What every HTTP answer shares: security headers, errors in the form that was asked for, compression,
//! limits, the origin guard, the session token, embedded assets. Knows no feature.

pub mod assets;
pub mod body;
pub mod compress;
mod door;
pub mod fields;
pub mod gzip;
pub mod origin;
pub mod page;
pub mod peer;
pub mod pieces;
pub mod token;
pub mod validator;
pub mod wants;

pub use door::door;
