//! Settings that admins change while the server runs. Settings of the process are in [`crate::config`].
//!
//! Invariant: [`Settings::current`] has the committed values before a change is answered.

mod accent;
mod custom_css;
mod limits;
mod minimum_role;
mod parsers;
mod registration;
mod setup_code;
mod store;
mod values;

use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

pub use accent::Accent;
pub use custom_css::CustomCss;
pub use limits::ServerLimits;
pub use minimum_role::MinimumRole;
pub use parsers::retention_days;
pub use registration::RegistrationMode;
pub use setup_code::SetupCode;
pub use store::stored;
pub use values::{KEYS, ServerSettings};

use crate::{
    db::{Conn, Tx},
    error::Result,
};

/// Key of the hash of the server's picture, which has its own form.
const LOGO: &str = "logo";

/// Current settings. Cheap to clone; all clones share one value.
#[derive(Clone, Default)]
pub struct Settings {
    current: Arc<RwLock<Arc<ServerSettings>>>,
    /// Renders the welcome text. Set by the feature that has the renderer.
    renderer: Arc<OnceLock<Renderer>>,
}

/// Renders Markdown as HTML.
type Renderer = fn(&str) -> String;

impl Settings {
    /// Reads the settings at the start. Values that this version does not know are ignored.
    pub fn load(conn: &mut Conn, defaults: ServerSettings) -> Result<Settings> {
        let mut settings = defaults;
        for (key, value) in store::all(conn)? {
            if key == LOGO {
                settings.logo = Some(value);
            } else if settings.set(&key, &value).is_err() {
                tracing::warn!(key, "a stored setting was ignored");
            }
        }
        Ok(Settings {
            current: Arc::new(RwLock::new(Arc::new(settings))),
            renderer: Arc::default(),
        })
    }

    /// The committed values.
    pub fn current(&self) -> Arc<ServerSettings> {
        self.current.read().clone()
    }

    /// Sets the renderer of the welcome text, once.
    pub fn render_welcome_with(&self, renderer: Renderer) {
        let _ = self.renderer.set(renderer);
    }

    /// HTML of the welcome text; empty without one.
    pub fn welcome_html(&self) -> String {
        let text = &self.current().welcome;
        let renderer = self.renderer.get().filter(|_| !text.is_empty());
        renderer.map_or(String::new(), |render| render(text))
    }

    /// Changes a setting. It is in effect after the commit. Returns the former value.
    ///
    /// # Errors
    /// `Invalid` for an unknown key or a value that it cannot have.
    pub fn change(&self, tx: &mut Tx, key: &str, value: &str) -> Result<String> {
        let mut changed = (*self.current()).clone();
        let former = changed.get(key)?;
        changed.set(key, value)?;
        let value = changed.get(key)?;
        store::set(tx.conn, key, &value)?;
        let (settings, key) = (self.clone(), key.to_owned());
        // Writes of one group may change several settings, so each applies its own.
        tx.after_commit(move || settings.apply(&key, &value));
        Ok(former)
    }

    /// Sets or removes the server's picture, by the hash of its blob. Returns the former hash.
    pub fn change_logo(&self, tx: &mut Tx, hash: Option<String>) -> Result<Option<String>> {
        match &hash {
            Some(hash) => store::set(tx.conn, LOGO, hash)?,
            None => store::remove(tx.conn, LOGO)?,
        }
        let former = self.current().logo.clone();
        let settings = self.clone();
        tx.after_commit(move || {
            let mut current = settings.current.write();
            let mut changed = (**current).clone();
            changed.logo = hash;
            *current = Arc::new(changed);
        });
        Ok(former)
    }

    fn apply(&self, key: &str, value: &str) {
        let mut current = self.current.write();
        let mut changed = (**current).clone();
        if changed.set(key, value).is_ok() {
            *current = Arc::new(changed);
        }
    }
}
