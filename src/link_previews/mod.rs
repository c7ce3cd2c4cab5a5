//! Link previews: title, description, site and picture of the pages that messages link to.
//!
//! Invariants: a job fetches them, never a post. All bytes come through `outgoing` with its public policy. A picture is
//! decoded, made again and served by this server, only to members of a room with a message that shows it. What no
//! message shows is removed, with the address.

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
pub use sweep::{SweepLinkPreviews, removed};

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

/// The most previews of a message.
pub const MAX_PREVIEWS: usize = 3;
/// The most characters of a title and of the name of a site.
const MAX_TITLE: usize = 200;
/// The most characters of a description.
const MAX_DESCRIPTION: usize = 400;

/// A preview under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPreview {
    /// Its number in the message, from 0.
    pub place: i32,
    /// Address as in the message.
    pub url: String,
    /// Title of the page; may be empty.
    pub title: String,
    /// Description of the page; may be empty.
    pub description: String,
    /// Name of the website, or its host.
    pub site: String,
    pub picture: Option<PreviewPicture>,
    /// The message of this server that the address leads to. Nothing else is known then: readers load it with their own
    /// rights.
    pub quoted: Option<(RoomId, MessageId)>,
}

/// Picture of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewPicture {
    pub url: String,
    /// Size (px).
    pub width: u32,
    pub height: u32,
}

/// Content of a preview that was just fetched.
#[derive(Debug, Default)]
struct NewPreview {
    title: String,
    description: String,
    site: String,
    /// Stored, and protected from the removal of unused contents as long as this value lives.
    picture: Option<WebsitePicture>,
    quoted: Option<(RoomId, MessageId)>,
}

/// The result for one address.
pub struct LookedUp {
    url: String,
    source: PreviewSource,
}

enum PreviewSource {
    /// A row that is not too old.
    Cached(i64),
    /// A new result; `None` if there is nothing to show.
    Fetched(Option<NewPreview>),
}

/// Operations on link previews. Cheap to clone.
#[derive(Clone)]
pub struct LinkPreviews {
    app: App,
    files: Files,
    client: Client,
}

impl Handle for LinkPreviews {}

impl LinkPreviews {
    /// Creates the operations.
    pub fn new(app: App, files: Files) -> LinkPreviews {
        LinkPreviews {
            client: Client::new(Policy::Public, Network::of(&app.config)),
            app,
            files,
        }
    }

    /// Finds a preview of an address: a recent one, or a new one, which takes up to ten seconds. An address that cannot
    /// be fetched has none, which is also remembered for some time.
    pub async fn look_up(&self, url: String) -> Result<LookedUp> {
        let wanted = url.clone();
        let read = move |conn: &mut Conn| store::recent(conn, &wanted);
        let source = match self.app.db.read(read).await? {
            Some(id) => PreviewSource::Cached(id),
            None => PreviewSource::Fetched(self.fetch(&url).await?),
        };
        Ok(LookedUp { url, source })
    }
}

/// Makes these the previews of a message, in this order. Previews of the same addresses stay removed. Returns the number
/// of stored rows.
///
/// # Errors
/// `Unavailable` if a cached preview was removed meanwhile: look it up again.
pub fn set(tx: &mut Tx, message: MessageId, found: Vec<LookedUp>) -> Result<i32> {
    let mut ids = Vec::with_capacity(found.len());
    for one in found {
        ids.push(match one.source {
            PreviewSource::Cached(id) => id,
            PreviewSource::Fetched(preview) => store::insert(tx.conn, &one.url, preview.as_ref())?,
        });
    }
    if !store::exist(tx.conn, &ids)? {
        return Err(Error::Unavailable(std::time::Duration::from_secs(1)));
    }
    if store::replace(tx.conn, message, &ids)? {
        removed(tx)?;
    }
    Ok(ids.len() as i32)
}

/// Takes the previews from a message that is deleted in this transaction.
pub fn detach(tx: &mut Tx, message: MessageId) -> Result<()> {
    match store::detach(tx.conn, message)? {
        true => removed(tx),
        false => Ok(()),
    }
}
