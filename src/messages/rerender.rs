//! Renders again, in the background, what another version of the renderer made.

use super::{markup, store};
use crate::{
    db::{Conn, Db, Tx},
    error::Result,
};

/// Messages in one job of the writer.
const AT_ONCE: i64 = 200;

/// Begins, or goes on where a restart cut it off.
pub fn start(db: Db) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return; // a tool without a runtime: what is old is rendered when it is read
    };
    runtime.spawn(async move {
        loop {
            match some(&db).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return tracing::warn!(?error, "old messages are not rendered reset"),
            }
        }
    });
}

/// Renders some on a reading connection and writes down those that nobody changed meanwhile; whether
/// there is more to do.
async fn some(db: &Db) -> Result<bool> {
    let outdated = move |conn: &mut Conn| {
        let after = store::rerendered(conn, markup::VERSION)?;
        match after {
            Some(after) => Ok(Some(store::outdated(conn, after, AT_ONCE)?)),
            None => Ok(None),
        }
    };
    let Some((last, fresh)) = db.read(outdated).await? else {
        return Ok(false);
    };
    let more = last.is_some();
    let write = move |tx: &mut Tx| {
        for message in &fresh {
            store::set_html(tx.conn, message)?;
        }
        store::set_rerendered(tx.conn, markup::VERSION, last)
    };
    db.write(write).await?;
    Ok(more)
}
