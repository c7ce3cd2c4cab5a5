//! Browsers that have logged in before: a cookie for each, bound to one account.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Accounts, client::LogInClient, email::warn_of_log_in, name::Username, store};
use crate::{
    db::{Conn, Tx, ids::UserId, time},
    error::Result,
};

/// Time without a log-in after which a device is forgotten (ms). Browsers keep its cookie as long.
const LIFETIME: i64 = 400 * 24 * 60 * 60 * 1000;

/// Hash under which a device is stored, and counted.
pub type DeviceHash = [u8; 32];

impl Accounts {
    /// The device of a cookie if it has logged in to the account of `name` before.
    pub(super) async fn known_device(
        &self,
        cookie: Option<Uuid>,
        name: Option<&Username>,
    ) -> Result<Option<DeviceHash>> {
        let (Some(cookie), Some(name)) = (cookie, name.cloned()) else {
            return Ok(None);
        };
        let (hash, since) = (hash(cookie), time::now() - LIFETIME);
        let find = move |conn: &mut Conn| store::is_known_device(conn, &hash, &name, since);
        Ok(self.db().read(find).await?.then_some(hash))
    }

    /// Remembers the browser of a log-in. Returns the value of its cookie: that of the request if it is known for
    /// this user, otherwise a new one. Another account on the same browser gets a cookie of its own. The user is warned
    /// of a new browser by mail.
    pub async fn remember_device(&self, user: UserId, client: &LogInClient) -> Result<Uuid> {
        let (fresh, cookie, client) = (Uuid::new_v4(), client.device, client.clone());
        let sends_mails = self.sends_mails();
        let write = move |tx: &mut Tx| {
            let now = time::now();
            if let Some(cookie) = cookie
                && store::touch_device(tx.conn, &hash(cookie), user, now)?
            {
                return Ok(cookie);
            }
            store::add_device(tx.conn, &hash(fresh), user, now)?;
            if sends_mails {
                warn_of_log_in(tx, user, &client)?;
            }
            Ok(fresh)
        };
        self.db().write(write).await
    }
}

impl Accounts {
    /// Warns the user by mail of a log-in without cookies, as by a program, unless the browser or the program has logged
    /// in before. A program is known by its name and its address.
    pub async fn warn_of_program(&self, user: UserId, client: &LogInClient) -> Result<()> {
        if !self.sends_mails() {
            return Ok(());
        }
        let client = client.clone();
        let write = move |tx: &mut Tx| {
            let now = time::now();
            let program = program_hash(user, &client);
            let cookie = client.device.map(hash);
            for known in cookie.iter().chain([&program]) {
                if store::touch_device(tx.conn, known, user, now)? {
                    return Ok(());
                }
            }
            store::add_device(tx.conn, &program, user, now)?;
            warn_of_log_in(tx, user, &client)
        };
        self.db().write(write).await
    }
}

fn program_hash(user: UserId, client: &LogInClient) -> DeviceHash {
    let (address, name) = (client.peer.address, &client.user_agent);
    Sha256::digest(format!("{user}\n{address}\n{name}")).into()
}

fn hash(cookie: Uuid) -> DeviceHash {
    Sha256::digest(cookie.as_bytes()).into()
}
