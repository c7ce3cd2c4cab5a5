//! Handles of all features: created in the order of their dependencies, and provided to the handlers of requests.

use poem::{Endpoint, EndpointExt, Response, endpoint::BoxEndpoint};

use crate::{
    accounts::{self, Accounts},
    admin::Brand,
    app::App,
    audit,
    avatars::Avatars,
    control::Control,
    data_export::DataExport,
    db::{Tx, ids::UserId},
    emoji::EmojiCatalog,
    error::Result,
    files::{self, Files, SweepFiles},
    invites::{self, Invites},
    jobs::JobRunner,
    link_previews::{self, LinkPreviews, SweepLinkPreviews},
    mail::{Letter, SendMail},
    messages::{
        EraseAuthor, EraseOldMessages, FindLinkPreviews, Messages, RerenderEmoji, RerenderMentions,
        RerenderMessages, welcome_html,
    },
    moderation::Moderation,
    people::{FillNameLetters, People},
    presence::Presence,
    reading::Reading,
    room_page::RoomPages,
    rooms::{LeaveRooms, PurgeRooms, Rooms},
    search::{IndexMessages, Search},
    setup::Setup,
    threads::Threads,
    web::memory_limit::BodyMemory,
};

/// Handles of the features of one server.
pub struct Features {
    accounts: Accounts,
    invites: Invites,
    setup: Setup,
    people: People,
    pub rooms: Rooms,
    files: Files,
    avatars: Avatars,
    brand: Brand,
    emoji: EmojiCatalog,
    link_previews: LinkPreviews,
    messages: Messages,
    moderation: Moderation,
    threads: Threads,
    presence: Presence,
    pub reading: Reading,
}

impl Features {
    /// Creates the features and starts their background work. Those of the control socket are shared with it.
    pub fn start(app: &App, control: &Control) -> Features {
        let files = Files::new(app.clone());
        files.start_sweeping();
        let (rooms, people) = (control.rooms.clone(), control.people.clone());
        let accounts = control.accounts.clone();
        let emoji = EmojiCatalog::new(app.clone(), files.clone());
        let messages = Messages::new(app.clone(), emoji.clone());
        app.settings.render_welcome_with(welcome_html);
        let moderation = Moderation::new(app.clone(), messages.clone());
        moderation.start_retention();
        audit::start_retention(app.clone());
        let features = Features {
            invites: Invites::new(app.clone(), accounts.clone(), rooms.clone()),
            setup: Setup::new(app.clone(), accounts.clone()),
            avatars: Avatars::new(app.clone(), files.clone()),
            brand: Brand::new(app.clone(), files.clone()),
            link_previews: LinkPreviews::new(app.clone(), files.clone()),
            threads: Threads::new(app.clone()),
            reading: Reading::new(app.clone()),
            presence: Presence::new(app.clone()),
            accounts,
            people,
            rooms,
            files,
            emoji,
            messages,
            moderation,
        };
        features.start_jobs(app);
        features
    }

    fn start_jobs(&self, app: &App) {
        JobRunner::new(app.db.clone())
            .handle(RerenderMessages)
            .handle(RerenderEmoji(self.messages.clone()))
            .handle(RerenderMentions(self.messages.clone()))
            .handle(EraseAuthor(self.messages.clone()))
            .handle(LeaveRooms(self.rooms.clone()))
            .handle(PurgeRooms {
                on_removal: |tx| {
                    files::sweep_detached(tx)?;
                    link_previews::sweep_unused(tx)
                },
            })
            .handle(SweepLinkPreviews(self.link_previews.clone()))
            .handle(FindLinkPreviews {
                app: app.clone(),
                previews: self.link_previews.clone(),
            })
            .handle(EraseOldMessages::new(app.clone()))
            .handle(SweepFiles(self.files.clone()))
            .handle(FillNameLetters)
            .handle(SendMail {
                app: app.clone(),
                make_link: link_for_mail,
            })
            .follow(IndexMessages)
            .start();
    }

    /// Provides the handles to the handlers of an endpoint.
    pub fn provide(
        self,
        app: &App,
        endpoint: impl Endpoint<Output = Response> + 'static,
    ) -> BoxEndpoint<'static, Response> {
        let pages = RoomPages::new(
            app.clone(),
            self.rooms.clone(),
            self.messages.clone(),
            (self.threads.clone(), self.reading.clone()),
            self.presence.clone(),
        );
        let export = DataExport::new(
            app.clone(),
            (self.accounts.clone(), self.people.clone()),
            (self.rooms.clone(), self.files.clone()),
        );
        endpoint
            .data(Search::new(app.clone(), self.rooms.clone()))
            .data(pages)
            .data(export)
            .data(self.accounts)
            .data(self.invites)
            .data(self.setup)
            .data(self.people)
            .data(self.rooms)
            .data(self.emoji)
            .data(self.messages)
            .data(self.moderation)
            .data(self.threads)
            .data(self.reading)
            .data(self.presence)
            .data(self.files)
            .data(self.avatars)
            .data(self.link_previews)
            .data(self.brand)
            .data(BodyMemory::default())
            .data(app.clone())
            .boxed() // bounds the depth of the type, which the compiler limits
    }
}

/// Makes the path of the link in a mail; `None` for a mail that has become useless.
fn link_for_mail(tx: &mut Tx, user: Option<UserId>, letter: &Letter) -> Result<Option<String>> {
    match (letter, user) {
        (Letter::Invitation { link, .. }, _) => invites::link_for_mail(tx, *link),
        (_, Some(user)) => accounts::link_for_mail(tx, user, letter),
        (_, None) => Ok(None),
    }
}
