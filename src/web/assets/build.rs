//! Makes the table of assets out of the embedded files, once.

use std::{collections::BTreeMap, fmt::Write, sync::OnceLock};

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::{Asset, FOLDER, bundle::bundle};

/// Third-party scripts, which run before our modules. In one file, because htmx does not find its socket extension when
/// each is a deferred script of its own.
const VENDOR: [&str; 2] = ["vendor/htmx.min.js", "vendor/hx-ws.min.js"];
/// Modules that pages load: of every page, and of a page with a room.
const ENTRIES: [&str; 2] = ["app.js", "room_page.js"];
/// Bytes of the hash in a name; enough that two versions never have the same name.
const HASH_BYTES: usize = 6;

/// `assets/` as it was compiled; a debug build reads it when it starts.
#[derive(RustEmbed)]
#[folder = "assets"]
#[allow_missing = true]
struct Files;

/// Icons, style sheet, third-party scripts and our modules.
pub(super) fn all() -> Vec<Asset> {
    let names = sorted_names();
    let icons = names.iter().filter_map(|name| name.strip_prefix("icons/"));
    let mut all: Vec<Asset> = icons
        .map(|name| Asset::new(name, content(&format!("icons/{name}"))))
        .collect();
    let is_style = |name: &&str| name.starts_with("css/") && name.ends_with(".css");
    let styles = names.iter().map(String::as_str).filter(is_style);
    let styles = joined(styles, "\n");
    let exists = |file: &&str| names.iter().any(|name| name == file);
    // The semicolon separates a file that ends without one from the next.
    let vendor = joined(VENDOR.into_iter().filter(exists), "\n;\n");
    all.push(Asset::new("app.css", styles.into_bytes()));
    all.push(Asset::new("vendor.js", vendor.into_bytes()));
    let scripts = scripts(&names);
    all.extend(ENTRIES.map(|entry| {
        let text = bundle(entry, &scripts).expect("a test bundles the modules");
        Asset::new(entry, text.into_bytes())
    }));
    all
}

/// Texts of our modules by name, as `bare` leaves them.
pub(super) fn scripts(names: &[String]) -> BTreeMap<String, String> {
    let own = names.iter().filter_map(|name| name.strip_prefix("js/"));
    own.filter(|name| name.ends_with(".js"))
        .map(|name| (name.to_owned(), bare(&text(&format!("js/{name}")))))
        .collect()
}

pub(super) fn sorted_names() -> Vec<String> {
    let mut names: Vec<String> = Files::iter().map(|name| name.into_owned()).collect();
    names.sort();
    names
}

fn content(name: &str) -> Vec<u8> {
    Files::get(name).map_or_else(Vec::new, |file| file.data.into_owned())
}

fn text(name: &str) -> String {
    String::from_utf8(content(name)).expect("style sheets and scripts are UTF-8")
}

/// Files in this order, without the comments that point to source maps, which do not exist.
fn joined<'a>(names: impl Iterator<Item = &'a str>, between: &str) -> String {
    let mut out = String::new();
    for name in names {
        if !out.is_empty() {
            out.push_str(between);
        }
        let text = text(name);
        let lines = text.lines().filter(|line| !is_source_map(line));
        let text = lines.collect::<Vec<_>>().join("\n");
        match name.starts_with("vendor/") {
            true => out.push_str(&text),
            false => out.push_str(&bare(&text)),
        }
    }
    out
}

/// Removes most comments and the indentation of our own files. It makes the first page an eighth smaller.
pub(super) fn bare(text: &str) -> String {
    let (mut out, mut in_comment) = (String::with_capacity(text.len()), false);
    for mut line in text.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if in_comment {
            let Some((_, rest)) = line.split_once("*/") else {
                continue;
            };
            (in_comment, line) = (false, rest.trim());
        }
        let line = without_trailing_comment(line);
        if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Removes a comment at the end of a line, unless it contains a quote: it may then be part of a string.
fn without_trailing_comment(line: &str) -> &str {
    match line.rsplit_once(" // ") {
        Some((code, comment)) if !comment.contains(['"', '\'', '`']) => code.trim_end(),
        _ => line,
    }
}

pub(super) fn is_source_map(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//# sourceMappingURL=") || line.starts_with("/*# sourceMappingURL=")
}

impl Asset {
    pub(super) fn new(name: &str, body: Vec<u8>) -> Asset {
        let mut hash = String::with_capacity(2 * HASH_BYTES);
        for byte in &Sha256::digest(&body)[..HASH_BYTES] {
            write!(hash, "{byte:02x}").expect("a String takes every write");
        }
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
        Asset {
            name: name.to_owned(),
            path: format!("{FOLDER}{stem}-{hash}.{ending}"),
            hash,
            content_type: content_type(ending),
            body: body.into(),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
