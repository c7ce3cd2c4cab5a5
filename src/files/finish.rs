//! Finishing of uploads: detects the media type, checks and reduces pictures, and makes the data durable before the row
//! is committed.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::PathBuf,
};

use chatterbox_formats::{
    MediaType, SNIFFED,
    pictures::{self, Stripped},
};
use sha2::{Digest, Sha256};

use super::{
    BlobKey, Files, Finished, LARGE, Picture, SMALL,
    blobs::{self, Incoming, RemovedOnDrop, remove_if_there},
    copy_name, name, preview,
    store::{self, UploadRow},
};
use crate::{
    db::{Tx, permissions},
    error::{Error, Result},
};

/// Maximum size in bytes of a picture whose metadata is stripped, which needs the whole file in memory. A larger
/// picture is stored unmodified.
const MAX_STRIPPED: u64 = 44 << 20;
/// Maximum size in bytes of a picture that gets reduced copies.
const MAX_PICTURE: u64 = 28 << 20;

/// Upload that is ready to be moved to storage.
struct Prepared {
    finished: Finished,
    /// File to store: either the received one, or a temporary file with a picture's metadata stripped.
    original: Original,
    /// Reduced copies: flag and encoded picture.
    copies: Vec<(i32, Vec<u8>)>,
}

impl Prepared {
    /// Returns whether the file is a picture that is stored as received, because it is too large, damaged, or of a type
    /// that is not processed. If the type can't be detected from the content, the extension of the name decides.
    fn keeps_metadata(&self, media_type: MediaType, name: &str) -> bool {
        let is_picture = media_type.is_picture() || media_type == MediaType::Avif;
        matches!(self.original, Original::Received(_)) && (is_picture || name::is_picture(name))
    }
}

/// File with the contents to store.
enum Original {
    Received(PathBuf),
    Temporary(RemovedOnDrop),
}

impl Original {
    fn path(&self) -> PathBuf {
        match self {
            Original::Received(path) => path.clone(),
            Original::Temporary(file) => file.path().to_owned(),
        }
    }
}

impl Files {
    /// Finishes an upload once all of its bytes have arrived. Can be retried after a failure or a crash.
    pub(super) async fn finish(&self, upload: &UploadRow) -> Result<()> {
        let path = self.incoming.path(&upload.token);
        if !tokio::fs::try_exists(&path).await.unwrap_or(true) {
            return Err(Error::NotFound); // it was canceled in the meantime
        }
        let media_type = self.detect(path.clone()).await?;
        // Held for as long as the picture is in memory.
        let permit = match media_type.is_picture() {
            true => Some(self.pictures.acquire(upload.user_id).await),
            false => None,
        };
        if permit.is_some() {
            // A picture without its metadata is written a second time.
            self.check_disk(upload.length.unsigned_abs()).await?;
        }
        let (incoming, received) = (self.incoming.clone(), path.clone());
        let prepare = move || {
            let prepared = prepare(&incoming, received, media_type);
            drop(permit);
            prepared
        };
        let mut prepared = blobs::blocking(prepare).await?;
        prepared.finished.keeps_metadata = prepared.keeps_metadata(media_type, &upload.name);
        self.write(upload, prepared).await?;
        blobs::blocking(move || remove_if_there(&path)).await
    }

    /// Stores the blobs of an upload, then commits its row.
    async fn write(&self, upload: &UploadRow, prepared: Prepared) -> Result<()> {
        let (hash, token) = (prepared.finished.hash.clone(), upload.token.clone());
        let lock = self.blob_locks.shared(&hash).await;
        let finished = self.store_blobs(prepared).await?;
        let finish = move |tx: &mut Tx| store::finish(tx.conn, &token, &finished);
        let written = self.app.db.write(finish).await;
        drop(lock);
        // The upload was canceled in the meantime.
        if matches!(written, Err(Error::NotFound)) {
            self.remove_unused(&hash).await?;
        }
        written
    }

    /// Stores the blobs of an upload. They are durable when this returns.
    async fn store_blobs(&self, prepared: Prepared) -> Result<Finished> {
        let finished = prepared.finished;
        for (copy, bytes) in prepared.copies {
            let key = BlobKey::copy(&finished.hash, copy_name(copy));
            self.blobs.store_bytes(bytes.into(), key).await?;
        }
        let key = BlobKey::of(&finished.hash);
        let original = prepared.original;
        self.blobs.store_file(original.path(), key).await?;
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

/// Prepares the data of an upload for storage: strips metadata from pictures and creates reduced copies.
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
        original: Original::Received(received),
        copies: Vec::new(),
    })
}

/// Prepares a picture whose metadata has been stripped. If it can't be displayed, it becomes an ordinary file without
/// copies.
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
    let original = RemovedOnDrop::new(incoming.temporary());
    io::copy(
        &mut stripped.pieces.reader(),
        &mut permissions::open_file(original.path())?,
    )?;
    Ok(Prepared {
        finished,
        original: Original::Temporary(original),
        copies,
    })
}

impl Finished {
    /// Creates the columns of a file that isn't shown as a picture. The hash is left empty.
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
            keeps_metadata: false,
        }
    }
}

fn hash_of(mut file: impl Read) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut file, &mut sum)?;
    Ok(hex(&sum.finalize()))
}

/// Encodes bytes as lowercase hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
