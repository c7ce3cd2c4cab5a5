//! Reading, adding and removing custom emoji.

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

/// Operations on custom emoji, and the snapshot of them. Cheap to clone.
#[derive(Clone)]
pub struct EmojiCatalog(Arc<CatalogInner>);

struct CatalogInner {
    app: App,
    files: Files,
    snapshot: Cache<(), CustomEmojis>,
}

impl Handle for EmojiCatalog {}

impl EmojiCatalog {
    /// Custom emoji of this server, whose pictures are stored in `files`.
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

    /// The current snapshot, if it is in memory.
    pub fn cached(&self) -> Option<CustomEmojis> {
        self.0.snapshot.get(&())
    }

    /// The current snapshot.
    pub async fn known(&self) -> Result<CustomEmojis> {
        if let Some(known) = self.cached() {
            return Ok(known);
        }
        let epoch = self.0.snapshot.epoch(&());
        let known = self.0.app.db.read(store::known).await?;
        self.0.snapshot.insert_if_current((), known.clone(), epoch);
        Ok(known)
    }

    /// All custom emoji by name, with the users who added them.
    pub(super) async fn listed(&self) -> Result<Vec<ListedEmoji>> {
        self.0.app.db.read(store::listed).await
    }

    /// Adds an emoji with a picture, which is checked, reduced and on disk when this returns.
    ///
    /// # Errors
    /// `Invalid` for the picture, `FileTooLarge`, `NoSpace` if the disk is full, `Conflict` if the name is taken or there
    /// are 1,000 emoji.
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
        self.known().await?; // so that the next message finds it in memory
        Ok(added)
    }

    /// Removes an emoji and its picture. Messages show its name afterwards.
    ///
    /// # Errors
    /// `NotFound` if there is none with this name.
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

    /// Bytes of a picture, or of its still frame, and their media type.
    ///
    /// # Errors
    /// `NotFound` for an unknown token.
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

/// Checks that an emoji with this name may be added.
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
