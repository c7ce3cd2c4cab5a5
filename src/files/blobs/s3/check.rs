//! The check at the start: the bucket can be used, and contains the contents of this data folder and no others.
//!
//! An object in the bucket and a file in the data folder have the same random id. So a server never removes the contents
//! of another one as contents without rows, and never starts without its own.

use hyper::StatusCode;

use super::{
    super::{Folder, Incoming, blocking, remove_if_there},
    Payload, Requests, StorageFailure, upload,
};
use crate::{
    config::{BucketSettings, Config},
    error::Error,
};

/// Name of the object and of the file.
const NAME: &str = "storage-id";
/// Bytes of the longest id that is read.
const MAX_ID: usize = 1024;

/// Where the contents of a data folder are.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    id: String,
    /// `s3://BUCKET/FOLDER`.
    address: String,
}

/// Checks that the contents of the data folder can be reached where the settings say. Call it before they are used. An
/// error is a message for the operator.
pub async fn check(config: &Config) -> Result<(), String> {
    let path = config.data.join("files");
    let folder = Folder::new(path.clone(), Incoming::new(path));
    let place = read_place(&folder).await.map_err(unwritable)?;
    match (&config.blobs, place) {
        (None, None) => Ok(()),
        (None, Some(Place { address, .. })) => Err(format!(
            "The files of this chat are in {address}. Give --blobs as before."
        )),
        (Some(settings), place) => check_bucket(settings, &folder, place).await,
    }
}

async fn check_bucket(
    settings: &BucketSettings,
    folder: &Folder,
    place: Option<Place>,
) -> Result<(), String> {
    let requests = Requests::new(settings);
    let address = settings.address.clone();
    let found = read_id(&requests).await;
    let found = found.map_err(|failure| explain(&failure, settings))?;
    match (place, found) {
        (Some(place), Some(id)) if place.id == id => match place.address == address {
            true => Ok(()),
            false => write_place(folder, Place { id, address })
                .await
                .map_err(unwritable),
        },
        (Some(place), None) if place.address == address => {
            let written = write_id(&requests, &place.id).await;
            written.map_err(|failure| explain(&failure, settings))
        }
        (Some(place), None) => Err(format!(
            "The files of this chat are in {}, not in {address}. Copy all objects first, or give --blobs as before.",
            place.address
        )),
        (_, Some(_)) => Err(format!(
            "The files in {address} belong to another chat. Give --blobs another folder, such as s3://BUCKET/FOLDER."
        )),
        (None, None) => begin(&requests, settings, folder).await,
    }
}

/// Takes a bucket, or a folder of it, that has no contents yet.
async fn begin(
    requests: &Requests,
    settings: &BucketSettings,
    folder: &Folder,
) -> Result<(), String> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let address = settings.address.clone();
    let place = Place {
        id: id.clone(),
        address,
    };
    // The file first: an object without the file would be that of another chat.
    write_place(folder, place).await.map_err(unwritable)?;
    let Err(failure) = write_id(requests, &id).await else {
        return Ok(());
    };
    let path = folder.beside(NAME);
    let _ = blocking(move || remove_if_there(&path)).await;
    Err(explain(&failure, settings))
}

async fn read_place(folder: &Folder) -> Result<Option<Place>, Error> {
    let path = folder.beside(NAME);
    let text = blocking(move || match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some),
    });
    let text = text.await?.unwrap_or_default();
    let place = text.trim().split_once(' ');
    Ok(place.map(|(id, address)| Place {
        id: id.to_owned(),
        address: address.to_owned(),
    }))
}

async fn write_place(folder: &Folder, place: Place) -> Result<(), Error> {
    let folder = folder.clone();
    let text = format!("{} {}\n", place.id, place.address);
    blocking(move || folder.write_beside(NAME, text.as_bytes())).await
}

/// The id in the bucket; `None` if there is none yet.
async fn read_id(requests: &Requests) -> Result<Option<String>, StorageFailure> {
    let name = requests.name(NAME);
    let action = requests.bucket.get_object(requests.keys(), &name);
    match requests.ask(action, &Payload::Empty, MAX_ID).await {
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
    format!("The file {NAME} in the data folder can’t be read or written. The log says why.")
}

/// Message for the operator about a failure.
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
            format!("The bucket {bucket} is in another region. Give its region in --blobs.")
        }
        StorageFailure::Status(StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, code) => format!(
            "The file storage at {endpoint} refuses the keys ({code}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY \
             and what they may do in the bucket {bucket}."
        ),
        _ => format!("The file storage at {endpoint} can’t be used: {failure}. Check --blobs."),
    }
}
