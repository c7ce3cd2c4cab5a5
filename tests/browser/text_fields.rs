//! Every text field of the site, as tables. A new field is a line here; `injection.rs` sends every text through it.

use serde_json::{Value, json};

/// How a text becomes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendMethod {
    /// As JSON.
    Http,
    /// As a form.
    Form,
    /// As a frame of the page's socket.
    Socket,
    /// Typed into the page that is watched.
    Page,
    /// By changing a message that says something else.
    Edit,
    /// As a reply to a message with the same text.
    Reply,
}

impl SendMethod {
    /// Whether each text is a message of its own. Forms, sockets and edits store a text that is rendered like any
    /// other, so several texts go into one message there.
    pub fn has_one_text_per_message(self) -> bool {
        matches!(
            self,
            SendMethod::Http | SendMethod::Page | SendMethod::Reply
        )
    }
}

/// A new way: a line here, and an arm in `injection.rs`.
pub const SEND_METHODS: [SendMethod; 6] = [
    SendMethod::Http,
    SendMethod::Form,
    SendMethod::Socket,
    SendMethod::Page,
    SendMethod::Edit,
    SendMethod::Reply,
];

/// A text that is kept with a thing: the key of the JSON with which it is changed, the most characters that
/// it takes, and the elements of pages that show it and nothing else.
pub struct StoredField {
    pub key: &'static str,
    pub max_chars: usize,
    pub shown_at: &'static [(&'static str, &'static str)],
}

/// Of a person. All of those who are tried are found with "zz", and have a conversation with who looks.
pub const PROFILE_FIELDS: &[StoredField] = &[
    StoredField {
        key: "display_name",
        max_chars: 64,
        shown_at: &[
            ("/people?q=zz", "main .item__text > b"),
            ("/people?q=zz", "#sidebar .sidebar-row__name"),
        ],
    },
    StoredField {
        key: "about",
        max_chars: 160,
        shown_at: &[("/people?q=zz", "main .item__detail")],
    },
];

/// Of a room. Who looks belongs to all of those that are tried.
pub const ROOM_FIELDS: &[StoredField] = &[
    StoredField {
        key: "name",
        max_chars: 48,
        shown_at: &[
            ("/rooms", "main .item__text > b"),
            ("/rooms", "#sidebar .sidebar-row__name"),
        ],
    },
    StoredField {
        key: "topic",
        max_chars: 240,
        shown_at: &[("/rooms", "main .item__detail")],
    },
];

/// A text that comes back with the answer and is kept nowhere; `{}` stands for it in path and form.
pub struct EchoedField {
    pub name: &'static str,
    pub path: &'static str,
    pub form: &'static [(&'static str, &'static str)],
    /// Whether htmx asks.
    pub fragment: bool,
    /// Whether the answer shows the text as it is.
    pub shown: bool,
    /// Whether each text has a request of its own; else as many as fit go together.
    pub one_text_per_request: bool,
    /// Only every so-manieth request, where each costs the hash of a password.
    pub sample_every: usize,
}

const fn query(name: &'static str, path: &'static str) -> EchoedField {
    EchoedField {
        name,
        path,
        form: &[],
        fragment: false,
        shown: true,
        one_text_per_request: false,
        sample_every: 1,
    }
}

const fn form(
    name: &'static str,
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
) -> EchoedField {
    EchoedField {
        form,
        ..query(name, path)
    }
}

impl EchoedField {
    const fn fragment(mut self) -> EchoedField {
        self.fragment = true;
        self
    }

    const fn not_shown(mut self) -> EchoedField {
        self.shown = false;
        self
    }

    const fn one_text_per_request(mut self) -> EchoedField {
        self.one_text_per_request = true;
        self
    }

    const fn sample_every(mut self, sample_every: usize) -> EchoedField {
        self.sample_every = sample_every;
        self
    }

    /// The request for a text, for `Watch::ask`.
    pub fn request(&self, text: &str) -> Value {
        let pairs = self.form.iter();
        let pairs: Vec<_> = pairs
            .map(|(key, value)| (*key, value.replace("{}", text)))
            .collect();
        let shown = match pairs.first() {
            Some((_, value)) => value.clone(),
            None => text.to_owned(),
        };
        let mut request = json!({"path": self.path.replace("{}", &encoded(text))});
        if !pairs.is_empty() {
            request["form"] = json!(pairs);
        }
        if self.fragment {
            request["headers"] = json!({"HX-Request": "true"});
        }
        if self.shown {
            request["shown"] = json!([shown]);
        }
        request
    }
}

/// Too long for any line.
macro_rules! too_long {
    () => {
        "{} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    };
}

/// Whoever is asked is logged in, and owns room 2. Nothing here may succeed and keep something.
pub const ECHOED_FIELDS: &[EchoedField] = &[
    query("words for rooms and people", "/search?q={}").one_text_per_request(),
    query("words in the switcher", "/search?q={}")
        .fragment()
        .not_shown(),
    query("words for rooms", "/rooms?q={}"),
    query("words for the archive", "/rooms?archived=1&q={}").not_shown(),
    query("words for people", "/people?q={}"),
    query("words for a conversation", "/directs/new?q={}"),
    query("people of a conversation", "/directs/new?with={}").not_shown(),
    query("a place in a list", "/rooms?q=zz&skip={}").not_shown(),
    query("a place in history", "/rooms/2/messages?before={}").not_shown(),
    query("a rev", "/rooms/2/messages?after={}")
        .fragment()
        .not_shown(),
    query("words in messages", "/messages?q={}").one_text_per_request(),
    query("the beginning of a name", "/rooms/2/names?q={}")
        .fragment()
        .not_shown(),
    query("a day", "/rooms/2/messages?on={}").not_shown(),
    query("the address of a message", "/rooms/2/messages/{}").not_shown(),
    query("the address of a person", "/people/{}")
        .not_shown()
        .one_text_per_request(),
    query("the address of a room", "/rooms/{}").not_shown(),
    form(
        "a new name",
        "/register",
        &[("username", "{}"), ("password", "x")],
    ),
    form(
        "a name to log in",
        "/login",
        &[("username", "{}"), ("password", "x")],
    )
    .sample_every(100),
    form(
        "a new room",
        "/rooms",
        &[("name", too_long!()), ("topic", too_long!())],
    ),
    form(
        "a room's name",
        "/rooms/2/settings",
        &[("name", too_long!()), ("topic", "{}")],
    ),
    form(
        "a room's topic",
        "/rooms/2/settings",
        &[("topic", too_long!()), ("name", "{}")],
    ),
    form(
        "somebody to bring in",
        "/rooms/2/members",
        &[("username", "{} :")],
    ),
    form(
        "the name of what is deleted",
        "/rooms/2/deletion",
        &[("name", "{} :")],
    )
    .not_shown(),
    form(
        "a display name",
        "/profile",
        &[
            ("display_name", too_long!()),
            ("about", "{}"),
            ("time_zone", "{}"),
        ],
    ),
    form(
        "about oneself",
        "/profile",
        &[("about", too_long!()), ("time_zone", ":")],
    ),
    form("a time zone", "/profile", &[("time_zone", "{} :")]),
    form("whom to write to", "/directs", &[("with", "{} :")]).not_shown(),
    form(
        "a message to no room",
        "/rooms/999/messages",
        &[("body", "{}")],
    ),
];

/// Every byte that means something in an address, and some more, as `%3C`.
pub fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}
