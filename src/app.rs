//! The handles that every feature takes: configuration, database, live delivery, events.

use std::sync::Arc;

use crate::{config::Config, db::Db, events::Events, live::Live, web::state::Handle};

/// The platform below all features. Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct App {
    /// The settings this server was started with.
    pub config: Arc<Config>,
    /// The database: many readers, one writer.
    pub db: Db,
    /// Channels and sockets.
    pub live: Live,
    /// The dispatcher of changes.
    pub events: Events,
}

impl Handle for App {}

impl App {
    /// Opens the data folder and starts live delivery.
    ///
    /// # Errors
    /// One sentence for the operator at the terminal.
    pub fn open(config: Config) -> Result<App, String> {
        let live = Live::start();
        let deliver = live.clone();
        let db = Db::open(&config.data, move || deliver.flush())?;
        Ok(App {
            config: Arc::new(config),
            db,
            events: Events::new(live.clone()),
            live,
        })
    }
}
