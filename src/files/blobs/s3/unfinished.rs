//! Cleanup of abandoned multipart uploads. After a crash, their parts would use space in the bucket indefinitely.

use rusty_s3::S3Action;

use super::{BlobKey, Payload, Requests, StorageFailure, upload};

/// Maximum size of the list in bytes.
const MAX_LIST: usize = 4 << 20;

/// Aborts up to 1,000 abandoned multipart uploads. Does nothing while this process is uploading parts.
pub async fn remove(requests: &Requests) -> Result<(), StorageFailure> {
    let Ok(_lock) = requests.parts.try_write() else {
        return Ok(());
    };
    let prefix = requests.name("");
    // `rusty_s3` doesn't support `ListMultipartUploads`, so the query of a `ListObjectsV2` request is changed before
    // signing.
    let mut action = requests.bucket.list_objects_v2(requests.keys());
    let query = action.query_mut();
    query.remove("list-type");
    query.remove("encoding-type");
    query.insert("uploads", "");
    query.insert("prefix", &*prefix);
    let list = requests.fetch(action, &Payload::Empty, MAX_LIST).await?;
    for (name, id) in uploads(&list) {
        let key = name.strip_prefix(&*prefix).and_then(BlobKey::parse);
        if key.is_some() {
            upload::abort(requests, (name, id)).await;
        }
    }
    Ok(())
}

/// Extracts names and ids of the uploads in an XML list.
fn uploads(list: &str) -> Vec<(&str, &str)> {
    let uploads = list.split("<Upload>").skip(1);
    let pairs = uploads.map(|upload| Some((text(upload, "<Key>")?, text(upload, "<UploadId>")?)));
    pairs.flatten().collect()
}

/// Returns the text after a tag.
fn text<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(tag)?;
    rest.split('<').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_read() {
        let list = "<ListMultipartUploadsResult><Bucket>files</Bucket><KeyMarker></KeyMarker>\
            <Upload><Key>a/b</Key><UploadId>one</UploadId><Owner><ID>1</ID></Owner></Upload>\
            <Upload>\n <UploadId>two</UploadId>\n <Key>c</Key></Upload></ListMultipartUploadsResult>";
        assert_eq!(uploads(list), [("a/b", "one"), ("c", "two")]);
        assert_eq!(uploads("<ListMultipartUploadsResult/>"), []);
    }
}
