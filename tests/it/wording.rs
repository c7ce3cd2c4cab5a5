//! The words of the interface: templates, scripts, and errors. Only texts that users see are checked.

use std::fs;
use std::path::Path;

/// Words that the interface does not use, and what it says.
const RETIRED: [(&str, &str); 24] = [
    ("somebody", "someone"),
    ("nobody", "no one"),
    ("everybody", "everyone"),
    ("anybody", "anyone"),
    ("whom", "who"),
    ("digit", "number"),
    ("digits", "numbers"),
    ("colour", "color"),
    ("colours", "colors"),
    ("favourite", "Favorite"),
    ("favourites", "Favorites"),
    ("meanwhile", "a sentence that says what happened"),
    ("cannot", "can’t"),
    ("can not", "can’t"),
    ("do not", "don’t"),
    ("does not", "doesn’t"),
    ("is not", "isn’t"),
    ("are not", "aren’t"),
    ("will not", "won’t"),
    ("you are", "you’re"),
    ("that is", "that’s"),
    ("for ever", "permanently"),
    ("closed room", "invite-only room"),
    ("can't", "can’t, with a curly apostrophe"),
];

/// Texts of a template: between its tags, and in the attributes that are read aloud or shown.
fn texts_of_template(html: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for attribute in ["placeholder=\"", "title=\"", "aria-label=\"", "alt=\""] {
        for value in html.split(attribute).skip(1) {
            texts.push(value.split('"').next().unwrap_or_default().to_owned());
        }
    }
    let (mut text, mut open) = (String::new(), String::new());
    let mut chars = html.chars().peekable();
    while let Some(c) = chars.next() {
        let closes = match (open.as_str(), c, chars.peek()) {
            ("", '{', Some('%' | '{' | '#')) => {
                open = chars.next().map(String::from).unwrap_or_default();
                texts.push(std::mem::take(&mut text));
                continue;
            }
            ("", '<', _) => {
                open = "<".into();
                texts.push(std::mem::take(&mut text));
                continue;
            }
            ("%", '%', Some('}')) | ("#", '#', Some('}')) | ("{", '}', Some('}')) => {
                chars.next();
                true
            }
            ("<", '>', _) => true,
            _ => false,
        };
        match (closes, open.is_empty()) {
            (true, _) => open.clear(),
            (false, true) => text.push(c),
            (false, false) => {}
        }
    }
    texts.push(text);
    texts
}

/// Sentences in the string literals of code: those with a blank that begin with a capital letter. Lines of comments,
/// tests and log lines are left out.
fn texts_of_code(code: &str) -> Vec<String> {
    let shipped = code.split("#[cfg(test)]").next().unwrap_or_default();
    let is_prose = |text: &str| {
        text.contains(' ')
            && text.starts_with(|c: char| c.is_uppercase())
            && !text.starts_with("SELECT")
    };
    let mut texts = Vec::new();
    for line in shipped.lines() {
        let line = line.trim_start();
        if line.starts_with("//") || line.starts_with('*') || line.contains("tracing::") {
            continue;
        }
        let literals = line.split(['"', '`']).skip(1).step_by(2);
        texts.extend(literals.filter(|text| is_prose(text)).map(str::to_owned));
    }
    texts
}

/// Retired words in a text.
fn retired_in(text: &str) -> Vec<(&'static str, &'static str)> {
    let words: String = text
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "'’".contains(c) {
                c
            } else {
                ' '
            }
        })
        .collect();
    let words = format!(
        " {} ",
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let is_there = |word: &str| words.contains(&format!(" {word} "));
    RETIRED
        .into_iter()
        .filter(|(word, _)| is_there(word))
        .collect()
}

/// All files below a folder with one of these endings.
fn files(folder: &Path, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|kind| kind == ending) {
            let text = fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), text));
        }
    }
    found
}

#[test]
fn texts_for_users_have_no_retired_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    let mut check = |path: &str, texts: Vec<String>| {
        for text in texts {
            for (word, instead) in retired_in(&text) {
                faults.push(format!(
                    "{path}: “{word}” in “{}”: say {instead}",
                    text.trim()
                ));
            }
        }
    };
    for (path, text) in files(&root.join("templates"), "html") {
        check(&path, texts_of_template(&text));
    }
    for (path, text) in files(&root.join("assets/js"), "js") {
        check(&path, texts_of_code(&text));
    }
    for (path, text) in files(&root.join("src"), "rs") {
        if !path.contains("tests") {
            check(&path, texts_of_code(&text));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn retired_words_are_found_where_users_see_them() {
    let found = |texts: Vec<String>| -> Vec<&str> {
        let all = texts.iter().flat_map(|text| retired_in(text));
        all.map(|(word, _)| word).collect()
    };
    for (html, words) in [
        ("<p>Somebody is here</p>", &["somebody"][..]),
        ("<input placeholder=\"Invite somebody\">", &["somebody"]),
        (
            "{% if nobody %}x{% endif %}<b class=\"digits\">{{ colour }}</b>",
            &[],
        ),
        ("<p>{{ name }} cannot post.</p>", &["cannot"]),
        ("{# nobody #}<p>No one</p>", &[]),
        ("<button name=\"favourite\">Favorite</button>", &[]),
    ] {
        assert_eq!(found(texts_of_template(html)), words, "{html}");
    }
    for (code, words) in [
        ("let what = \"You do not have a room.\";", &["do not"][..]),
        ("// You do not have a room.", &[]),
        ("let what = \"do not\";", &[]),
        (
            "showNotice(`You are ${count} digits away`);",
            &["digits", "you are"],
        ),
        ("#[cfg(test)]\nlet what = \"Nobody is here\";", &[]),
    ] {
        assert_eq!(found(texts_of_code(code)), words, "{code}");
    }
}
