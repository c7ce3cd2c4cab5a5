//! The picture of the server.

use crate::{
    accounts::{AVATAR_SIDES, Admin},
    app::App,
    audit::{self, AuditAction, Entry},
    db::Tx,
    error::{Error, Result},
    files::{Files, StoredPicture},
    web::state::Handle,
};

/// Operations on the server's picture. Cheap to clone.
#[derive(Clone)]
pub struct Brand {
    app: App,
    files: Files,
}

impl Handle for Brand {}

impl Brand {
    /// Operations that store pictures with `files`.
    pub fn new(app: App, files: Files) -> Brand {
        Brand { app, files }
    }

    /// Sets the picture, or removes it.
    pub async fn set_logo(&self, admin: &Admin, picture: Option<StoredPicture>) -> Result<()> {
        let hash = picture.as_ref().map(|picture| picture.hash.clone());
        let (settings, new) = (self.app.settings.clone(), hash.clone());
        let actor = Some(admin.user().id);
        let write = move |tx: &mut Tx| {
            let details = match new {
                Some(_) => "set",
                None => "removed",
            };
            let former = settings.change_logo(tx, new)?;
            let entry = Entry::new(actor, AuditAction::SettingChanged).target("logo");
            audit::record(tx, entry.details(details))?;
            Ok(former)
        };
        let written = self.app.db.write(write).await;
        drop(picture);
        let outdated = match &written {
            Ok(former) => former
                .clone()
                .filter(|former| Some(former) != hash.as_ref()),
            Err(_) => hash,
        };
        if let Some(outdated) = outdated {
            self.files.remove_unused(&outdated).await?;
        }
        written.map(drop)
    }

    /// Reads the picture. Returns its bytes and media type.
    ///
    /// # Errors
    /// `NotFound` if `path` is not the current one.
    pub async fn logo(&self, path: &str) -> Result<(Vec<u8>, &'static str)> {
        let settings = self.app.settings.current();
        let hash = settings.logo.as_ref().ok_or(Error::NotFound)?;
        if settings.logo_url().as_deref() != Some(path) {
            return Err(Error::NotFound);
        }
        self.files.read_square(hash, AVATAR_SIDES[1]).await
    }
}
