//! Handles that every feature takes: configuration, settings, database, live delivery, events.

use std::sync::Arc;

use crate::{
    config::Config,
    db::{Db, FolderLock, text_quota::TextQuota},
    events::Events,
    live::Live,
    settings::{ServerSettings, Settings, SetupCode},
    web::state::Handle,
};

/// Platform below all features. Cheap to clone; all clones share one server.
#[derive(Clone)]
pub struct App {
    /// Settings of this server.
    pub config: Arc<Config>,
    /// Settings that admins change.
    pub settings: Settings,
    /// Code that the first account needs; `None` if it needs none.
    pub setup_code: Option<Arc<SetupCode>>,
    /// Database with many readers and one writer.
    pub db: Db,
    /// Channels and sockets.
    pub live: Arc<Live>,
    /// Dispatcher of events.
    pub events: Arc<Events>,
    /// Limit of the text that one user writes in a day.
    pub text_quota: Arc<TextQuota>,
}

impl Handle for App {}

impl App {
    /// Opens the data folder and starts live delivery. An error is a message for the operator.
    pub fn open(config: Config) -> Result<App, String> {
        let lock = Db::lock(&config.data)?;
        App::open_locked(config, lock)
    }

    /// Like [`App::open`], with the lock of the data folder.
    pub fn open_locked(config: Config, lock: FolderLock) -> Result<App, String> {
        let live = Live::start();
        let deliver = live.clone();
        let db = Db::open_locked(&config.data, lock, move || deliver.flush())?;
        let settings =
            db.read_at_start(|conn| Settings::load(conn, ServerSettings::of(&config)))?;
        let current = settings.clone();
        let text_limit = move || current.current().limits.text_per_day;
        Ok(App {
            text_quota: Arc::new(TextQuota::new(config.limits.then_some(text_limit))),
            setup_code: SetupCode::of(&config).map(Arc::new),
            config: Arc::new(config),
            settings,
            db,
            events: Events::new(live.clone()),
            live,
        })
    }
}
