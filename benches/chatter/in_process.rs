//! The server's library in this process, without a network: measures posts, lists and rendering alone.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use chatterbox::{
    accounts::{Accounts, LogIn, LogInClient},
    app::App,
    config::{Config, LogFormat},
    db::ids::RoomId,
    emoji::EmojiCatalog,
    files::Files,
    messages::{Draft, Messages},
    rooms::{Member, Rooms},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The application on a new database, with accounts that are members of the default room.
#[allow(
    dead_code,
    reason = "two programs include this file and each uses a part"
)]
pub struct InProcess {
    pub app: App,
    pub tokens: Vec<String>,
    pub messages: Messages,
    pub members: Vec<Member>,
    folder: TempDir,
}

impl InProcess {
    /// Opens a new database in `scratch` and registers `accounts` accounts.
    pub fn open(runtime: &Runtime, scratch: &Path, accounts: usize) -> InProcess {
        let folder = TempDir::new_in(scratch).expect("a folder for the database");
        let config = Config {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: folder.path().into(),
            log: tracing::level_filters::LevelFilter::OFF,
            log_format: LogFormat::Text,
            limits: false,
            trusted_proxies: Vec::new(),
            public_url: None,
            allow_origin: Vec::new(),
            setup_code: None,
            text_per_day: u64::MAX,
            max_file: 100 << 20,
            files_per_person: u64::MAX,
            files_total: None,
            blobs: None,
            smtp_url: None,
            min_free_disk: 1,
            link_previews: false,
            password_cost: 12,
            test_dns: None,
            test_routes: Vec::new(),
        };
        let app = App::open(config).expect("an empty folder");
        let rooms = Rooms::new(app.clone());
        let service = Accounts::new(app.clone());
        let members = (0..accounts).map(|n| runtime.block_on(member(&service, &rooms, n)));
        let (tokens, members) = members.unzip();
        InProcess {
            messages: Messages::new(
                app.clone(),
                EmojiCatalog::new(app.clone(), Files::new(app.clone())),
            ),
            app,
            tokens,
            members,
            folder,
        }
    }

    /// Posts as the given account to the default room and waits for the commit.
    pub async fn post(&self, member: usize, body: &str) {
        self.post_as(&self.members[member % self.members.len()], body)
            .await;
    }

    /// Posts to a member's room and waits for the commit.
    pub async fn post_as(&self, member: &Member, body: &str) {
        let draft = Draft::parse(body, None).expect("a message");
        let posted = self.messages.post(member, draft).await;
        posted.map(drop).expect("the message is stored");
    }

    /// Closes the database and returns its folder.
    #[allow(dead_code, reason = "only one of the two programs needs it")]
    pub fn close(self, runtime: &Runtime) -> TempDir {
        runtime.block_on(self.app.db.close());
        self.folder
    }
}

async fn member(accounts: &Accounts, rooms: &Rooms, number: usize) -> (String, Member) {
    let (from, name) = (IpAddr::V4(Ipv4Addr::LOCALHOST), format!("account-{number}"));
    let password = "a long one for the bench";
    let registered = accounts.register(from, &name, password).await;
    assert!(registered.is_ok(), "the name is free");
    let client = LogInClient::at(from);
    let log_in = accounts.log_in(&client, (&name, password));
    let Ok(LogIn::Open(session)) = log_in.await else {
        panic!("the password is right");
    };
    let token = session.token;
    let user = accounts.identify(token).await.expect("the session is new");
    let member = rooms.admit(user, RoomId(1)).await;
    let member = member.expect("every account is in the default room");
    (token.to_string(), member)
}
