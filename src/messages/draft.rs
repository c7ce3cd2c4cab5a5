//! Messages before they are posted.

use super::{Body, Message, Messages, markup, markup::Rendered};
use crate::{
    db::{
        Conn,
        ids::{MessageId, UserId},
        time,
    },
    emoji::{self, CustomEmojis, EmojiCatalog},
    error::{Error, Result},
    files::PostedFile,
};

/// The longest client id, in bytes.
const MAX_CLIENT_ID: usize = 64;

/// A message before it is posted. Its text is checked, but not rendered.
pub struct Draft {
    pub(super) body: Body,
    pub(super) client_id: String,
    /// The message that it replies to.
    pub(super) reply_to: Option<MessageId>,
    /// A message of the thread that it is a reply in.
    pub(super) thread: Option<MessageId>,
    pub(super) files: Vec<PostedFile>,
}

/// A draft, the HTML made from its text, and the users that @here mentions in it.
pub(super) struct RenderedDraft {
    pub(super) draft: Draft,
    pub(super) html: Rendered,
    pub(super) here: Vec<UserId>,
    catalog: EmojiCatalog,
    /// Custom emoji with which it was rendered; `None` if they were not in memory.
    known: Option<CustomEmojis>,
}

impl Draft {
    /// Checks a text. Without a client id, each post of it is a new message.
    pub fn parse(body: &str, client_id: Option<&str>) -> Result<Draft> {
        let draft = Draft::with_files(body, client_id, Vec::new())?;
        draft.check_not_empty()?;
        Ok(draft)
    }

    /// Refuses a draft without text and files.
    pub(super) fn check_not_empty(&self) -> Result<()> {
        match self.body.as_str().is_empty() && self.files.is_empty() {
            true => Err(Error::Invalid("Write a message first.".into())),
            false => Ok(()),
        }
    }

    /// Checks a text beside files, which may be blank.
    pub fn with_files(
        body: &str,
        client_id: Option<&str>,
        files: Vec<PostedFile>,
    ) -> Result<Draft> {
        let client_id = match client_id {
            None | Some("") => time::new_uuid().to_string(),
            Some(id) if is_client_id(id) => id.to_owned(),
            Some(_) => {
                let what = "client_id must be 1 to 64 letters, numbers, '-' or '_'.";
                return Err(Error::Invalid(what.into()));
            }
        };
        let body = Body::parse_optional(body).map_err(|why| Error::Invalid(why.into()))?;
        Ok(Draft {
            body,
            client_id,
            reply_to: None,
            thread: None,
            files,
        })
    }

    /// The draft with a new client id, which makes it a new message.
    pub fn as_new(mut self) -> Draft {
        self.client_id = time::new_uuid().to_string();
        self
    }

    /// The draft with files.
    pub fn with(mut self, files: Vec<PostedFile>) -> Draft {
        self.files = files;
        self
    }

    /// Ids of its files.
    pub fn file_ids(&self) -> Vec<String> {
        self.files.iter().map(|file| file.token.clone()).collect()
    }

    /// The draft as a reply in the thread of a message.
    pub fn in_thread(mut self, message: Option<MessageId>) -> Draft {
        self.thread = message;
        self
    }

    /// Renders the text, which is the most work of a post: rate limits are checked before.
    pub(super) fn render(self, messages: &Messages) -> RenderedDraft {
        let known = messages.emoji.cached();
        let html = match &known {
            Some(known) => markup::render_with_emoji(self.body.as_str(), known),
            None => markup::render(self.body.as_str()),
        };
        let here = match html.calls_here() {
            true => messages.app.live.online().all(),
            false => Vec::new(),
        };
        RenderedDraft {
            draft: self,
            html,
            here,
            catalog: messages.emoji.clone(),
            known,
        }
    }

    /// Whether a message has the same text.
    pub fn has_text_of(&self, message: &Message) -> bool {
        self.body.as_str() == message.body.as_str()
    }
}

impl RenderedDraft {
    /// Renders the text again if it may contain custom emoji and those have changed since. Call it in the transaction that
    /// stores the HTML, so that no message shows an emoji that was removed before.
    pub(super) fn refresh_emoji(&mut self, conn: &mut Conn) -> Result<()> {
        let current = self.catalog.cached();
        let is_current = match (&self.known, &current) {
            (Some(known), Some(current)) => known.is_same(current),
            _ => false,
        };
        if self.html.has_custom_names && !is_current {
            let known = emoji::custom_emoji(conn)?;
            self.html = markup::render_with_emoji(self.draft.body.as_str(), &known);
            self.known = current;
        }
        Ok(())
    }
}

fn is_client_id(id: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    id.len() <= MAX_CLIENT_ID && id.bytes().all(is_allowed)
}
