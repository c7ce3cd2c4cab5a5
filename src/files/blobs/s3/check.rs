//! Startup check that the bucket is usable and belongs to this data folder.
//!
//! The same random id is stored in the bucket and in the data folder. It prevents a server from removing another
//! server's blobs because it has no rows for them, and from starting with the wrong bucket.

use hyper::StatusCode;

use super::{
    super::{Folder, Incoming, blocking, remove_if_there},
    Payload, Requests, StorageFailure, upload,
};
use crate::{
    config::{BucketSettings, Config},
    error::Error,
};

/// Name of the object in the bucket and of the file in the data folder that contain the id.
const NAME: &str = "storage-id";
/// Maximum size of the id object in bytes.
const MAX_ID: usize = 1024;

/// Bucket in which a data folder's blobs are stored.
#[derive(Debug, PartialEq, Eq)]
struct StorageLocation {
    id: String,
    /// URL in the form `s3://BUCKET/FOLDER`.
    address: String,
}

/// Checks that the configured blob store holds the blobs of the data folder. Call it before the store is used.
///
/// # Errors
/// A message for the operator.
pub async fn check(config: &Config) -> Result<(), String> {
    let path = config.data.join("files");
    let folder = Folder::new(path.clone(), Incoming::new(path));
    let location = read_location(&folder).await.map_err(unwritable)?;
    match (&config.blobs, location) {
        (None, None) => Ok(()),
        (None, Some(StorageLocation { address, .. })) => Err(format!(
            "The files of this chat are in {address}. Set --blobs to that address again."
        )),
        (Some(settings), location) => check_bucket(settings, &folder, location).await,
    }
}

async fn check_bucket(
    settings: &BucketSettings,
    folder: &Folder,
    location: Option<StorageLocation>,
) -> Result<(), String> {
    let requests = Requests::new(settings);
    let address = settings.address.clone();
    let found = read_id(&requests).await;
    let found = found.map_err(|failure| explain(&failure, settings))?;
    match (location, found) {
        (Some(location), Some(id)) if location.id == id => match location.address == address {
            true => Ok(()),
            false => write_location(folder, StorageLocation { id, address })
                .await
                .map_err(unwritable),
        },
        (Some(location), None) if location.address == address => {
            let written = write_id(&requests, &location.id).await;
            written.map_err(|failure| explain(&failure, settings))
        }
        (Some(location), None) => Err(format!(
            "The files of this chat are in {}, not in {address}. Copy all objects first, or set --blobs to the old address.",
            location.address
        )),
        (_, Some(_)) => Err(format!(
            "The files in {address} belong to another chat. Choose another folder in --blobs, such as s3://BUCKET/FOLDER."
        )),
        (None, None) => begin(&requests, settings, folder).await,
    }
}

/// Claims a bucket, or a folder in it, that isn't used yet.
async fn begin(
    requests: &Requests,
    settings: &BucketSettings,
    folder: &Folder,
) -> Result<(), String> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let address = settings.address.clone();
    let location = StorageLocation {
        id: id.clone(),
        address,
    };
    // Write the local file first: an id in the bucket without the local file would look like another server's.
    write_location(folder, location).await.map_err(unwritable)?;
    let Err(failure) = write_id(requests, &id).await else {
        return Ok(());
    };
    let path = folder.beside(NAME);
    let _ = blocking(move || remove_if_there(&path)).await;
    Err(explain(&failure, settings))
}

async fn read_location(folder: &Folder) -> Result<Option<StorageLocation>, Error> {
    let path = folder.beside(NAME);
    let text = blocking(move || match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some),
    });
    let text = text.await?.unwrap_or_default();
    let location = text.trim().split_once(' ');
    Ok(location.map(|(id, address)| StorageLocation {
        id: id.to_owned(),
        address: address.to_owned(),
    }))
}

async fn write_location(folder: &Folder, location: StorageLocation) -> Result<(), Error> {
    let folder = folder.clone();
    let text = format!("{} {}\n", location.id, location.address);
    blocking(move || folder.write_beside(NAME, text.as_bytes())).await
}

/// Reads the id from the bucket; `None` if there is none yet.
async fn read_id(requests: &Requests) -> Result<Option<String>, StorageFailure> {
    let name = requests.name(NAME);
    let action = requests.bucket.get_object(requests.keys(), &name);
    match requests.fetch(action, &Payload::Empty, MAX_ID).await {
        Ok(id) => Ok(Some(id.trim().to_owned())),
        Err(StorageFailure::Missing) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn write_id(requests: &Requests, id: &str) -> Result<(), StorageFailure> {
    let payload = Payload::Bytes(id.to_owned().into());
    upload::put(requests, &requests.name(NAME), &payload).await
}

fn unwritable(_: Error) -> String {
    format!("The file {NAME} in the data folder can’t be read or written. See the log for details.")
}

/// Converts a failure to a message for the operator.
fn explain(failure: &StorageFailure, settings: &BucketSettings) -> String {
    let (bucket, endpoint) = (settings.bucket.name(), &settings.endpoint);
    match failure {
        StorageFailure::Unanswered(_) | StorageFailure::TimedOut => format!(
            "The file storage at {endpoint} can’t be reached: {failure}. Check the endpoint in --blobs."
        ),
        StorageFailure::Status(_, code) if code == "NoSuchBucket" => {
            format!("There is no bucket {bucket} at {endpoint}. Create it, or check --blobs.")
        }
        StorageFailure::Status(_, code)
            if matches!(
                &**code,
                "PermanentRedirect" | "AuthorizationHeaderMalformed"
            ) =>
        {
            format!("The bucket {bucket} is in another region. Set its region in --blobs.")
        }
        StorageFailure::Status(StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, code) => format!(
            "The file storage at {endpoint} rejected the keys ({code}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY \
             and their permissions for the bucket {bucket}."
        ),
        _ => format!("The file storage at {endpoint} can’t be used: {failure}. Check --blobs."),
    }
}
