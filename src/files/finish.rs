//! The end of an upload: type by content, pictures checked and reduced, contents on disk before the row says so.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    BlobKey, Files, Finished, LARGE, Picture, SMALL, blobs,
    blobs::Blobs,
    copy_name,
    media_type::{MediaType, SNIFFED},
    pictures,
    store::{self, UploadRow},
    sweep::remove_if_there,
};
use crate::{
    db::Tx,
    error::{Error, Result},
};

/// Largest picture that is reduced (bytes). A larger one is a file like any other.
const MAX_PICTURE: u64 = 64 << 20;

/// Contents of an upload that are ready to be stored.
struct Prepared {
    finished: Finished,
    /// Bytes of a picture without its metadata. `None` for other files, which are stored as received.
    original: Option<Vec<u8>>,
    /// Reduced copies.
    copies: Vec<(i32, Vec<u8>)>,
}

impl Files {
    /// Finishes an upload whose bytes have all arrived. It may be repeated after a failure or a kill.
    pub(super) async fn finish(&self, upload: &UploadRow) -> Result<()> {
        let path = self.blobs.incoming(&upload.token);
        if !tokio::fs::try_exists(&path).await.unwrap_or(true) {
            return Err(Error::NotFound); // it was cancelled meanwhile
        }
        let media_type = self.detect(path.clone()).await?;
        let permit = match media_type.is_picture() {
            true => Some(self.pictures.clone().acquire_owned().await),
            false => None,
        };
        let received = path.clone();
        let prepare = move || {
            let prepared = prepare(&received, media_type);
            drop(permit);
            prepared
        };
        let prepared = blobs::blocking(prepare).await?;
        let storing = self.storing.clone().read_owned().await;
        let (blobs, received, token) = (self.blobs.clone(), path.clone(), upload.token.clone());
        let Prepared {
            finished,
            original,
            copies,
        } = prepared;
        let hash = finished.hash.clone();
        let key = BlobKey::of(&hash);
        blobs::blocking(move || store_contents(&blobs, &received, &key, original, copies)).await?;
        let finish = move |tx: &mut Tx| store::finish(tx.conn, &token, &finished);
        let written = self.app.db.write(finish).await;
        drop(storing);
        match &written {
            Ok(()) => blobs::blocking(move || remove_if_there(&path)).await?,
            // It was cancelled meanwhile.
            Err(Error::NotFound) => self.remove_unused(hash).await?,
            Err(_) => {}
        }
        written
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

/// Stores the content of an upload and its reduced copies. Returns when they are on disk.
fn store_contents(
    blobs: &Blobs,
    received: &Path,
    key: &BlobKey,
    original: Option<Vec<u8>>,
    copies: Vec<(i32, Vec<u8>)>,
) -> io::Result<()> {
    for (copy, bytes) in copies {
        blobs.store_bytes(&bytes, &BlobKey::copy(key.hash(), copy_name(copy)))?;
    }
    match original {
        Some(bytes) => blobs.store_bytes(&bytes, key),
        None => blobs.store_file(received, key),
    }
}

fn prepare(path: &Path, media_type: MediaType) -> io::Result<Prepared> {
    let size = std::fs::metadata(path)?.len();
    if media_type.is_picture() && size <= MAX_PICTURE {
        let bytes = std::fs::read(path)?;
        match pictures::analyse(&bytes, media_type) {
            Ok(picture) => return Ok(prepared_picture(picture, media_type)),
            Err(refusal) => tracing::debug!(%refusal, "a picture is stored as a file"),
        }
    }
    let finished = Finished {
        hash: hash_of(File::open(path)?)?,
        size: i64::try_from(size).unwrap_or(i64::MAX),
        media_type: match media_type.is_picture() {
            true => MediaType::Binary.name().to_owned(),
            false => media_type.name().to_owned(),
        },
        picture: None,
    };
    Ok(Prepared {
        finished,
        original: None,
        copies: Vec::new(),
    })
}

fn prepared_picture(picture: pictures::AnalysedPicture, media_type: MediaType) -> Prepared {
    let copies = [(SMALL, picture.small), (LARGE, picture.large)];
    let copies = copies.map(|(copy, reduced)| Some((copy, reduced?)));
    let copies: Vec<_> = copies.into_iter().flatten().collect();
    let finished = Finished {
        hash: hex(&Sha256::digest(&picture.original)),
        size: picture.original.len() as i64,
        media_type: media_type.name().to_owned(),
        picture: Some(Picture {
            width: picture.width,
            height: picture.height,
            placeholder: picture.placeholder,
            is_animated: picture.is_animated,
            copies: copies.iter().map(|(copy, _)| copy).sum(),
        }),
    };
    Prepared {
        finished,
        original: Some(picture.original),
        copies,
    }
}

fn hash_of(mut file: File) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut file, &mut sum)?;
    Ok(hex(&sum.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
