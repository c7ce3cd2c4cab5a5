//! A message as HTML.

use askama::Template;

use super::file_html::ShownFile;
use super::{Author, Changed, Gap, Grouping, Html, Message, MessagePage, Quote, Reaction, markup};
use crate::{
    db::{
        ids::{MessageId, RoomId},
        time,
    },
    emoji::CustomEmoji,
    error::Result,
    link_previews::LinkPreview,
};

/// The most names in the tooltip of a reaction; the rest is a number.
const TOLD: usize = 10;

/// Template data of a message. It does not depend on the reader.
pub struct Shown {
    /// The prefix of the element's id: `message`, or `root` in a thread panel.
    pub prefix: &'static str,
    pub id: MessageId,
    pub room: RoomId,
    pub rev: i64,
    pub author: Author,
    pub client_id: String,
    pub continued: bool,
    /// The day separator before the message.
    pub day: Option<Day>,
    pub iso: String,
    pub clock: String,
    pub body: Html,
    pub large: bool,
    pub deleted: bool,
    pub edited: bool,
    pub pinned: bool,
    pub pinned_by: Option<Author>,
    pub quote: Option<Quote>,
    pub reactions: Vec<ShownReaction>,
    pub answers: Option<ShownAnswers>,
    /// The root of the thread of a reply.
    pub thread: Option<MessageId>,
    pub files: Vec<ShownFile>,
    pub previews: Vec<LinkPreview>,
}

/// A day separator (UTC; the browser adapts it).
pub struct Day {
    pub iso: String,
    pub label: String,
}

/// A time in the forms in which pages show it (UTC; the browser adapts it).
pub struct ShownTime {
    pub iso: String,
    pub day: String,
    pub clock: String,
}

impl ShownTime {
    /// A time in ms UTC.
    pub fn of(ms: i64) -> ShownTime {
        ShownTime {
            iso: time::iso(ms),
            day: time::day_label(ms),
            clock: time::clock(ms),
        }
    }
}

impl Message {
    /// When it was posted, for templates.
    pub fn shown_time(&self) -> ShownTime {
        ShownTime::of(self.created_at)
    }
}

/// One emoji under a message.
pub struct ShownReaction {
    pub emoji: String,
    /// A custom emoji, which is shown as its picture.
    pub custom: Option<CustomEmoji>,
    pub count: i64,
    /// The ids of the users, from which a user's own style sheet highlights their reactions.
    pub by: String,
    /// The users that the tooltip names.
    pub named: Vec<Author>,
    /// "2 others", or empty.
    pub others: String,
}

/// The summary of a thread below its first message.
pub struct ShownAnswers {
    /// "3 replies"
    pub words: String,
    pub last_by: Author,
    pub iso: String,
    pub clock: String,
}

impl Shown {
    /// The template data of a message.
    pub fn of(message: &Message) -> Shown {
        let at = message.created_at;
        let day = || Day {
            iso: time::day(at),
            label: time::day_label(at),
        };
        let answers = message.answers.as_ref().map(|answers| ShownAnswers {
            words: reply_count(answers.count),
            last_by: answers.last_author.clone(),
            iso: time::iso(answers.last_at),
            clock: time::clock(answers.last_at),
        });
        Shown {
            prefix: "message",
            id: message.id,
            room: message.room,
            rev: message.rev,
            author: message.author.clone(),
            client_id: message.client_id.clone(),
            continued: message.grouping == Grouping::Continued,
            day: (message.grouping == Grouping::Day).then(day),
            iso: time::iso(at),
            clock: time::clock(at),
            body: message.html.clone(),
            large: markup::is_large(message.body.as_str(), message.html.as_str()),
            deleted: message.deleted_at.is_some(),
            edited: message.edited_at.is_some(),
            pinned: message.pinned_at.is_some(),
            pinned_by: message.pinned_by.clone(),
            quote: message.quote.clone(),
            reactions: message.reactions.iter().map(ShownReaction::of).collect(),
            answers,
            thread: message.thread,
            files: message.files.iter().map(ShownFile::of).collect(),
            previews: message.previews.clone(),
        }
    }

    /// The template data of a thread's first message in the thread panel. It has no quote, because the id of the
    /// quote would occur twice on the page.
    pub fn as_root(message: &Message) -> Shown {
        Shown {
            prefix: "root",
            quote: None,
            answers: None,
            ..Shown::alone(message)
        }
    }

