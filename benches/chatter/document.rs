//! Keeps the tables and charts of a document as they were measured.

use std::{fs, path::Path};

use crate::{charts, record::Report, tables};

/// What stands between these is written by this program.
const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end -->";

/// Writes the charts into `folder`, and tables and charts into `document`, between its marks.
pub fn write(report: &Report, folder: &Path, document: &Path) {
    let text = fs::read_to_string(document).expect("the document can be read");
    let text = updated(report, folder, &text).expect("the document has both marks");
    fs::write(document, text).expect("the document can be written");
}

/// Whether `document` says what is in the report; the charts are drawn into `scratch`.
pub fn is_current(report: &Report, document: &Path, scratch: &Path) -> bool {
    let text = fs::read_to_string(document).unwrap_or_default();
    let folder = scratch.join(folder_of(document));
    let drawn = updated(report, &folder, &text).is_some_and(|updated| updated == text);
    let kept = document.with_file_name(folder_of(document));
    let same = |file: &fs::DirEntry| {
        let drawn = fs::read(file.path()).ok();
        drawn.is_some() && drawn == fs::read(kept.join(file.file_name())).ok()
    };
    drawn && fs::read_dir(folder).is_ok_and(|files| files.flatten().all(|file| same(&file)))
}

/// The charts of `benchmarks.md` lie in `benchmarks/`.
fn folder_of(document: &Path) -> &Path {
    document.file_stem().map_or(document, Path::new)
}

fn updated(report: &Report, folder: &Path, text: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let name = folder.file_name()?.to_string_lossy();
    let charts = charts::write(report, folder).into_iter();
    let charts = charts.map(|(file, title)| format!("\n![{title}]({name}/{file})\n"));
    let (tables, charts) = (tables::all(report), charts.collect::<String>());
    Some(format!("{before}{BEGIN}{tables}{charts}{END}{after}"))
}
