//! Operations on custom emoji.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    CustomEmoji, CustomEmojis, EmojiAdmin, EmojiName, MAX,
    store::{self, ListedEmoji, NewEmoji},
};
use crate::{
    app::App,
    db::{Tx, cache::Cache, time},
    error::{Error, Result},
    events::Event,
    files::Files,
    web::state::Handle,
};

/// Custom emoji of the server, with a cached snapshot. Cheap to clone.
#[derive(Clone)]
pub struct EmojiCatalog(Arc<CatalogInner>);

struct CatalogInner {
    app: App,
    files: Files,
    snapshot: Cache<(), CustomEmojis>,
}

impl Handle for EmojiCatalog {}

impl EmojiCatalog {
    /// Creates the catalog. Pictures are stored with `files`.
    pub fn new(app: App, files: Files) -> EmojiCatalog {
        let events = app.events.clone();
        let catalog = EmojiCatalog(Arc::new(CatalogInner {
            app,
            files,
            snapshot: Cache::new(1),
        }));
        let inner = Arc::downgrade(&catalog.0);
        events.after_commit(move |event| {
            if let (Event::EmojiChanged { .. }, Some(inner)) = (event, inner.upgrade()) {
                inner.snapshot.remove(&());
            }
        });
        catalog
    }

    /// Returns the current snapshot if it is cached.
    pub fn cached(&self) -> Option<CustomEmojis> {
        self.0.snapshot.get(&())
    }

    /// Returns the current snapshot, and caches it.
    pub async fn known(&self) -> Result<CustomEmojis> {
        if let Some(known) = self.cached() {
            return Ok(known);
        }
        let epoch = self.0.snapshot.epoch(&());
        let known = self.0.app.db.read(store::known).await?;
        self.0.snapshot.insert_if_current((), known.clone(), epoch);
        Ok(known)
    }

    /// Lists all custom emoji by name, with the users who added them.
    pub(super) async fn listed(&self) -> Result<Vec<ListedEmoji>> {
        self.0.app.db.read(store::listed).await
    }

    /// Adds a custom emoji. Its picture is durable when this returns.
    ///
    /// # Errors
    /// - `Conflict` if the name is taken or there are already 1,000 emoji.
    /// - `Invalid`, `FileTooLarge` or `NoSpace` as for [`Files::small_picture`].
    pub async fn add(
        &self,
        admin: &EmojiAdmin,
        name: EmojiName,
        picture: Vec<u8>,
    ) -> Result<CustomEmoji> {
        let files = &self.0.files;
        let picture = files.small_picture(admin.user(), picture).await?;
        let new = NewEmoji {
            name,
            token: Uuid::new_v4().simple().to_string().split_off(16),
            hash: picture.hash().to_owned(),
            size: picture.size(),
            is_animated: picture.is_animated(),
            added_by: admin.user().id,
            created_at: time::now(),
        };
        let events = self.0.app.events.clone();
        let insert = move |tx: &mut Tx| {
            check_new(tx, &new.name)?;
            store::insert(tx.conn, &new)?;
            events.emit(tx, Event::EmojiChanged { removed: None })?;
            Ok(new.emoji())
        };
        let added = files.store_small_picture(picture, insert).await?;
        self.known().await?; // caches it for the next message
        Ok(added)
    }

    /// Removes a custom emoji and its picture. Messages then show its name instead.
    ///
    /// # Errors
    /// `NotFound` if there is no emoji with this name.
    pub async fn remove(&self, _: &EmojiAdmin, name: &str) -> Result<()> {
        let (events, name) = (self.0.app.events.clone(), name.to_owned());
        let delete = move |tx: &mut Tx| {
            let removed = store::delete(tx.conn, &name)?.ok_or(Error::NotFound)?;
            let token = Some(removed.token);
            events.emit(tx, Event::EmojiChanged { removed: token })?;
            Ok(removed.hash)
        };
        let hash = self.0.app.db.write(delete).await?;
        self.0.files.remove_unused(&hash).await?;
        self.known().await?;
        Ok(())
    }

    /// Reads the picture of an emoji, or its still copy. Returns the bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if the token is unknown.
    pub(super) async fn picture(
        &self,
        token: &str,
        is_still: bool,
    ) -> Result<(Vec<u8>, &'static str)> {
        let known = self.known().await?;
        let emoji = known.with_token(token).ok_or(Error::NotFound)?;
        let is_still = is_still && emoji.is_animated;
        self.0.files.read_small_picture(&emoji.hash, is_still).await
    }
}

/// Checks that an emoji with this name can be added.
///
/// # Errors
/// `Conflict` if the name is taken or there are already 1,000 emoji.
fn check_new(tx: &mut Tx, name: &EmojiName) -> Result<()> {
    if store::has_name(tx.conn, name)? {
        let why = "There’s already an emoji with this name. Choose another one.";
        return Err(Error::Conflict(why.into()));
    }
    if store::count(tx.conn)? >= MAX {
        let why = "This server has the maximum of 1,000 emoji. Remove one first.";
        return Err(Error::Conflict(why.into()));
    }
    Ok(())
}
