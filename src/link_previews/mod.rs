//! Link previews: title, description, site and picture of pages that messages link to.
//!
//! Invariants: previews are fetched by a job, never while posting, and only through `outgoing` with its public policy.
//! Pictures are re-encoded and served by this server to members of a room in which a message shows them. Previews that
//! no message shows are removed together with their URLs.

mod charset;
mod entities;
mod fetch;
mod head;
pub mod http;
mod json;
mod own_link;
mod store;
mod sweep;

pub use json::LinkPreviewJson;
pub use store::{count, of_messages, remove};
pub use sweep::{SweepLinkPreviews, sweep_unused};

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::{
    app::App,
    db::{
        Conn, Tx,
        ids::{MessageId, RoomId},
    },
    error::{Error, Result},
    files::{Files, WebsitePicture},
    outgoing::{Client, Network, Policy},
    web::state::Handle,
};

/// Maximum number of previews per message.
pub const MAX_PREVIEWS: usize = 3;
/// Maximum length of a title or site name in characters.
const MAX_TITLE: usize = 200;
/// Maximum length of a description in characters.
const MAX_DESCRIPTION: usize = 400;

/// Link preview of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPreview {
    /// Index in the message, from 0.
    pub place: i32,
    /// URL as written in the message.
    pub url: String,
    /// Title of the page; may be empty.
    pub title: String,
    /// Description of the page; may be empty.
    pub description: String,
    /// Name of the site, or its host.
    pub site: String,
    pub picture: Option<PreviewPicture>,
    /// Message on this server that the link leads to. All other fields are then empty, and readers load the message
    /// with their own permissions.
    pub quoted: Option<(RoomId, MessageId)>,
}

/// Picture of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewPicture {
    pub url: String,
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
}

/// Newly fetched preview.
#[derive(Debug, Default)]
struct NewPreview {
    title: String,
    description: String,
    site: String,
    /// Stored picture, which is protected from removal while this value exists.
    picture: Option<WebsitePicture>,
    quoted: Option<(RoomId, MessageId)>,
}

/// Result of looking up a URL.
pub struct LookedUp {
    url: String,
    source: PreviewSource,
}

enum PreviewSource {
    /// Id of a recent row.
    Cached(i64),
    /// New result, which other messages with the same link may share.
    Fetched(Arc<Fetched>),
}

/// Result of fetching a URL; `None` inside if there is nothing to show. Empty while the fetch is running.
type Fetched = OnceCell<Option<NewPreview>>;

/// Operations on link previews. Cheap to clone.
#[derive(Clone)]
pub struct LinkPreviews {
    app: App,
    files: Files,
    client: Client,
    /// Running fetches by URL, until their results are stored.
    running: Arc<Mutex<HashMap<String, Weak<Fetched>>>>,
}

impl Handle for LinkPreviews {}

impl LinkPreviews {
    /// Creates the operations.
    pub fn new(app: App, files: Files) -> LinkPreviews {
        LinkPreviews {
            client: Client::new(Policy::Public, Network::of(&app.config)),
            app,
            files,
            running: Arc::default(),
        }
    }

    /// Looks up the preview of a URL: a recent one, or a new one, which may take up to five seconds. Concurrent calls
    /// for the same URL share one fetch. If the URL can't be fetched, that result is remembered too, for an hour.
    pub async fn look_up(&self, url: String) -> Result<LookedUp> {
        let wanted = url.clone();
        let read = move |conn: &mut Conn| store::recent(conn, &wanted);
        let source = match self.app.db.read(read).await? {
            Some(id) => PreviewSource::Cached(id),
            None => {
                let fetched = self.running_fetch(&url);
                fetched.get_or_try_init(|| self.fetch(&url)).await?;
                PreviewSource::Fetched(fetched)
            }
        };
        Ok(LookedUp { url, source })
    }

    /// Returns the running fetch of a URL, or a new one.
    fn running_fetch(&self, url: &str) -> Arc<Fetched> {
        let mut running = self.running.lock();
        if let Some(fetched) = running.get(url).and_then(Weak::upgrade) {
            return fetched;
        }
        running.retain(|_, fetched| fetched.strong_count() > 0);
        let fetched = Arc::default();
        running.insert(url.to_owned(), Arc::downgrade(&fetched));
        fetched
    }
}

/// Replaces the previews of a message. Removed previews stay removed if their URL is still among them. Returns the
/// number of stored rows.
///
/// # Errors
/// `Unavailable` if a cached preview has been removed in the meantime and must be looked up again.
pub fn set(tx: &mut Tx, message: MessageId, found: Vec<LookedUp>) -> Result<i32> {
    let mut ids = Vec::with_capacity(found.len());
    for one in found {
        ids.push(match one.source {
            PreviewSource::Cached(id) => id,
            PreviewSource::Fetched(fetched) => {
                let preview = fetched.get().and_then(Option::as_ref);
                store::insert(tx.conn, &one.url, preview)?
            }
        });
    }
    if !store::exist(tx.conn, &ids)? {
        return Err(Error::Unavailable(std::time::Duration::from_secs(1)));
    }
    if store::replace(tx.conn, message, &ids)? {
        sweep_unused(tx)?;
    }
    Ok(ids.len() as i32)
}

/// Detaches the previews of a message whose URLs aren't among `urls`. Returns the number of remaining rows.
pub fn retain(tx: &mut Tx, message: MessageId, urls: &[String]) -> Result<i32> {
    if store::retain(tx.conn, message, urls)? {
        sweep_unused(tx)?;
    }
    Ok(store::count(tx.conn, message)? as i32)
}

/// Detaches the previews of a message that is deleted in this transaction.
pub fn detach(tx: &mut Tx, message: MessageId) -> Result<()> {
    match store::detach(tx.conn, message)? {
        true => sweep_unused(tx),
        false => Ok(()),
    }
}
