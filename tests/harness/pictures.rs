//! Pictures of users and rooms.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::account::Account;
use super::http::{Reply, send};
use super::uploads::multipart;

impl Account {
    /// Sends a picture to a form; accepts any status code.
    pub async fn send_picture(&self, path: &str, bytes: &[u8]) -> Reply {
        let (kind, body) = multipart(&[], &[("picture.bin", bytes)]);
        let form = self.ask("POST", path).header("content-type", kind);
        send(form.body(body)).await
    }

    /// Sets one's own picture and returns the URL of its largest copy.
    pub async fn set_picture(&self, bytes: &[u8]) -> String {
        let set = self.send_picture("/profile/picture", bytes).await;
        let set = set.expect(200).json();
        set["picture"].as_str().expect("a URL").to_owned()
    }

    /// A copy of a picture, decoded.
    pub async fn picture(&self, address: &str) -> RgbImage {
        let reply = self.get(address).await.expect(200);
        let picture = image::load_from_memory(&reply.bytes).expect("a picture");
        picture.to_rgb8()
    }
}

/// The URL of another copy of a picture.
pub fn copy_url(address: &str, side: u32) -> String {
    let (start, _) = address.rsplit_once('/').expect("a URL with a side");
    format!("{start}/{side}")
}

/// A picture of one color.
pub fn plain(width: u32, height: u32, color: [u8; 3], format: ImageFormat) -> Vec<u8> {
    encode(&RgbImage::from_pixel(width, height, Rgb(color)), format)
}

/// A picture as a file.
pub fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::from(picture.clone()).write_to(&mut bytes, format);
    written.expect("a picture can be encoded");
    bytes.into_inner()
}

/// A JPEG with EXIF data: an orientation and a text.
pub fn with_exif(jpeg: &[u8], orientation: u8, text: &str) -> Vec<u8> {
    let mut tiff = b"MM\0\x2A\0\0\0\x08\0\x02".to_vec();
    tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0");
    tiff.extend([orientation, 0, 0]);
    tiff.extend(b"\x01\x0E\0\x02\0\0\0");
    tiff.extend([text.len() as u8, 0, 0, 0, 38, 0, 0, 0, 0]);
    tiff.extend(text.bytes());
    let length = (tiff.len() + 8) as u16;
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xFF, 0xE1]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// Contents of the folder with the files of users.
pub fn stored_files(data: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("files")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                // One that is removed meanwhile is not there.
                false => found.extend(std::fs::read(path)),
            }
        }
    }
    found
}
