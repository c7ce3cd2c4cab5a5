//! HTTP platform: routing, middleware, security headers, error responses, compression, rate limits, checks of host and
//! origin, session tokens and embedded assets. It depends on no feature.

pub mod appearance;
pub mod assets;
pub mod body;
pub mod cached_page;
pub mod compress;
pub mod etag;
pub mod form_error;
pub mod form_values;
pub mod framed;
pub mod gzip;
pub mod headers;
pub mod host;
pub mod invite_path;
pub mod line_ends;
pub mod memory_limit;
mod middleware;
pub mod origin;
pub mod page;
pub mod paged;
pub mod peer;
pub mod picture_section;
pub mod qr_code;
pub mod query;
pub mod random;
pub mod rate_limiter;
pub mod raw_file;
pub mod reply;
pub mod resource;
pub mod safe_mode;
pub mod state;
pub mod token;
pub mod wants;

pub use middleware::middleware;
