//! Kills at random moments during uploads and posts: messages keep their files, uploads their bytes, and nothing is left.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::removal::files;
use crate::harness::account::Account;
use crate::harness::database;
use crate::harness::http::{Reply, try_send};
use crate::harness::random::Random;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::uploads::{PART, id_of, multipart, noise, png};
use crate::harness::wait_for;

const KILLS: usize = 30;
const SENDERS: usize = 4;
/// The most acknowledgements before a kill.
const ACKNOWLEDGED: usize = 24;
/// The most time after them, in microseconds.
const DELAY: usize = 20_000;

/// Answers that clients have got.
#[derive(Default)]
struct Acknowledged {
    /// Bytes that have arrived, by the path of the upload.
    offsets: HashMap<String, usize>,
    /// Files of messages that were posted, by message.
    posted: HashMap<i64, usize>,
    /// Paths of uploads that belong to a message, or may.
    attached: BTreeSet<String>,
    /// Messages that were deleted, or may be.
    deleted: BTreeSet<i64>,
    count: usize,
}

type Shared = Arc<Mutex<Acknowledged>>;

/// A row of a file.
#[derive(QueryableByName)]
struct FileRow {
    #[diesel(sql_type = Text)]
    token: String,
    #[diesel(sql_type = Nullable<Text>)]
    hash: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_leave_each_message_its_files_and_nothing_else() {
    let seed = u64::from(std::process::id())
        ^ u64::from(
            std::time::UNIX_EPOCH
                .elapsed()
                .map_or(0, |time| time.subsec_nanos()),
        );
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let mut server = Server::executable(&UNLIMITED);
    let ada = Account::register(&server, "ada").await;
    let shared = Shared::default();
    for round in 0..KILLS {
        let wanted = locked(&shared).count + random.below(ACKNOWLEDGED);
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..SENDERS {
            let seed = random.below(usize::MAX) as u64;
            senders.spawn(send(ada.clone(), seed, sender, Arc::clone(&shared)));
        }
        wait_for("acknowledgements", async || {
            (locked(&shared).count >= wanted).then_some(())
        })
        .await;
        // A random moment is the point of this test; nothing is waited for.
        tokio::time::sleep(Duration::from_micros(random.below(DELAY) as u64)).await;
        server.kill9();
        senders.join_all().await;
        server.start_again();
        check(&server, &ada, &shared, round).await;
    }
}

fn locked(shared: &Shared) -> std::sync::MutexGuard<'_, Acknowledged> {
    shared.lock().expect("no sender panics")
}

/// Uploads, posts and deletes until the server is down.
async fn send(ada: Account, seed: u64, sender: usize, shared: Shared) {
    let mut random = Random::new(seed);
    for number in 0.. {
        // The name of a file tells its content.
        let seed = seed ^ number;
        let sent = match (sender, random.below(4)) {
            (0, _) => send_form(&ada, seed, &shared).await,
            (_, 0) => send_picture(&ada, &mut random, &shared).await,
            _ => send_parts(&ada, seed, &mut random, &shared).await,
        };
        if sent.is_none() {
            return;
        }
    }
}

/// A content and its name.
fn content(seed: u64) -> (String, Vec<u8>) {
    let size = 1 + (seed % 200_000) as usize;
    (format!("{seed}.bin"), noise(size, seed))
}

async fn send_form(ada: &Account, seed: u64, shared: &Shared) -> Option<()> {
    let (name, bytes) = content(seed);
    let (kind, body) = multipart(&[("body", "a form")], &[(&name, &bytes)]);
    let form = ada.ask("POST", "/rooms/1/messages");
    let form = form.header("content-type", kind).body(body);
    record_post(try_send(form).await.ok()?, 1, shared);
    Some(())
}

async fn send_picture(ada: &Account, random: &mut Random, shared: &Shared) -> Option<()> {
    let bytes = png(1 + random.below(900) as u32, 900);
    let path = upload(ada, "picture.png", &[&bytes], shared).await?;
    post(ada, &[id_of(&path)], random, shared).await
}

async fn send_parts(ada: &Account, seed: u64, random: &mut Random, shared: &Shared) -> Option<()> {
    let mut ids = Vec::new();
    for number in 0..1 + random.below(3) as u64 {
        let (name, bytes) = content(seed.wrapping_add(number << 20));
        let (first, second) = bytes.split_at(random.below(bytes.len()));
        let parts: Vec<&[u8]> = [first, second]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let path = upload(ada, &name, &parts, shared).await?;
        ids.push(id_of(&path));
    }
    match random.below(5) {
        0 => Some(()), // it is not posted
        _ => post(ada, &ids, random, shared).await,
    }
}

/// Uploads parts, and records each answer.
async fn upload(ada: &Account, name: &str, parts: &[&[u8]], shared: &Shared) -> Option<String> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let name = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, name);
    let begin = ada.tus("POST", "/uploads").header("upload-length", length);
    let begin = begin.header("upload-metadata", format!("filename {name}"));
    let begun = try_send(begin).await.ok()?.expect(201);
    let path = begun.header("location").to_string();
    let mut offset = 0;
    for part in parts {
        let append = ada.tus("PATCH", &path).header("upload-offset", offset);
        let append = append.header("content-type", PART).body(part.to_vec());
        try_send(append).await.ok()?.expect(204);
        offset += part.len();
        let mut acknowledged = locked(shared);
        acknowledged.offsets.insert(path.clone(), offset);
        acknowledged.count += 1;
    }
    Some(path)
}

