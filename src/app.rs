//! The handles that every feature takes: configuration, database, live delivery.

use std::sync::Arc;

use crate::{config::Config, db::Db, live::Live, web::state::Handle};

/// What stands below all features. Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct App {
    /// The settings this server was started with.
    pub config: Arc<Config>,
    /// The database: many readers, one writer.
    pub db: Db,
    /// Topics and sockets.
    pub live: Live,
}

impl Handle for App {}
