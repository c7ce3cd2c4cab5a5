//! WebSocket frames (RFC 6455) and their compression (RFC 7692): `encoder` makes those of the server, `decoder` reads
//! those of clients.

mod decoder;
mod deflate;
mod encoder;
mod handshake;
mod header;
mod rate;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, FrameEvent};
pub use deflate::{compressed_text, encode_compressed};
pub use encoder::{close, encode, frame, text_message};
pub use handshake::{accept_key, negotiate_deflate};
pub use header::{Opcode, Violation};
pub use rate::FrameRate;
