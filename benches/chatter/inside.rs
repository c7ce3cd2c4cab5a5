//! The server's own verbs in this process, without a network: what a post costs before anyone hears it.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use chatterbox::{
    accounts::Accounts,
    app::App,
    config::{Config, LogFormat},
    db::ids::RoomId,
    messages::{Draft, Messages},
    rooms::{Member, Rooms},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Everything behind the doors, and people who may post.
#[allow(
    dead_code,
    reason = "each of the two programs that take this in uses a part"
)]
pub struct Inside {
    pub app: App,
    pub tokens: Vec<String>,
    pub messages: Messages,
    pub members: Vec<Member>,
    _folder: TempDir,
}

impl Inside {
    /// Opens a new database in `scratch` and registers people.
    pub fn open(runtime: &Runtime, scratch: &Path, people: usize) -> Inside {
        let folder = TempDir::new_in(scratch).expect("a folder for the database");
        let config = Config {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: folder.path().into(),
            log: tracing::level_filters::LevelFilter::OFF,
            log_format: LogFormat::Text,
            limits: false,
            trusted_proxies: Vec::new(),
            password_cost: 12,
        };
        let app = App::open(config).expect("an empty folder");
        let rooms = Rooms::new(app.clone());
        let accounts = Accounts::new(app.clone());
        let members = (0..people).map(|n| runtime.block_on(member(&accounts, &rooms, n)));
        let (tokens, members) = members.unzip();
        Inside {
            messages: Messages::new(app.clone()),
            app,
            tokens,
            members,
            _folder: folder,
        }
    }

    /// Posts, and waits until it is on disk.
    pub async fn post(&self, member: usize, body: &str) {
        self.post_as(&self.members[member % self.members.len()], body)
            .await;
    }

    /// The same in the room of any member.
    pub async fn post_as(&self, member: &Member, body: &str) {
        let draft = Draft::parse(body, None).expect("a message");
        let posted = self.messages.post(member, draft).await;
        posted.map(drop).expect("it is stored");
    }
}

async fn member(accounts: &Accounts, rooms: &Rooms, number: usize) -> (String, Member) {
    let (from, name) = (IpAddr::V4(Ipv4Addr::LOCALHOST), format!("insider-{number}"));
    let password = "a long one for the bench";
    let registered = accounts.register(from, &name, password).await;
    assert!(registered.is_ok(), "the name is free");
    let Ok(token) = accounts.log_in(from, &name, password).await else {
        panic!("the password is right");
    };
    let user = accounts.identify(token).await.expect("the session is new");
    let member = rooms.admit(user, RoomId(1)).await;
    let member = member.expect("everyone is in the first room");
    (token.to_string(), member)
}
