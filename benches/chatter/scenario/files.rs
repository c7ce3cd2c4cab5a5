//! Files: an upload beside a copy of the same bytes that is synced, the CPU time of downloads, and a room page with
//! pictures beside one without.

use std::{
    fs::{self, File},
    io::Cursor,
    path::Path,
    time::Instant,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::pages;
use crate::{
    Options,
    fixture::Fixture,
    http::HttpClient,
    report::{Figures, Report},
    sequence_tag,
    server::Server,
};

/// Room page with 50 messages without pictures.
pub const WITHOUT_PICTURES: &str = "page without pictures";
/// Room page with 50 messages, each of them with a picture.
pub const WITH_PICTURES: &str = "page with 50 pictures";
/// Bytes of the large file.
const LARGE: usize = 64 << 20;
/// Bytes of the large file in small runs.
const LARGE_WHEN_SMALL: usize = 1 << 20;
/// Downloads of the large file that are measured together.
const DOWNLOADS: usize = 8;
/// Messages of a room page.
const MESSAGES: usize = 50;
const MIB: f64 = (1 << 20) as f64;

pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let server = fixture.start(options);
    let mut client = Client {
        http: HttpClient::connect(server.address),
        token: &fixture.tokens[0],
    };
    let bare = client.create_room("bare", None);
    let illustrated = client.create_room("illustrated", Some(&picture()));
    for round in 0..options.rounds {
        transfer(options, &server, &mut client, report, round);
        for (name, room) in [(WITHOUT_PICTURES, bare), (WITH_PICTURES, illustrated)] {
            let headers = format!(
                "Cookie: chatterbox={}\r\nAccept: text/html\r\n",
                client.token
            );
            let page = pages::get(name, &format!("/rooms/{room}"), headers);
            report.add(
                "files",
                name,
                round,
                pages::measure(options, &server, &page),
            );
        }
    }
}

/// Uploads a file, copies the same bytes, and downloads the file several times.
fn transfer(
    options: &Options,
    server: &Server,
    client: &mut Client,
    report: &mut Report,
    round: usize,
) {
    let length = if options.small {
        LARGE_WHEN_SMALL
    } else {
        LARGE
    };
    let mut bytes: Vec<u8> = (0..length).map(|at| ((at * 31) >> 3) as u8).collect();
    bytes[0] = round as u8; // another content in each round
    let folder = TempDir::new_in(options.scratch()).expect("a folder on the disk of the data");
    let original = folder.path().join("original");
    fs::write(&original, &bytes).expect("there is room");
    report.add(
        "files",
        "copy and sync",
        round,
        timed(&bytes, || copy(&original, folder.path())),
    );
    let (cpu, mut path) = (server.thread_cpu(), String::new());
    let mut upload = timed(&bytes, || path = client.upload("large.bin", &bytes));
    upload.insert(
        "cpu_us_mib",
        (server.thread_cpu() - cpu).as_secs_f64() * 1e6 * MIB / length as f64,
    );
    report.add("files", "upload", round, upload);
    let token = path.rsplit('/').next().unwrap_or_default();
    let (address, headers) = (format!("/files/{token}/large.bin"), client.authorization());
    let (cpu, started) = (server.thread_cpu(), Instant::now());
    for _ in 0..DOWNLOADS {
        let response = client.http.get(&address, &headers);
        report.check(response.body == bytes, || {
            "a download returns the bytes of its upload".into()
        });
    }
    let (cpu, time) = (server.thread_cpu() - cpu, started.elapsed());
    let mib = (length * DOWNLOADS) as f64 / MIB;
    let download = Figures::from([
        ("mib_per_s", mib / time.as_secs_f64()),
        ("cpu_us_mib", cpu.as_secs_f64() * 1e6 / mib),
    ]);
    report.add("files", "download", round, download);
}

/// Runs a transfer of some bytes and returns its speed.
fn timed(bytes: &[u8], transfer: impl FnOnce()) -> Figures {
    let started = Instant::now();
    transfer();
    let mib = bytes.len() as f64 / MIB;
    Figures::from([("mib_per_s", mib / started.elapsed().as_secs_f64())])
}

/// Copies a file so that it survives a power failure.
fn copy(original: &Path, folder: &Path) {
    let copy = folder.join("copy");
    fs::copy(original, &copy).expect("there is room");
    for synced in [&copy, folder] {
        let opened = File::open(synced).and_then(|file| file.sync_all());
        opened.expect("the disk takes it");
    }
}

/// A photograph-like picture.
fn picture() -> Vec<u8> {
    let pixel = |x: u32, y: u32| Rgb([(x / 5) as u8, (y / 4) as u8, ((x * y) >> 12) as u8]);
    let mut bytes = Cursor::new(Vec::new());
    let written = RgbImage::from_fn(1200, 800, pixel).write_to(&mut bytes, ImageFormat::Jpeg);
    written.expect("a picture can be encoded");
    bytes.into_inner()
}

/// A logged-in client.
struct Client<'a> {
    http: HttpClient,
    token: &'a str,
}

impl Client<'_> {
    fn authorization(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token)
    }

    /// Uploads a file in one request after the one that begins the upload. Returns its path.
    fn upload(&mut self, name: &str, bytes: &[u8]) -> String {
        let common = format!("{}Tus-Resumable: 1.0.0\r\n", self.authorization());
        let (length, name) = (bytes.len(), BASE64_STANDARD.encode(name));
        let begin =
            format!("{common}Upload-Length: {length}\r\nUpload-Metadata: filename {name}\r\n");
        let begun = self.http.send("POST", "/uploads", &begin, b"");
        assert_eq!(begun.status, 201);
        let path = begun
            .header("location")
            .expect("the upload has a path")
            .to_owned();
        let part = format!(
            "{common}Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        );
        assert_eq!(self.http.send("PATCH", &path, &part, bytes).status, 204);
        path
    }

    /// Creates a room with a page of messages, each with a picture if there is one.
    fn create_room(&mut self, name: &str, picture: Option<&[u8]>) -> i64 {
        let room = json!({"name": name, "kind": "open"});
        let created = self.http.post("/rooms", self.token, &room);
        let created: Value = serde_json::from_slice(&created.body).expect("JSON");
        let room = created["id"].as_i64().expect("an id");
        for number in 0..MESSAGES {
            let files: Vec<String> = picture
                .iter()
                .map(|bytes| self.upload("picture.jpg", bytes))
                .collect();
            let files: Vec<&str> = files
                .iter()
                .filter_map(|path| path.rsplit('/').next())
                .collect();
            let message = json!({"body": sequence_tag::body(number as u64), "files": files});
            let posted = self
                .http
                .post(&format!("/rooms/{room}/messages"), self.token, &message);
            assert_eq!(posted.status, 201);
        }
        room
    }
}
