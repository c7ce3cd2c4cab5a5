//! File uploads in HTML forms, for browsers without scripts. A file arrives in one request and its length isn't
//! announced.

use std::path::PathBuf;

use tokio::io::AsyncRead;

use super::{
    Files, Media, NewUpload,
    blobs::{self, RemovedOnDrop},
    name::sanitized,
    received_file::UploadPart,
    receiving::Receiving,
    upload::new_token,
};
use crate::{
    accounts::User,
    db::ids::UserId,
    error::{Error, Result},
};

/// File of a form that has arrived. It is removed when this value is dropped, as when a client disconnects.
pub(super) struct FormFile {
    token: String,
    /// Length in bytes, at least 1.
    length: u64,
    file: RemovedOnDrop,
    /// Keeps the sweep from removing the file.
    receiving: Receiving,
}

impl FormFile {
    /// Returns the path of the file.
    pub(super) fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }
}

impl Files {
    /// Receives a whole file of unknown length and returns its token. Stops as soon as a limit is exceeded. On failure,
    /// nothing is left of the file.
    ///
    /// # Errors
    /// `Invalid` if the file is empty, or an error of [`Files::check_limits`].
    pub async fn receive(
        &self,
        user: &User,
        name: &str,
        body: impl AsyncRead + Send + Unpin,
    ) -> Result<String> {
        let limit = self.max_upload(user).await?;
        let received = self.receive_file(user, name, body, limit).await?;
        let new = NewUpload {
            name: name.to_owned(),
            length: received.length,
            media: Media::default(),
            metadata: String::new(),
        };
        // Runs in its own task, so that a client that disconnects leaves no row without its file.
        let (files, user) = (self.clone(), user.id);
        let finished =
            tokio::spawn(async move { files.finish_received(user, &new, received).await });
        finished
            .await
            .map_err(|error| Error::Internal(format!("finishing an upload: {error}")))?
    }

    /// Receives a file of at most `limit` bytes, without creating an upload.
    ///
    /// # Errors
    /// The error beside `limit` if the file is larger. Otherwise as for [`Files::receive`].
    pub(super) async fn receive_file(
        &self,
        user: &User,
        name: &str,
        body: impl AsyncRead + Send + Unpin,
        (limit, too_large): (u64, Error),
    ) -> Result<FormFile> {
        self.check_limits(user, 1).await?;
        let token = new_token();
        let receiving = Receiving::begin(self, &token).await?;
        let file = RemovedOnDrop::new(self.incoming.path(&token));
        let (incoming, created) = (self.incoming.clone(), token.clone());
        blobs::blocking(move || incoming.create(&created)).await?;
        let part = UploadPart {
            from: 0,
            to: limit,
            checksum: None,
        };
        let received = self.receive_into(file.path(), part, body, &receiving.stop);
        match received.await {
            Ok(0) => Err(Error::Invalid(format!("“{}” is empty.", sanitized(name)))),
            Err(Error::TooLarge) => Err(too_large),
            Err(error) => Err(error),
            Ok(length) => Ok(FormFile {
                token,
                length,
                file,
                receiving,
            }),
        }
    }

    /// Creates the upload of a received file and finishes it.
    async fn finish_received(
        &self,
        user: UserId,
        new: &NewUpload,
        received: FormFile,
    ) -> Result<String> {
        let token = received.token.clone();
        let upload = self.insert(user, token.clone(), new).await?;
        received.file.keep(); // it belongs to the row now
        let finished = self.finish(&upload).await;
        drop(received.receiving);
        if finished.is_err() {
            // The client never learns the URL of this upload.
            self.cancel(user, &token).await?;
        }
        finished.map(|()| token)
    }
}
