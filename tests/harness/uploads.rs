//! Uploads of files by the tus protocol, and forms with files as browsers send them.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::account::Account;
use super::browser::Browser;
use super::http::{Reply, page_accept, send};

/// Media type of a part of an upload.
pub const PART: &str = "application/offset+octet-stream";

impl Account {
    /// A request of the tus protocol.
    pub fn tus(&self, method: &str, path: &str) -> RequestBuilder {
        self.ask(method, path).header("tus-resumable", "1.0.0")
    }

    /// Begins an upload; accepts any status code.
    pub async fn try_begin(&self, name: &str, length: u64) -> Reply {
        let name = BASE64_STANDARD.encode(name);
        let begin = self
            .tus("POST", "/uploads")
            .header("upload-length", length)
            .header("upload-metadata", format!("filename {name}"));
        send(begin).await
    }

    /// Begins an upload and returns its path.
    pub async fn begin(&self, name: &str, length: u64) -> String {
        let begun = self.try_begin(name, length).await.expect(201);
        begun.header("location").to_string()
    }

    /// Begins an upload with details beside its name, and returns its path.
    pub async fn begin_with(&self, name: &str, length: usize, details: &[(&str, &str)]) -> String {
        let named = [("filename", name)];
        let pairs = named.iter().chain(details);
        let pairs = pairs.map(|(key, value)| format!("{key} {}", BASE64_STANDARD.encode(value)));
        let begin = self
            .tus("POST", "/uploads")
            .header("upload-length", length)
            .header("upload-metadata", pairs.collect::<Vec<_>>().join(","));
        let begun = send(begin).await.expect(201);
        begun.header("location").to_string()
    }

    /// Sends a part of an upload; accepts any status code.
    pub async fn send_part(&self, path: &str, offset: usize, bytes: &[u8]) -> Reply {
        let part = self
            .tus("PATCH", path)
            .header("upload-offset", offset)
            .header("content-type", PART)
            .body(bytes.to_vec());
        send(part).await
    }

    /// Uploads a file and returns its id.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.begin(name, bytes.len() as u64).await;
        self.send_part(&path, 0, bytes).await.expect(204);
        id_of(&path)
    }

    /// Posts uploads in a room and returns the message.
    pub async fn post_files(&self, room: i64, body: &str, files: &[&str]) -> Value {
        let message = json!({"body": body, "files": files});
        let path = format!("/rooms/{room}/messages");
        self.send("POST", &path, &message).await.expect(201).json()
    }

    /// Uploads a file, posts it in a room and returns it as the message has it.
    pub async fn share(&self, room: i64, name: &str, bytes: &[u8]) -> Value {
        let id = self.upload(name, bytes).await;
        self.post_files(room, "", &[&id]).await["files"][0].take()
    }
}

impl Browser {
    /// Submits a form that [`multipart`] has made.
    pub async fn submit_multipart(&self, path: &str, (kind, body): (String, Vec<u8>)) -> Reply {
        let form = self
            .ask("POST", path)
            .header("accept", page_accept())
            .header("origin", &self.origin)
            .header("content-type", kind)
            .body(body);
        self.send(form).await
    }
}

/// Id of an upload, the last part of its path.
pub fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_string()
}

/// Body of a form with texts and files, and its `Content-Type`.
pub fn multipart(texts: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let boundary = "----chatterbox-boundary";
    let mut body = Vec::new();
    for (name, text) in texts {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        body.extend(part.bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Bytes that look random and are the same for the same seed.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// WebM with one track, as browsers record it: 1 is video, 2 is sound.
pub fn webm(track_type: u8) -> Vec<u8> {
    let header =
        b"\x1A\x45\xDF\xA3\x87\x42\x82\x84webm\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    let tracks = [
        0x16, 0x54, 0xAE, 0x6B, 0x85, 0xAE, 0x83, 0x83, 0x81, track_type,
    ];
    [
        &header[..],
        &tracks,
        b"\x1F\x43\xB6\x75\xFF",
        &noise(500, 1),
    ]
    .concat()
}

/// A red picture.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([200, 30, 60]));
    let written = picture.write_to(&mut bytes, image::ImageFormat::Png);
    written.expect("a picture can be encoded");
    bytes.into_inner()
}
