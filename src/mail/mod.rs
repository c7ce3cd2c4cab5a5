//! Mails: a durable queue of letters, and their delivery to the mail server.
//!
//! Invariants: each mail has a row and a job, added in the transaction that makes it necessary. It is marked as sent
//! after the mail server has accepted it. A kill between both sends it twice, with the same `Message-ID`.

mod address;
mod html;
mod send;
mod smtp;
mod store;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use {address::MailAddress, send::SendMail};

use crate::{
    app::App,
    db::{
        Tx,
        ids::{InviteLinkId, UserId},
        time,
    },
    error::Result,
    jobs,
};

/// Content of a mail. Its link is made when the mail is sent, so that no token is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Letter {
    /// Invitation to the server.
    Invitation {
        link: InviteLinkId,
        /// Name of the user who invites.
        inviter: String,
    },
    /// Link to choose a new password.
    PasswordReset { username: String },
    /// Link to confirm the address.
    AddressConfirmation { username: String, address: String },
    /// Warning of a log-in in a browser that was not used before.
    NewLogIn {
        username: String,
        /// Browser and system.
        device: String,
        /// Network address.
        address: String,
        /// Time (ms UTC).
        at: i64,
    },
}

/// Whether this server sends mails.
pub fn is_configured(app: &App) -> bool {
    app.config.smtp_url.is_some()
}

/// Adds a mail to the queue. It is sent after the commit, to a user or to someone without an account (`None`).
pub fn queue(tx: &mut Tx, to: &MailAddress, user: Option<UserId>, letter: &Letter) -> Result<()> {
    let new = store::NewMail {
        message_id: Uuid::new_v4().to_string(),
        recipient: to.to_string(),
        user_id: user,
        letter: serde_json::to_string(letter).expect("all types have string keys"),
        state: store::WAITING,
        created_at: time::now(),
    };
    let id = store::insert(tx.conn, &new)?;
    jobs::add::<SendMail>(tx, &id.to_string())
}
