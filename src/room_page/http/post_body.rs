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
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::{Instant, timeout, timeout_at},
};

use super::{POST_LIMIT, post_files::FormFiles};
use crate::{
    accounts::User,
    error::{Error, Result},
    files::{Files, MAX_FILES},
    messages::{PostForm, Texts},
    rooms::Member,
    web::{body::FormOrJson, memory_limit::BodyMemory, peer::Peer, state::handle},
};

/// Maximum wait for the next part of a form.
const IDLE: Duration = Duration::from_secs(30);
/// Maximum number of bytes that are read and discarded after a refusal, and the time limit for reading them. Browsers
/// show the response only after they have sent the whole body.
const MAX_REST: u64 = 100 << 20;
const REST_TIME: Duration = Duration::from_secs(10 * 60);
/// Size in bytes of the buffer for discarded bytes.
const DISCARDED_AT_ONCE: usize = 16 << 10;
/// Maximum number of parts of a form with files.
const MAX_PARTS: usize = 20;
/// Maximum number of bytes before the next part begins: the rest of the previous part, and the headers.
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
    /// Files that came with it. They have been removed if they are refused.
    pub files: FormFiles,
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
                files: FormFiles::default(),
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
            files: FormFiles::default(),
            refused: None,
            rest_until: None,
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
    /// Ids of uploads, and of the files that have been received.
    tokens: Vec<String>,
    files: FormFiles,
    refused: Option<Error>,
    /// Time until which the rest of a refused form is read.
    rest_until: Option<Instant>,
}

impl MultipartForm {
    /// Reads all parts. After a file that is refused, the others are not stored, and the form may end anywhere: its text
    /// stands before its files. If the form fails, its files are removed.
    async fn read(mut self, member: Result<Member>, files: &Files) -> Result<PostBody> {
        let user = match member {
            Ok(member) => Some(member.user),
            Err(error) => {
                self.refuse(error);
                None
            }
        };
        let read = self.read_parts(user.as_ref(), files).await;
        let form = read.and_then(|()| PostForm::from_fields(std::mem::take(&mut self.texts)));
        if let (Some(user), true) = (&user, form.is_err() || self.refused.is_some()) {
            self.files.remove(files, user.id).await;
        }
        let mut form = form?;
        form.files = Some(Texts::Many(self.tokens));
        Ok(PostBody {
            form,
            refused: self.refused,
            files: self.files,
        })
    }

    async fn read_parts(&mut self, user: Option<&User>, files: &Files) -> Result<()> {
        let mut count = 0;
        while count < MAX_PARTS || self.refused.is_some() {
            count += 1;
            if self.refused.is_none() {
                self.budget.set(HEADERS);
            }
            let part = match (self.next_part().await, &self.refused) {
                (Ok(Some(part)), _) => part,
                (Ok(None), _) | (Err(_), Some(_)) => break,
                (Err(error), None) => return Err(error),
            };
            match part.file_name().map(str::to_owned) {
                Some(name) if !name.is_empty() => self.read_file(part, &name, (user, files)).await,
                Some(_) => {} // no file was chosen
                None => self.read_text(part).await?,
            }
        }
        Ok(())
    }

    /// Stores a file, or refuses it and discards the rest of it.
    async fn read_file(&mut self, part: Field, name: &str, (user, files): (Option<&User>, &Files)) {
        let mut reader = part.into_async_read();
        if let (Some(user), None) = (user, &self.refused) {
            self.budget.set(u64::MAX);
            let received = match self.tokens.len() < MAX_FILES {
                true => files.receive(user, name, &mut reader).await,
                false => Err(Error::Invalid(
                    "A message can have up to 10 files. Send the rest in another message.".into(),
                )),
            };
            match received {
                Ok(token) => {
                    self.files.received.push(token.clone());
                    self.tokens.push(token);
                    return;
                }
                Err(error) => {
                    self.files.refuse(name);
                    self.refuse(error);
                }
            }
        }
        self.discard(reader).await;
    }

    /// Refuses the files. The rest of the form is read, within limits.
    fn refuse(&mut self, error: Error) {
        self.refused = Some(error);
        self.budget.set(MAX_REST);
        self.rest_until = Some(Instant::now() + REST_TIME);
    }

    async fn discard(&self, mut reader: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; DISCARDED_AT_ONCE];
        while let Ok(Ok(1..)) = timeout_at(self.deadline(), reader.read(&mut buffer)).await {}
    }

    /// Time by which the next bytes must arrive.
    fn deadline(&self) -> Instant {
        let idle = Instant::now() + IDLE;
        self.rest_until.map_or(idle, |until| until.min(idle))
    }

    /// The next part, after what is left of the one before.
    async fn next_part(&mut self) -> Result<Option<Field>> {
        let next = timeout_at(self.deadline(), self.parts.next_field()).await;
        next.map_err(|_| dropped())?.map_err(|_| dropped())
    }

    /// Reads a text. All texts together have at most [`POST_LIMIT`] bytes.
    async fn read_text(&mut self, part: Field) -> Result<()> {
        let field = part.name().unwrap_or_default().to_owned();
        let left = POST_LIMIT - self.text_bytes;
        if self.refused.is_none() {
            self.budget.set(left as u64 + HEADERS);
        }
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
