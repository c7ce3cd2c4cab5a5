//! Every text field of the site, as tables. A new field is a line here; `injection.rs` sends every text through it.

use serde_json::{Value, json};

/// How a text becomes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
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

impl Way {
    /// Whether each text is a message of its own. Forms, sockets and edits store a text that is rendered like any
    /// other, so several texts go into one message there.
    pub fn alone(self) -> bool {
        matches!(self, Way::Http | Way::Page | Way::Reply)
    }
}

/// A new way: a line here, and an arm in `injection.rs`.
pub const WAYS: [Way; 6] = [
    Way::Http,
    Way::Form,
    Way::Socket,
    Way::Page,
    Way::Edit,
    Way::Reply,
];

/// A text that is kept with a thing: the key of the JSON with which it is changed, the most characters that
/// it takes, and the elements of pages that show it and nothing else.
pub struct Kept {
    pub key: &'static str,
    pub most: usize,
    pub shown: &'static [(&'static str, &'static str)],
}

/// Of a person. All of those who are tried are found with "zz", and have a conversation with who looks.
pub const OF_A_PERSON: &[Kept] = &[
    Kept {
        key: "display_name",
        most: 64,
        shown: &[
            ("/people?q=zz", "main .item__text > b"),
            ("/people?q=zz", "#sidebar .sidebar-row__name"),
        ],
    },
    Kept {
        key: "about",
        most: 160,
        shown: &[("/people?q=zz", "main .item__detail")],
    },
];

/// Of a room. Who looks belongs to all of those that are tried.
pub const OF_A_ROOM: &[Kept] = &[
    Kept {
        key: "name",
        most: 48,
        shown: &[
            ("/rooms", "main .item__text > b"),
            ("/rooms", "#sidebar .sidebar-row__name"),
        ],
    },
    Kept {
        key: "topic",
        most: 240,
        shown: &[("/rooms", "main .item__detail")],
    },
];

/// A text that comes back with the answer and is kept nowhere; `{}` stands for it in path and form.
pub struct Echo {
    pub name: &'static str,
    pub path: &'static str,
    pub form: &'static [(&'static str, &'static str)],
    /// Whether htmx asks.
    pub fragment: bool,
    /// Whether the answer shows the text as it is.
    pub shown: bool,
    /// Whether each text has a request of its own; else as many as fit go together.
    pub alone: bool,
    /// Only every so-manieth request, where each costs the hash of a password.
    pub every: usize,
}

const fn query(name: &'static str, path: &'static str) -> Echo {
    Echo {
        name,
        path,
        form: &[],
        fragment: false,
        shown: true,
        alone: false,
        every: 1,
    }
}

const fn form(
    name: &'static str,
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
) -> Echo {
    Echo {
        form,
        ..query(name, path)
    }
}

impl Echo {
    const fn fragment(mut self) -> Echo {
        self.fragment = true;
        self
    }

    const fn unseen(mut self) -> Echo {
        self.shown = false;
        self
    }

    const fn alone(mut self) -> Echo {
        self.alone = true;
        self
    }

    const fn every(mut self, every: usize) -> Echo {
        self.every = every;
        self
    }

    /// The request for a text, for `Watch::ask`.
    pub fn with(&self, text: &str) -> Value {
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
macro_rules! long {
    () => {
        "{} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    };
}

/// Whoever is asked is logged in, and owns room 2. Nothing here may succeed and keep something.
pub const ECHOES: &[Echo] = &[
    query("words for rooms and people", "/search?q={}").alone(),
    query("words in the switcher", "/search?q={}")
        .fragment()
        .unseen(),
    query("words for rooms", "/rooms?q={}"),
    query("words for the archive", "/rooms?archived=1&q={}").unseen(),
    query("words for people", "/people?q={}"),
    query("words for a conversation", "/directs/new?q={}"),
    query("people of a conversation", "/directs/new?with={}").unseen(),
    query("a place in a list", "/rooms?q=zz&skip={}").unseen(),
    query("a place in history", "/rooms/2/messages?before={}").unseen(),
    query("a rev", "/rooms/2/messages?after={}")
        .fragment()
        .unseen(),
    query("words in messages", "/messages?q={}").alone(),
    query("the beginning of a name", "/rooms/2/names?q={}")
        .fragment()
        .unseen(),
    query("a day", "/rooms/2/messages?on={}").unseen(),
    query("the address of a message", "/rooms/2/messages/{}").unseen(),
    query("the address of a person", "/people/{}")
        .unseen()
        .alone(),
    query("the address of a room", "/rooms/{}").unseen(),
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
    .every(100),
    form(
        "a new room",
        "/rooms",
        &[("name", long!()), ("topic", long!())],
    ),
    form(
        "a room's name",
        "/rooms/2/settings",
        &[("name", long!()), ("topic", "{}")],
    ),
    form(
        "a room's topic",
        "/rooms/2/settings",
        &[("topic", long!()), ("name", "{}")],
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
    .unseen(),
    form(
        "a display name",
        "/profile",
        &[
            ("display_name", long!()),
            ("about", "{}"),
            ("time_zone", "{}"),
        ],
    ),
    form(
        "about oneself",
        "/profile",
        &[("about", long!()), ("time_zone", ":")],
    ),
    form("a time zone", "/profile", &[("time_zone", "{} :")]),
    form("whom to write to", "/directs", &[("with", "{} :")]).unseen(),
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
