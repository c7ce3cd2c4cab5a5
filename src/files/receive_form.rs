//! File uploads in HTML forms, for browsers without scripts. A file arrives in one request and its length isn't
//! announced.

use tokio::io::AsyncRead;

use super::{
    Files, Media, NewUpload, blobs, name::sanitized, received_file::UploadPart,
    receiving::Receiving, upload::new_token,
};
use crate::{
    accounts::User,
    error::{Error, Result},
};

impl Files {
    /// Receives a whole file of unknown length and returns its token. Stops as soon as a limit is exceeded.
    ///
    /// # Errors
    /// `Invalid` if the file is empty, or an error of [`Files::check_limits`].
    pub async fn receive(
        &self,
        user: &User,
        name: &str,
        body: impl AsyncRead + Send + Unpin,
    ) -> Result<String> {
        self.check_limits(user, 1).await?;
        let (limit, too_large) = self.max_upload(user).await?;
        let token = new_token();
        let receiving = Receiving::begin(self, &token).await?;
        let path = self.incoming.path(&token);
        let (incoming, created) = (self.incoming.clone(), token.clone());
        blobs::blocking(move || incoming.create(&created)).await?;
        let part = UploadPart {
            from: 0,
            to: limit,
            checksum: None,
        };
        let length = self.receive_into(&path, part, body, &receiving.stop).await;
        let length = match length {
            Ok(0) => Err(Error::Invalid(format!("“{}” is empty.", sanitized(name)))),
            Err(Error::TooLarge) => Err(too_large),
            other => other,
        };
        let finished = match length {
            Ok(length) => {
                let new = NewUpload {
                    name: name.to_owned(),
                    length,
                    media: Media::default(),
                    metadata: String::new(),
                };
                let upload = self.insert(user.id, token.clone(), &new).await;
                match upload {
                    Ok(upload) => self.finish_in_task(upload, receiving).await,
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        if finished.is_err() {
            let _ = tokio::fs::remove_file(&path).await;
        }
        finished.map(|()| token)
    }
}