/// Posts uploads, and deletes every fourth message again.
async fn post(ada: &Account, ids: &[String], random: &mut Random, shared: &Shared) -> Option<()> {
    let paths = ids.iter().map(|id| format!("/uploads/{id}"));
    locked(shared).attached.extend(paths);
    let message = json!({"body": "", "files": ids});
    let post = ada.ask("POST", "/rooms/1/messages").json(&message);
    let id = record_post(try_send(post).await.ok()?, ids.len(), shared);
    if random.below(4) == 0 {
        locked(shared).deleted.insert(id);
        let path = format!("/rooms/1/messages/{id}");
        try_send(ada.ask("DELETE", &path)).await.ok()?.expect(200);
    }
    Some(())
}

fn record_post(reply: Reply, files: usize, shared: &Shared) -> i64 {
    let id = reply.expect(201).json()["id"].as_i64().expect("an id");
    let mut acknowledged = locked(shared);
    acknowledged.posted.insert(id, files);
    acknowledged.count += 1;
    id
}

/// Checks what a kill has left, on disk and for clients.
async fn check(server: &Server, ada: &Account, shared: &Shared, round: usize) {
    let data = server.data();
    // The search at the start and the job of deleted messages run beside requests.
    wait_for("only contents with rows", async || {
        let disk = on_disk(server);
        let (finished, unfinished) = in_rows(&data);
        let all = finished.union(&unfinished).cloned().collect();
        (disk.is_subset(&all) && finished.is_subset(&disk)).then_some(())
    })
    .await;
    let history = ada.history().await;
    let is_last = round + 1 == KILLS;
    let newest = history.len().saturating_sub(ACKNOWLEDGED + SENDERS);
    let mut seen = HashMap::new();
    for (at, message) in history.iter().enumerate() {
        let files = message["files"].as_array().expect("a list");
        seen.insert(message["id"].as_i64().expect("an id"), files.len());
        if is_last || at >= newest {
            check_files(ada, files).await;
        }
    }
    let offsets = {
        let acknowledged = locked(shared);
        for (id, files) in &acknowledged.posted {
            let is_complete = seen.get(id) == Some(files);
            assert!(
                is_complete || acknowledged.deleted.contains(id),
                "message {id}"
            );
        }
        acknowledged.offsets.clone()
    };
    for (path, offset) in offsets {
        let reply = try_send(ada.tus("HEAD", &path)).await.expect("an answer");
        match reply.status {
            404 => {
                let mut acknowledged = locked(shared);
                assert!(acknowledged.attached.contains(&path), "{path} is lost");
                acknowledged.offsets.remove(&path);
            }
            _ => {
                let arrived = reply.expect(200);
                let arrived: usize = arrived.header("upload-offset").parse().expect("a number");
                assert!(arrived >= offset, "{path}: {arrived} of {offset} bytes");
            }
        }
    }
}

/// Downloads the files of a message.
async fn check_files(ada: &Account, files: &[Value]) {
    for file in files {
        let reply = ada.get(file["url"].as_str().expect("a URL")).await;
        let bytes = reply.expect(200).bytes;
        assert_eq!(bytes.len() as u64, file["size"].as_u64().expect("a size"));
        match file["name"].as_str().expect("a name").strip_suffix(".bin") {
            Some(seed) => {
                let (_, expected) = content(seed.parse().expect("a seed"));
                assert!(bytes == expected, "{file} has other bytes");
            }
            None => {
                let small = file["small_url"].as_str().expect("a URL");
                ada.get(small).await.expect(200);
            }
        }
    }
}

/// Hashes of the contents on disk, and the tokens of received parts.
fn on_disk(server: &Server) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(server) {
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
        let Some(hash) = name.split('-').next().filter(|hash| hash.len() == 64) else {
            found.insert(name);
            continue;
        };
        // A file may be removed while this reads.
        if name == hash
            && let Ok(bytes) = std::fs::read(&path)
        {
            let sum = Sha256::digest(bytes);
            let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(sum, hash, "a content is not complete");
        }
        found.insert(hash.to_string());
    }
    found
}

/// Hashes of the finished files in the database, and the tokens of unfinished uploads.
fn in_rows(data: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut conn = database::connect(data);
    let rows: Vec<FileRow> = sql_query("SELECT token, hash FROM files")
        .load(&mut conn)
        .expect("rows");
    let (finished, unfinished): (Vec<FileRow>, Vec<FileRow>) =
        rows.into_iter().partition(|row| row.hash.is_some());
    let hashes = finished.into_iter().filter_map(|row| row.hash);
    let tokens = unfinished.into_iter().map(|row| row.token);
    (hashes.collect(), tokens.collect())
}
