//! Tables of every text field of the site. A new field needs a line here. `injection.rs` sends every text of the
//! corpus through it.

use crate::injection_watch::PageRequest;

/// A method to store a text as a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendMethod {
    /// A JSON request, and another one that replies to the message with the same text.
    Http,
    /// A submitted form.
    Form,
    /// A frame on the WebSocket of a room.
    Socket,
    /// The composer of the watched page.
    Page,
    /// An edit of a message with another text.
    Edit,
}

impl SendMethod {
    /// Whether each text is a message of its own. The other methods join several texts into one message to save time,
    /// because a stored text is rendered in the same way for every method.
    pub fn has_one_text_per_message(self) -> bool {
        self == SendMethod::Http
    }
}

/// All methods. A new method needs a line here and a match arm in `injection.rs`.
pub const SEND_METHODS: [SendMethod; 5] = [
    SendMethod::Http,
    SendMethod::Form,
    SendMethod::Socket,
    SendMethod::Page,
    SendMethod::Edit,
];

/// A stored text of a user or a room: its JSON key, its limit in characters, and the pages and CSS selectors of the
/// elements that contain nothing else.
pub struct StoredField {
    pub key: &'static str,
    pub max_chars: usize,
    pub shown_at: &'static [(&'static str, &'static str)],
}

/// Fields of a profile. The search word "zz" finds every tested user, and each has a conversation with the user of
/// the watched window.
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

/// Fields of a room. The users of the watched windows are members of every tested room.
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

/// A text that the response shows and the server does not store. `{}` stands for it in path and form.
pub struct EchoedField {
    pub name: &'static str,
    pub path: &'static str,
    pub form: &'static [(&'static str, &'static str)],
    /// Whether the request is one of htmx.
    pub fragment: bool,
    /// Whether the response shows the text unchanged.
    pub shown: bool,
    /// Whether each text has a request of its own. Otherwise texts are joined.
    pub one_text_per_request: bool,
    /// Sends one of this many requests only, because each one hashes a password. 1 sends all.
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

    /// Request with a text.
    pub fn request(&self, text: &str) -> PageRequest {
        let fields = self.form.iter();
        let form: Vec<_> = fields
            .map(|(name, value)| (*name, value.replace("{}", text)))
            .collect();
        let shown = form.first().map_or(text, |(_, value)| value).to_owned();
        PageRequest {
            path: self.path.replace("{}", &encoded(text)),
            fragment: self.fragment,
            shown: self.shown.then_some(shown).into_iter().collect(),
            form,
        }
    }
}

/// The text and a filler that exceeds the limit of every single-line field.
macro_rules! too_long {
    () => {
        "{} xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
    };
}

/// Fields of requests that store nothing. The user is logged in and owns room 2.
pub const ECHOED_FIELDS: &[EchoedField] = &[
    query("search for rooms and users", "/search?q={}"),
    query("search in the switcher", "/search?q={}")
        .fragment()
        .not_shown(),
    query("search for rooms", "/rooms?q={}"),
    query("search in the viewer's rooms", "/rooms?mine=1&q={}"),
    query("search in archived rooms", "/rooms?archived=1&q={}").not_shown(),
    query("search for users", "/people?q={}"),
    query("search for members of a conversation", "/directs/new?q={}"),
    query("members of a conversation", "/directs/new?with={}").not_shown(),
    query("offset in a list", "/rooms?q=zz&skip={}").not_shown(),
    query(
        "message before which history is read",
        "/rooms/2/messages?before={}",
    )
    .not_shown(),
    query(
        "rev after which changes are read",
        "/rooms/2/messages?after={}",
    )
    .fragment()
    .not_shown(),
    query("search in messages", "/messages?q={}").one_text_per_request(),
    query("prefix of a mention", "/rooms/2/names?q={}")
        .fragment()
        .not_shown(),
    query("date", "/rooms/2/messages?on={}").not_shown(),
    query("URL of a message", "/rooms/2/messages/{}").not_shown(),
    query("URL of a user", "/people/{}").not_shown(),
    query("URL of a room", "/rooms/{}").not_shown(),
    form(
        "username at registration",
        "/register",
        &[("username", "{}"), ("password", "x")],
    ),
    form(
        "username at login",
        "/login",
        &[("username", "{}"), ("password", "x")],
    )
    .sample_every(100),
    form(
        "name and topic of a new room",
        "/rooms",
        &[("name", too_long!()), ("topic", too_long!())],
    ),
    form(
        "name of a room",
        "/rooms/2/settings",
        &[("name", too_long!()), ("topic", "{}")],
    ),
    form(
        "topic of a room",
        "/rooms/2/settings",
        &[("topic", too_long!()), ("name", "{}")],
    ),
    form(
        "username of an invited user",
        "/rooms/2/members",
        &[("username", "{} :")],
    ),
    form(
        "confirmation of a deletion",
        "/rooms/2/deletion",
        &[("name", "{} :")],
    )
    .not_shown(),
    form(
        "display name",
        "/profile",
        &[
            ("display_name", too_long!()),
            ("about", "{}"),
            ("time_zone", "{}"),
        ],
    ),
    form(
        "about text",
        "/profile",
        &[("about", too_long!()), ("time_zone", ":")],
    ),
    form("time zone", "/profile", &[("time_zone", "{} :")]),
    form(
        "username of a conversation",
        "/directs",
        &[("with", "{} :")],
    )
    .not_shown(),
    form(
        "message to a missing room",
        "/rooms/999/messages",
        &[("body", "{}")],
    ),
];

/// Percent-encodes every byte that is not an ASCII letter or digit.
pub fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}
