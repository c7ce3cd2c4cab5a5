//! Body of a post: a form, JSON, or a form with files, as browsers send it without scripts.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use poem::{
    Body, FromRequest, Request, RequestBody,
    web::{Field, Multipart},
};
use tokio::{io::AsyncReadExt, time::timeout};

use super::POST_LIMIT;
use crate::{
    error::{Error, Result},
    files::{Files, MAX_FILES},
    messages::{PostForm, Texts},
    rooms::Member,
    web::{body::FormOrJson, memory_limit::BodyMemory, peer::Peer, state::handle},
};

/// Longest wait for the next part of a form.
const IDLE: Duration = Duration::from_secs(30);
/// The most parts of a form with files.
const MAX_PARTS: usize = 20;
/// The most bytes that may arrive before a part begins: what is left of the part before it, and the headers.
const HEADERS: u64 = 64 << 10;
/// Memory of one form while it is received (bytes): its texts, and headers or the buffer of a file.
const MEMORY: usize = POST_LIMIT + HEADERS as usize;
/// Time after which a client should try again when its address sends too many bodies at once.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A post as received. Its files are finished uploads.
pub struct PostBody {
    pub form: PostForm,
    /// Reason why the files are not taken. The text is there all the same.
    pub refused: Option<Error>,
}

impl<'a> FromRequest<'a> for PostBody {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<PostBody> {
        let content_type = req.content_type().unwrap_or_default();
        if !content_type.starts_with("multipart/form-data") {
            let FormOrJson(form) =
                FormOrJson::<PostForm, POST_LIMIT>::from_request(req, body).await?;
            return Ok(PostBody {
                form,
                refused: None,
            });
        }
        let peer = Peer::from_request_without_body(req).await?;
        let mut share = handle::<BodyMemory>(req)?.share(peer.address);
        if !share.cover(MEMORY) {
            return Err(Error::Unavailable(RETRY_AFTER).into());
        }
        let member = Member::from_request(req, body).await;
        let budget = Budget::default();
        let mut limited = RequestBody::new(budget.limit(body.take()?));
        let parts = Multipart::from_request(req, &mut limited).await;
        let unreadable = |_| Error::Malformed("We couldn’t read that form. Try again.".into());
        let form = MultipartForm {
            parts: parts.map_err(unreadable)?,
            budget,
            texts: BTreeMap::new(),
            text_bytes: 0,
            tokens: Vec::new(),
        };
        let files = handle::<Files>(req)?;
        Ok(form.read(member.map_err(Error::from), files).await?)
    }
}

/// Number of bytes that may still arrive. Without it, the headers of a part could be without end.
#[derive(Clone, Default)]
struct Budget(Arc<AtomicU64>);

impl Budget {
    fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    /// A body that fails when more bytes arrive.
    fn limit(&self, body: Body) -> Body {
        let left = self.0.clone();
        Body::from_bytes_stream(body.into_bytes_stream().map(move |chunk| {
            let chunk = chunk?;
            let fits = left.load(Ordering::Relaxed).checked_sub(chunk.len() as u64);
            let fits = fits.ok_or_else(|| io::Error::other("too many bytes"))?;
            left.store(fits, Ordering::Relaxed);
            Ok::<_, io::Error>(chunk)
        }))
    }
}

/// State of reading a form with files.
struct MultipartForm {
    parts: Multipart,
    budget: Budget,
    texts: BTreeMap<String, String>,
    text_bytes: usize,
    /// Ids of the files that have been received.
    tokens: Vec<String>,
}

impl MultipartForm {
    /// Reads all parts. After a file that is refused, the others are not stored, and the form may end anywhere: its text
    /// stands before its files.
    async fn read(mut self, member: Result<Member>, files: &Files) -> Result<PostBody> {
        let (user, mut refused) = match member {
            Ok(member) => (Some(member.user), None),
            Err(error) => (None, Some(error)),
        };
        for _ in 0..MAX_PARTS {
            self.budget.set(HEADERS);
            let part = match (self.next_part().await, &refused) {
                (Ok(Some(part)), _) => part,
                (Ok(None), _) | (Err(_), Some(_)) => break,
                (Err(error), None) => return Err(error),
            };
            let Some(name) = part.file_name().map(str::to_owned) else {
                self.read_text(part).await?;
                continue;
            };
            self.budget.set(u64::MAX);
            match (&user, &refused) {
                _ if name.is_empty() => {} // no file was chosen
                (Some(user), None) if self.tokens.len() < MAX_FILES => {
                    match files.receive(user, &name, part.into_async_read()).await {
                        Ok(token) => self.tokens.push(token),
                        Err(error) => refused = Some(error),
                    }
                }
                (Some(_), None) => {
                    let why =
                        "A message can have up to 10 files. Send the rest in another message.";
                    refused = Some(Error::Invalid(why.into()));
                }
                _ => {}
            }
        }
        let mut form = PostForm::from_fields(self.texts)?;
        form.files = Some(Texts::Many(self.tokens));
        Ok(PostBody { form, refused })
    }

    /// The next part, after what is left of the one before.
    async fn next_part(&mut self) -> Result<Option<Field>> {
        let next = timeout(IDLE, self.parts.next_field()).await;
        next.map_err(|_| dropped())?.map_err(|_| dropped())
    }

    /// Reads a text. All texts together have at most [`POST_LIMIT`] bytes.
    async fn read_text(&mut self, part: Field) -> Result<()> {
        let field = part.name().unwrap_or_default().to_owned();
        let left = POST_LIMIT - self.text_bytes;
        self.budget.set(left as u64 + HEADERS);
        let mut bytes = Vec::new();
        let mut reader = part.into_async_read().take(left as u64 + 1);
        let read = timeout(IDLE, reader.read_to_end(&mut bytes)).await;
        read.map_err(|_| dropped())?.map_err(|_| dropped())?;
        self.text_bytes += bytes.len() + field.len();
        if self.text_bytes > POST_LIMIT {
            return Err(Error::TooLarge);
        }
        let text = String::from_utf8(bytes);
        let text = text.map_err(|_| Error::Malformed("Send text as UTF-8.".into()))?;
        match field.as_str() {
            "files" => self.tokens.push(text),
            _ => drop(self.texts.insert(field, text)),
        }
        Ok(())
    }
}

fn dropped() -> Error {
    Error::Malformed("The connection dropped. Try again.".into())
}
