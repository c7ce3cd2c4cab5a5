//! The rows of `table.txt`.

use std::fmt;
use std::fs;
use std::path::Path;

/// Role of the acting user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Anonymous,
    /// A user who was suspended. Their token and cookie are still sent.
    Suspended,
    Guest,
    Member,
    /// A member of the server who owns the rooms.
    Owner,
    Moderator,
    Admin,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Role::Anonymous,
        Role::Suspended,
        Role::Guest,
        Role::Member,
        Role::Owner,
        Role::Moderator,
        Role::Admin,
    ];

    /// Position of the role's letter.
    fn column(self) -> usize {
        match self {
            Role::Anonymous | Role::Suspended => 0,
            Role::Guest => 1,
            Role::Member => 2,
            Role::Owner => 3,
            Role::Moderator => 4,
            Role::Admin => 5,
        }
    }
}

/// Content of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Empty,
    /// A JSON object, or the same fields as a form.
    Fields(String),
    /// A form with a picture.
    Picture,
    /// A form with a picture and the name of an emoji.
    Emoji,
    /// The beginning of an upload.
    Upload,
    /// A part of an upload.
    Part,
    /// The picture of a video.
    Poster,
    /// Nothing, with the header of the tus protocol.
    Tus,
    /// The opening handshake of a WebSocket.
    Socket,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    pub method: String,
    /// Path with fixtures in braces, maybe with a query.
    pub path: String,
    as_json: String,
    as_page: String,
    /// Whether each allowed request has an account of its own, because it changes the account.
    pub needs_new_account: bool,
    pub body: Body,
}

impl Row {
    /// Parses a line of the table.
    pub fn parse(line: &str) -> Row {
        let (method, rest) = word(line);
        let (path, rest) = path(rest);
        let (rights, rest) = word(rest);
        let (as_json, as_page) = rights.split_once('|').unwrap_or((rights, rights));
        assert!(as_json.len() == 6 && as_page.len() == 6, "{line}");
        let (needs_new_account, body) = match rest.strip_prefix("new") {
            Some(rest) => (true, rest.trim()),
            None => (false, rest),
        };
        Row {
            method: method.into(),
            path: path.into(),
            as_json: as_json.into(),
            as_page: as_page.into(),
            needs_new_account,
            body: match body {
                "" => Body::Empty,
                "picture" => Body::Picture,
                "emoji" => Body::Emoji,
                "upload" => Body::Upload,
                "part" => Body::Part,
                "poster" => Body::Poster,
                "tus" => Body::Tus,
                "socket" => Body::Socket,
                fields if fields.starts_with('{') => Body::Fields(fields.into()),
                _ => panic!("the content in {line}"),
            },
        }
    }

    /// Letter of the expected outcome.
    pub fn expected(&self, role: Role, is_page: bool) -> char {
        let rights = if is_page {
            &self.as_page
        } else {
            &self.as_json
        };
        let letter = rights.chars().nth(role.column());
        letter.expect("a letter for each role")
    }

    /// Path without its query.
    pub fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// All rows.
pub fn rows() -> Vec<Row> {
    let table = source("tests/it/rights_matrix/table.txt");
    let lines = table.lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(Row::parse).collect()
}

/// A file of the source code.
pub fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("the file can be read")
}

/// The first word of a text, and the rest.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim())
}

/// The path at the beginning of a text, and the rest. Names in braces may contain spaces.
fn path(text: &str) -> (&str, &str) {
    let mut in_braces = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => in_braces = true,
            '}' => in_braces = false,
            ' ' if !in_braces => return (&text[..at], text[at..].trim()),
            _ => {}
        }
    }
    (text, "")
}
