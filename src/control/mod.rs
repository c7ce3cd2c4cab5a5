//! Control of the server by its operator: commands of `chatterbox admin`, which the running server performs, or which
//! they perform themselves on the data folder of a server that does not run.
//!
//! Invariant: the process that has the lock of the data folder performs the commands, so there is one writer and its
//! events reach the open sockets.

mod client;
mod messages;
mod output;
mod perform;
mod socket;
mod socket_file;

pub use {client::run, perform::Control, socket::ControlSocket};
