//! Makes the table of assets out of the embedded files, once.

use std::{collections::BTreeMap, fmt::Write, sync::OnceLock};

use askama::Template;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::{
    Asset, FOLDER,
    bundle::{bundle, bundle_one},
};

/// Third-party scripts, which run before our modules. In one file, because htmx does not find its socket extension when
/// each is a deferred script of its own.
const VENDOR: [&str; 2] = ["vendor/htmx.min.js", "vendor/hx-ws.min.js"];
/// Modules that pages load, of every page and of a page with a room: when they open, and once the user acts.
pub(super) const ENTRIES: [[&str; 2]; 2] = [
    ["app.js", "app_on_use.js"],
    ["room_page.js", "room_page_on_use.js"],
];
/// Module that pages load on which passkeys are used. It shares no state with the others.
pub(super) const PASSKEYS: &str = "passkeys.js";
/// Bytes of the hash in a name; enough that two versions never have the same name.
const HASH_BYTES: usize = 6;

/// `assets/` as it was compiled; a debug build reads it when it starts.
#[derive(RustEmbed)]
#[folder = "assets"]
#[allow_missing = true]
struct AssetFiles;

/// Icons, style sheets, third-party scripts and our modules.
pub(super) fn all() -> Vec<Asset> {
    let names = sorted_names();
    let icons = names.iter().filter_map(|name| name.strip_prefix("icons/"));
    let mut all: Vec<Asset> = icons
        .map(|name| Asset::new(name, content(&format!("icons/{name}"))))
        .collect();
    for (name, folder) in [
        ("app.css", "css"),
        ("pages.css", "css/pages"),
        ("compact.css", "css/compact"),
        ("on_use.css", "css/on_use"),
        ("moderation.css", "css/moderation"),
        ("noscript.css", "css/noscript"),
    ] {
        let files = names.iter().map(String::as_str);
        let styles = files.filter(|file| {
            let place = file.rsplit_once('/').map(|(place, _)| place);
            place == Some(folder) && file.ends_with(".css")
        });
        all.push(Asset::new(name, joined(styles, "\n").into_bytes()));
    }
    let exists = |file: &&str| names.iter().any(|name| name == file);
    // The semicolon separates a file that ends without one from the next.
    let vendor = joined(VENDOR.into_iter().filter(exists), "\n;\n");
    all.push(Asset::new("vendor.js", vendor.into_bytes()));
    let scripts = scripts(&names);
    for [entry, later] in ENTRIES {
        let bundle = bundle(entry, later, &scripts).expect("a test bundles the modules");
        let first = Asset::new(entry, bundle.text.clone().into_bytes());
        let second = Asset::new(later, bundle.later_than(&first.path).into_bytes());
        all.extend([first, second]);
    }
    let passkeys = bundle_one(PASSKEYS, &scripts).expect("a test bundles the modules");
    all.push(Asset::new(PASSKEYS, passkeys.into_bytes()));
    all
}

/// HTML that scripts put into a page.
#[derive(Template)]
enum ScriptHtml {
    /// Toolbar, menus and dialogs of messages.
    #[template(path = "room_page/message_actions.html")]
    MessageActions,
    /// Dialog to find rooms and people.
    #[template(path = "sidebar/switcher.html")]
    Switcher,
}

/// Modules that export such HTML as a string: their names, and those of the strings.
const HTML_MODULES: [(&str, &str, ScriptHtml); 2] = [
    (
        "message_actions_html.js",
        "messageActions",
        ScriptHtml::MessageActions,
    ),
    ("switcher_html.js", "switcherDialog", ScriptHtml::Switcher),
];

/// Texts of our modules by name, as `bare` leaves them. [`HTML_MODULES`] are made here.
pub(super) fn scripts(names: &[String]) -> BTreeMap<String, String> {
    let own = names.iter().filter_map(|name| name.strip_prefix("js/"));
    let own = own.filter(|name| name.ends_with(".js"));
    let mut scripts: BTreeMap<String, String> = own
        .map(|name| (name.to_owned(), bare(&text(&format!("js/{name}")))))
        .collect();
    for (file, name, html) in HTML_MODULES {
        let html = html.render().expect("it has no values");
        let html = serde_json::to_string(&html).expect("strings are JSON");
        let module = format!("export const {name} = {html};\n");
        scripts.insert(file.to_owned(), module);
    }
    scripts
}

pub(super) fn sorted_names() -> Vec<String> {
    let mut names: Vec<String> = AssetFiles::iter().map(|name| name.into_owned()).collect();
    names.sort();
    names
}

fn content(name: &str) -> Vec<u8> {
    AssetFiles::get(name).map_or_else(Vec::new, |file| file.data.into_owned())
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
