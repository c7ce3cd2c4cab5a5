//! Custom emoji: the form that adds one, and pictures for it.

use image::{
    Frame, Rgba, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};
use serde_json::Value;

use super::account::Account;
use super::http::{Reply, send};

/// Body of the form with a name and a picture, and its `Content-Type`.
pub fn emoji_form(name: &str, picture: &[u8]) -> (String, Vec<u8>) {
    let boundary = "----chatterbox-emoji";
    let mut body = Vec::new();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(picture);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

impl Account {
    /// Adds an emoji; accepts any status code.
    pub async fn try_add_emoji(&self, name: &str, picture: &[u8]) -> Reply {
        let (kind, body) = emoji_form(name, picture);
        let form = self.ask("POST", "/emoji/custom");
        send(form.header("content-type", kind).body(body)).await
    }

    /// Adds an emoji and returns it.
    pub async fn add_emoji(&self, name: &str, picture: &[u8]) -> Value {
        self.try_add_emoji(name, picture).await.expect(201).json()
    }
}

/// A GIF with two frames: red, then blue.
pub fn animated_gif(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).expect("a loop");
    for color in [Rgba([200, 30, 60, 255]), Rgba([30, 60, 200, 255])] {
        let frame = Frame::new(RgbaImage::from_pixel(width, height, color));
        encoder.encode_frame(frame).expect("a frame");
    }
    drop(encoder);
    bytes
}
