//! The end of an upload: type by content, pictures checked and reduced, contents on disk before the row says so.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::PathBuf,
};

use sha2::{Digest, Sha256};

use super::{
    BlobKey, Files, Finished, LARGE, Picture, SMALL,
    blobs::{self, Incoming, remove_if_there},
    copy_name,
    media_type::{MediaType, SNIFFED},
    pictures::{self, Stripped},
    preview,
    store::{self, UploadRow},
};
use crate::{
    db::{Tx, permissions},
    error::{Error, Result},
};

/// Largest picture whose metadata is removed (bytes). The whole file is in memory meanwhile. A larger one is stored as
/// received.
const MAX_STRIPPED: u64 = 44 << 20;
/// Largest picture that is reduced (bytes).
const MAX_PICTURE: u64 = 28 << 20;

/// Contents of an upload that are ready to be stored.
struct Prepared {
    finished: Finished,
    /// File with the original: as received, or a temporary one without the metadata of a picture.
    original: PathBuf,
    /// Reduced copies.
    copies: Vec<(i32, Vec<u8>)>,
}

impl Files {
    /// Finishes an upload whose bytes have all arrived. It may be repeated after a failure or a kill.
    pub(super) async fn finish(&self, upload: &UploadRow) -> Result<()> {
        let path = self.incoming.path(&upload.token);
        if !tokio::fs::try_exists(&path).await.unwrap_or(true) {
            return Err(Error::NotFound); // it was cancelled meanwhile
        }
        let media_type = self.detect(path.clone()).await?;
        // Held while a picture is in memory.
        let turn = match media_type.is_picture() {
            true => Some(self.pictures.turn(upload.user_id).await),
            false => None,
        };
        let (incoming, received) = (self.incoming.clone(), path.clone());
        let prepare = move || {
            let prepared = prepare(&incoming, received, media_type);
            drop(turn);
            prepared
        };
        let prepared = blobs::blocking(prepare).await?;
        let original = prepared.original.clone();
        let written = self.write(upload, prepared).await;
        let is_done = written.is_ok();
        let remove = move || {
            if original != path {
                remove_if_there(&original)?;
            }
            if is_done {
                remove_if_there(&path)
            } else {
                Ok(())
            }
        };
        blobs::blocking(remove).await?;
        written
    }

    /// Stores the contents of an upload and then its row.
    async fn write(&self, upload: &UploadRow, prepared: Prepared) -> Result<()> {
        let (hash, token) = (prepared.finished.hash.clone(), upload.token.clone());
        let kept = self.contents.keep(&hash).await;
        let finished = self.store_contents(prepared).await?;
        let finish = move |tx: &mut Tx| store::finish(tx.conn, &token, &finished);
        let written = self.app.db.write(finish).await;
        drop(kept);
        // It was cancelled meanwhile.
        if matches!(written, Err(Error::NotFound)) {
            self.remove_unused(&hash).await?;
        }
        written
    }

    /// Stores the contents of an upload. They are durable when this returns.
    async fn store_contents(&self, prepared: Prepared) -> Result<Finished> {
        let finished = prepared.finished;
        for (copy, bytes) in prepared.copies {
            let key = BlobKey::copy(&finished.hash, copy_name(copy));
            self.blobs.store_bytes(bytes.into(), key).await?;
        }
        let key = BlobKey::of(&finished.hash);
        self.blobs.store_file(prepared.original, key).await?;
        Ok(finished)
    }

    async fn detect(&self, path: PathBuf) -> Result<MediaType> {
        let detect = move || {
            let mut start = Vec::with_capacity(SNIFFED);
            File::open(path)?
                .take(SNIFFED as u64)
                .read_to_end(&mut start)?;
            Ok(MediaType::detect(&start))
        };
        blobs::blocking(detect).await
    }
}

/// Prepares the content of an upload, without metadata if it is a picture, and its reduced copies.
fn prepare(incoming: &Incoming, received: PathBuf, media_type: MediaType) -> io::Result<Prepared> {
    let size = fs::metadata(&received)?.len();
    if media_type.is_picture() && size <= MAX_STRIPPED {
        let bytes = fs::read(&received)?;
        match pictures::strip(&bytes, media_type) {
            Ok(stripped) => return prepare_picture(incoming, &stripped, media_type),
            Err(refusal) => tracing::debug!(%refusal, "a picture is stored as received"),
        }
    }
    let preview = match media_type {
        MediaType::Text => preview::IN_MESSAGES.of_file(&received)?,
        _ => None,
    };
    let finished = Finished {
        hash: hash_of(File::open(&received)?)?,
        preview,
        ..Finished::file(size, media_type)
    };
    Ok(Prepared {
        finished,
        original: received,
        copies: Vec::new(),
    })
}

/// Prepares a picture without metadata: with reduced copies, or as a file like any other if it cannot be shown.
fn prepare_picture(
    incoming: &Incoming,
    stripped: &Stripped,
    media_type: MediaType,
) -> io::Result<Prepared> {
    let size = stripped.pieces.len() as u64;
    let analysed = match size <= MAX_PICTURE {
        true => pictures::analyse(stripped, media_type),
        false => Err(pictures::Refusal::TooMuchMemory),
    };
    let mut copies = Vec::new();
    let mut finished = Finished {
        hash: hash_of(stripped.pieces.reader())?,
        ..Finished::file(size, media_type)
    };
    match analysed {
        Ok(picture) => {
            let reduced = [(SMALL, picture.small), (LARGE, picture.large)];
            copies.extend(
                reduced
                    .into_iter()
                    .filter_map(|(copy, bytes)| Some((copy, bytes?))),
            );
            finished.media_type = media_type.name().to_owned();
            finished.copies_size = copies.iter().map(|(_, bytes)| bytes.len() as i64).sum();
            finished.picture = Some(Picture {
                width: picture.width,
                height: picture.height,
                placeholder: picture.placeholder,
                is_animated: picture.is_animated,
                copies: copies.iter().map(|(copy, _)| copy).sum(),
            });
        }
        Err(refusal) => tracing::debug!(%refusal, "a picture is stored as a file"),
    }
    let original = incoming.temporary();
    io::copy(
        &mut stripped.pieces.reader(),
        &mut permissions::open_file(&original)?,
    )?;
    Ok(Prepared {
        finished,
        original,
        copies,
    })
}

impl Finished {
    /// A file that is not shown as a picture, without its hash.
    fn file(size: u64, media_type: MediaType) -> Finished {
        Finished {
            hash: String::new(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            copies_size: 0,
            media_type: match media_type.is_picture() {
                true => MediaType::Binary.name().to_owned(),
                false => media_type.name().to_owned(),
            },
            picture: None,
            preview: None,
        }
    }
}

fn hash_of(mut file: impl Read) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut file, &mut sum)?;
    Ok(hex(&sum.finalize()))
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