    /// The template data of a message outside of the room's list: no day separator, always with its author.
    pub fn alone(message: &Message) -> Shown {
        Shown {
            continued: false,
            day: None,
            ..Shown::of(message)
        }
    }

    /// Number of replies in the thread of a message, in words.
    pub fn reply_count(root: &Message) -> String {
        reply_count(root.answers.as_ref().map_or(0, |answers| answers.count))
    }

    /// The template data of a message for a user who has not joined its room: nothing to act on.
    pub fn preview(message: &Message) -> Shown {
        Shown {
            quote: None,
            reactions: Vec::new(),
            answers: None,
            edited: false,
            pinned: false,
            files: Vec::new(),
            previews: Vec::new(),
            ..Shown::of(message)
        }
    }

    /// Whether some of its files are pictures.
    pub fn has_pictures(&self) -> bool {
        self.files.iter().any(|file| file.picture.is_some())
    }

    /// Whether there is a footer below the text.
    pub fn has_foot(&self) -> bool {
        !self.reactions.is_empty() || self.edited || self.pinned || self.answers.is_some()
    }
}

fn reply_count(count: i64) -> String {
    match count {
        0 => "No replies yet".into(),
        1 => "1 reply".into(),
        count => format!("{count} replies"),
    }
}

impl ShownReaction {
    fn of(reaction: &Reaction) -> ShownReaction {
        let people = reaction.people.iter();
        let ids: Vec<String> = people.clone().map(|user| user.id.to_string()).collect();
        let named: Vec<Author> = people.take(TOLD).cloned().collect();
        let others = match reaction.count - named.len() as i64 {
            ..=0 => String::new(),
            1 => "1 other".to_owned(),
            more => format!("{more} others"),
        };
        ShownReaction {
            emoji: reaction.emoji.clone(),
            custom: reaction.custom.clone(),
            count: reaction.count,
            by: ids.join(" "),
            named,
            others,
        }
    }
}

/// HTML that a page receives after it was loaded.
#[derive(Template)]
enum Fragment<'a> {
    #[template(path = "messages/push.html")]
    Push {
        message: &'a Shown,
        thread: Option<MessageId>,
    },
    #[template(path = "messages/replace.html")]
    Replace {
        message: &'a Shown,
        root: Option<&'a Shown>,
        quote: Quote,
        quoted_by: &'a [MessageId],
    },
    #[template(path = "messages/reset.html")]
    Reset {
        room_id: RoomId,
        older: Option<MessageId>,
        newer: Option<MessageId>,
        messages: Vec<Shown>,
    },
    #[template(path = "messages/gap_push.html")]
    GapPush { room_id: RoomId, gap: Gap },
    #[template(path = "messages/gap.html")]
    Gap { room_id: RoomId, gap: Gap },
}

/// HTML that appends a message to a room or thread: the bytes that live clients receive.
pub fn push(message: &Message) -> Result<String> {
    let push = Fragment::Push {
        message: &Shown::of(message),
        thread: message.thread,
    };
    Ok(push.render()?)
}

/// HTML that replaces a message everywhere on a page, and the quotes of it.
pub fn replace(changed: &Changed) -> Result<String> {
    let message = &changed.message;
    // Always sent for a first message: a thread without replies may be open in a panel.
    let root = message.thread.is_none().then(|| Shown::as_root(message));
    let replace = Fragment::Replace {
        message: &Shown::of(message),
        root: root.as_ref(),
        quote: message.as_quote(),
        quoted_by: &changed.quoted_by,
    };
    Ok(replace.render()?)
}

/// HTML that replaces all messages on a page with the newest page of the room.
pub fn reset(room_id: RoomId, newest: &MessagePage) -> Result<String> {
    let reset = Fragment::Reset {
        room_id,
        older: newest.older(),
        newer: None,
        messages: newest.messages.iter().map(Shown::of).collect(),
    };
    Ok(reset.render()?)
}

/// HTML that appends a gap: a link to messages that were left out.
pub fn gap_push(room_id: RoomId, gap: Gap) -> Result<String> {
    Ok(Fragment::GapPush { room_id, gap }.render()?)
}

/// HTML of a gap.
pub fn gap(room_id: RoomId, gap: Gap) -> Result<String> {
    Ok(Fragment::Gap { room_id, gap }.render()?)
}
