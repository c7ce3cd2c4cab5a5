//! Handles that every feature takes: configuration, database, live delivery, events.

use std::sync::Arc;

use crate::{
    config::Config,
    db::{Db, text_quota::TextQuota},
    events::Events,
    live::Live,
    web::state::Handle,
};

/// Platform below all features. Cheap to clone; all clones share one server.
#[derive(Clone)]
pub struct App {
    /// Settings of this server.
    pub config: Arc<Config>,
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
        let live = Live::start();
        let deliver = live.clone();
        let db = Db::open(&config.data, move || deliver.flush())?;
        let text_limit = config.limits.then_some(config.text_per_day);
        Ok(App {
            text_quota: Arc::new(TextQuota::new(text_limit)),
            config: Arc::new(config),
            db,
            events: Events::new(live.clone()),
            live,
        })
    }
}
