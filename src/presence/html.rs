//! Users online in a room at one moment, as HTML and as text, and the HTML of joins, leaves and typing users.

use std::{sync::Arc, time::Instant};

use askama::Template;

use crate::{
    accounts::AvatarSource,
    db::ids::{AvatarId, UserId},
    error::Result,
    rooms::Member,
};

/// User online in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    pub id: UserId,
    pub username: Arc<str>,
    /// Name under which pages show them.
    pub name: Arc<str>,
    pub avatar: Option<AvatarId>,
}

impl Attendee {
    /// A member.
    pub fn of(member: &Member) -> Attendee {
        let viewer = member.user.viewer();
        Attendee {
            id: viewer.id,
            username: viewer.username,
            name: viewer.name,
            avatar: viewer.avatar,
        }
    }

    /// Their picture or letters.
    pub fn avatar(&self) -> AvatarSource {
        AvatarSource::small(self.id, self.avatar)
    }

    /// Place in a list.
    pub fn sort_key(&self) -> (String, UserId) {
        (self.name.to_lowercase(), self.id)
    }
}

/// Users online in a room, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomAttendees {
    /// The first hundred.
    pub people: Vec<Attendee>,
    pub count: usize,
    /// Number of users not listed.
    pub more: usize,
}

impl RoomAttendees {
    /// HTML that replaces the list on a page.
    pub fn html(&self) -> Result<String> {
        Ok(PresenceHtml::Push { presence: self }.render()?)
    }

    /// HTML that replaces the counts on a page that shows this list.
    pub fn counts_html(&self) -> Result<String> {
        Ok(PresenceHtml::Counts { presence: self }.render()?)
    }

    /// The list as one line of text.
    pub fn line(&self) -> String {
        let mut names: Vec<&str> = self.people.iter().map(|person| &*person.username).collect();
        names.sort_by_cached_key(|name| name.to_lowercase());
        let more = match self.more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("🟢 Online Users: {}{more}", names.join(", "))
    }
}

/// User who is typing.
#[derive(Clone)]
pub struct Typist {
    pub id: UserId,
    /// Name under which pages show them.
    pub name: Arc<str>,
    /// Start of typing; renewed when the user continues after sending.
    pub began: Instant,
    pub until: Instant,
}

/// Equal typists look the same on a page: the time until which they type does not count.
impl PartialEq for Typist {
    fn eq(&self, other: &Typist) -> bool {
        (self.id, &self.name, self.began) == (other.id, &other.name, other.began)
    }
}

/// HTML about the users in a room.
#[derive(Template)]
pub enum PresenceHtml<'a> {
    /// The list in the sidebar of a page.
    #[template(path = "presence/section.html")]
    Section { presence: &'a RoomAttendees },
    /// List and count, each of which replaces the one on the page.
    #[template(path = "presence/push.html")]
    Push { presence: &'a RoomAttendees },
    /// The counts, each of which replaces the one on the page.
    #[template(path = "presence/counts.html")]
    Counts { presence: &'a RoomAttendees },
    /// "ada and bob joined the chat"; replaces the line before it.
    #[template(path = "presence/line.html")]
    Line { text: &'a str },
    /// Users who are typing.
    #[template(path = "presence/typing.html")]
    Typing { typists: &'a [Typist] },
}
