//! Permissions: every action, by every role, in every kind of room, over JSON and forms.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, send};
use crate::harness::server::Server;
use crate::harness::uploads::{multipart, png};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    Member,
    /// A moderator of the server, as a member of the room.
    Moderator,
    Owner,
    /// The administrator of the server, as a member of the room.
    Admin,
    Outsider,
    /// The administrator of the server, who is not a member of the room.
    AdminOutside,
    /// A user who was removed from the room.
    Removed,
}

/// The order of the letters in [`TABLE`].
const ROLES: [Role; 7] = [
    Role::Member,
    Role::Moderator,
    Role::Owner,
    Role::Admin,
    Role::Outsider,
    Role::AdminOutside,
    Role::Removed,
];

/// The order of the columns in [`TABLE`].
const KINDS: [&str; 3] = ["open", "closed", "direct"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Page,
    Messages,
    People,
    Settings,
    Post,
    Join,
    Invite,
    Remove,
    Leave,
    Appoint,
    Rename,
    Describe,
    Archive,
    Convert,
    MakeDefault,
    Delete,
    MarkRead,
    Prefer,
    /// From here to `Follow`, actions concern a message of another user, except for `Pins`, `Names`, `EditOwn` and
    /// `Withdraw`.
    Message,
    Edits,
    Reactions,
    Thread,
    Pins,
    Names,
    Edit,
    EditOwn,
    Moderate,
    Withdraw,
    React,
    Answer,
    Reply,
    Pin,
    Save,
    Follow,
    Files,
    SetPicture,
    RemovePicture,
    Announce,
    SlowDown,
    Retain,
    TimeOut,
    EndTimeOut,
    Ban,
    Unban,
    Report,
}

use Action::*;

/// Expected results, one letter for each role: `y` success, `f` 403, `n` 404, `c` 409, `u` 422, `-` not possible
/// (members cannot be removed from a direct conversation).
const TABLE: [(Action, [&str; 3]); 45] = [
    (Page, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Messages, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (People, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Settings, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Post, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Join, ["uuuuyyy", "uuuunnn", "uuuunn-"]),
    (Invite, ["yyyynnn", "ffyynnn", "ffffnn-"]),
    (Remove, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (Leave, ["yyyynnn", "yyyynnn", "ffffnn-"]),
    (Appoint, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Rename, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Describe, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Archive, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Convert, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (MakeDefault, ["fffynnn", "fffcnnn", "ffffnn-"]),
    (Delete, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (MarkRead, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Prefer, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Message, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Edits, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Reactions, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Thread, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Pins, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Names, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Edit, ["ffffnnn", "ffffnnn", "ffffnn-"]),
    (EditOwn, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Moderate, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (Withdraw, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (React, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Answer, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Reply, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Pin, ["ffyynnn", "ffyynnn", "yyyynn-"]),
    (Save, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Follow, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (Files, ["yyyynnn", "yyyynnn", "yyyynn-"]),
    (SetPicture, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (RemovePicture, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Announce, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (SlowDown, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (Retain, ["ffyynnn", "ffyynnn", "ffffnn-"]),
    (TimeOut, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (EndTimeOut, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (Ban, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (Unban, ["fyyynnn", "fyyynnn", "ffffnn-"]),
    (Report, ["yyyynnn", "yyyynnn", "yyyynn-"]),
];

#[tokio::test]
async fn every_permission_is_enforced_over_json() {
    let server = Server::unlimited();
    let mut fixture = Fixture::new(&server).await;
    let cells = fixture.check_all(Surface::Json).await;
    assert_eq!(
        cells,
        45 * 20,
        "every action, every role, every kind of room"
    );
}

#[tokio::test]
async fn every_permission_is_enforced_over_forms() {
    let server = Server::unlimited();
    let mut fixture = Fixture::new(&server).await;
    let cells = fixture.check_all(Surface::Forms).await;
    assert_eq!(
        cells,
        45 * 20,
        "every action, every role, every kind of room"
    );
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Surface {
    Json,
    Forms,
}

/// One test case of the table.
#[derive(Clone, Copy, Debug)]
struct Cell {
    surface: Surface,
    kind: &'static str,
    role: Role,
    action: Action,
}

/// The accounts, and rooms that can be reused because no test case has changed them.
struct Fixture {
    people: HashMap<&'static str, Account>,
    browsers: HashMap<&'static str, Browser>,
    /// Rooms by their kind, and the member that they have besides the usual ones.
    rooms: HashMap<(&'static str, Option<&'static str>), i64>,
    made: usize,
}

impl Fixture {
    async fn new(server: &Server) -> Fixture {
        let (mut people, mut browsers) = (HashMap::new(), HashMap::new());
        for name in [
            "admin", "owner", "member", "mo", "gone", "outsider", "tom", "guest", "bert",
        ] {
            let person = Account::register(server, name).await; // the first account is the administrator
            browsers.insert(name, person.browser().await);
            people.insert(name, person);
        }
        let fixture = Fixture {
            people,
            browsers,
            rooms: HashMap::new(),
            made: 0,
        };
        fixture.introduce_guest().await;
        let role = json!({"role": "moderator"});
        let appointed = fixture.people["admin"].send("PATCH", "/people/mo/role", &role);
        appointed.await.expect(204);
        fixture
    }

    /// Lets the guest join an open room of those who will add the guest to closed rooms.
    async fn introduce_guest(&self) {
        let room = self.people["owner"].create_room("shared", "open").await;
        let path = format!("/rooms/{room}/members");
        for name in ["admin", "mo", "guest"] {
            let joined = self.people[name].send("POST", &path, &json!({})).await;
            joined.expect(201);
        }
    }

    /// Checks the whole table and returns the number of cells; fails with a list of all wrong ones.
    async fn check_all(&mut self, surface: Surface) -> usize {
        let (mut count, mut wrong) = (0, Vec::new());
        for (action, columns) in TABLE {
            for (kind, letters) in KINDS.into_iter().zip(columns) {
                for (role, letter) in ROLES.into_iter().zip(letters.chars()) {
                    if letter == '-' {
                        continue;
                    }
                    let cell = Cell {
                        surface,
                        kind,
                        role,
                        action,
                    };
                    count += 1;
                    if let Err(what) = self.check_cell(cell, letter).await {
                        wrong.push(format!("{cell:?}: {what}"));
                    }
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {count}:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        count
    }

    async fn check_cell(&mut self, cell: Cell, letter: char) -> Result<(), String> {
        let extra = cell.role.extra_member();
        let room = self.room(cell.kind, extra).await;
        let message = self.message_for(cell, room).await;
        let before = self.state(room).await;
        let reply = match cell.surface {
            Surface::Json => self.by_json(cell, room, message).await,
            Surface::Forms => self.by_form(cell, room, message).await,
        };
        let same = before == self.state(room).await;
        if !same && !cell.changes_only_messages() {
            self.rooms.remove(&(cell.kind, extra));
        }
        let expected = match letter {
            'y' => cell.success_status(),
            'f' => 403,
            'n' if cell.offers_to_join() => 200,
            'n' => 404,
            'c' => 409,
            _ => 422,
        };
        if reply.status != expected {
            return Err(format!("status code {}, expected {expected}", reply.status));
        }
        let offered = cell.offers_to_join() && letter == 'n';
        if offered && !reply.text().contains("Join room") {
            return Err("no offer to join".into());
        }
        if same != (letter != 'y' || cell.keeps_room_unchanged()) {
            return Err(format!("room unchanged: {same}"));
        }
        let refused = letter != 'y' && cell.surface == Surface::Json;
        if refused && !reply.detail().ends_with('.') {
            return Err(format!("{:?} is not a sentence", reply.detail()));
        }
        Ok(())
    }

    /// An unchanged room of `owner` with the members `member` and `tom`, and an extra one. Bert is banned.
    async fn room(&mut self, kind: &'static str, extra: Option<&'static str>) -> i64 {
        if let Some(room) = self.rooms.get(&(kind, extra)) {
            return *room;
        }
        let owner = &self.people["owner"];
        let mut names = vec!["member", "tom"];
        names.extend(extra);
        self.made += 1;
        let room = if kind == "direct" {
            owner.direct(&names).await
        } else {
            let room = owner
                .create_room(&format!("room {}", self.made), kind)
                .await;
            names.push("gone");
            for name in names {
                owner.invite(room, name).await;
            }
            owner.remove_member(room, "gone").await;
            let ban = format!("/rooms/{room}/bans/bert");
            owner.send("PUT", &ban, &json!({})).await.expect(204);
            room
        };
        self.rooms.insert((kind, extra), room);
        room
    }

    /// A new message for a test case: by the acting user if the action concerns their own message, otherwise by Tom.
    async fn message_for(&self, cell: Cell, room: i64) -> i64 {
        let inside = [Role::Member, Role::Moderator, Role::Owner, Role::Admin];
        let inside = inside.contains(&cell.role);
        let own = [EditOwn, Withdraw].contains(&cell.action) && inside;
        let author = if own { cell.role.name() } else { "tom" };
        if !cell.concerns_a_message() {
            return 0;
        }
        let posted = self.people[author].say(room, "look").await;
        posted["id"].as_i64().expect("a number")
    }

    /// The state of a room as its owner sees it: room fields, and members with time-outs and bans.
    async fn state(&self, room: i64) -> Option<(Value, Value)> {
        let owner = &self.people["owner"];
        let seen = owner.get(&format!("/rooms/{room}")).await;
        match seen.status {
            200 => {
                let mut seen = seen.json();
                seen["unread"] = Value::Null; // differs for each user
                let members = owner.get(&format!("/rooms/{room}/members")).await;
                Some((seen, members.expect(200).json()))
            }
            _ => None,
        }
    }

    async fn by_json(&self, cell: Cell, room: i64, message: i64) -> Reply {
        let name = cell.role.name();
        let (person, new_name) = (&self.people[name], format!("another {room}"));
        let at = |end: &str| format!("/messages/{message}{end}");
        let (method, path, body) = match cell.action {
            Page => ("GET", String::new(), None),
            Messages => ("GET", "/messages".into(), None),
            People => ("GET", "/members".into(), None),
            Settings => ("GET", "/settings".into(), None),
            Post => ("POST", "/messages".into(), Some(json!({"body": "hello"}))),
            Join => ("POST", "/members".into(), Some(json!({}))),
            Invite => (
                "POST",
                "/members".into(),
                Some(json!({"username": "guest"})),
            ),
            Remove => ("DELETE", "/members/tom".into(), None),
            Leave => ("DELETE", format!("/members/{name}"), None),
            Appoint => (
                "PATCH",
                "/members/tom".into(),
                Some(json!({"role": "owner"})),
            ),
            Rename => ("PATCH", String::new(), Some(json!({"name": new_name}))),
            Describe => ("PATCH", String::new(), Some(json!({"topic": "another"}))),
            Archive => ("PATCH", String::new(), Some(json!({"archived": true}))),
            Convert => (
                "PATCH",
                String::new(),
                Some(json!({"kind": cell.other_kind()})),
            ),
            MakeDefault => ("PATCH", String::new(), Some(json!({"default": true}))),
            Delete => (
                "DELETE",
                String::new(),
                Some(json!({"name": self.name_of(room).await})),
            ),
            MarkRead => ("PUT", "/read".into(), Some(json!({}))),
            Prefer => ("PUT", "/preferences".into(), Some(json!({"hidden": false}))),
            Message => ("GET", at(""), None),
            Edits => ("GET", at("/edits"), None),
            Reactions => ("GET", at("/reactions"), None),
            Thread => ("GET", at("/thread"), None),
            Pins => ("GET", "/pins".into(), None),
            Names => ("GET", "/names?q=t".into(), None),
            Edit | EditOwn => ("PATCH", at(""), Some(json!({"body": "another"}))),
            Moderate | Withdraw => ("DELETE", at(""), None),
            React => ("PUT", at("/reactions/:tada:"), None),
            Answer => ("POST", at("/thread"), Some(json!({"body": "beside"}))),
            Reply => (
                "POST",
                "/messages".into(),
                Some(json!({"body": "this", "reply_to": message})),
            ),
            Pin => ("PUT", at("/pin"), None),
            Save => ("PUT", at("/saved"), None),
            Follow => ("PUT", at("/thread/following"), None),
            Files => ("GET", "/files".into(), None),
            SetPicture => {
                let path = format!("/rooms/{room}/picture");
                return person.send_picture(&path, &png(8, 8)).await;
            }
            RemovePicture => ("DELETE", "/picture".into(), None),
            Announce => ("PATCH", String::new(), Some(json!({"announcements": true}))),
            SlowDown => ("PATCH", String::new(), Some(json!({"slow_mode": 60}))),
            Retain => ("PATCH", String::new(), Some(json!({"retention_days": 900}))),
            TimeOut => (
                "PUT",
                "/members/tom/time-out".into(),
                Some(json!({"minutes": 10})),
            ),
            EndTimeOut => ("DELETE", "/members/tom/time-out".into(), None),
            Ban => ("PUT", "/bans/tom".into(), None),
            Unban => ("DELETE", "/bans/bert".into(), None),
            Report => ("POST", at("/reports"), Some(json!({"reason": "spam"}))),
        };
        let path = format!("/rooms/{room}{path}");
        match body {
            Some(body) => person.send(method, &path, &body).await,
            None => send(person.ask(method, &path)).await,
        }
    }

    async fn by_form(&self, cell: Cell, room: i64, message: i64) -> Reply {
        let name = cell.role.name();
        let (room_name, new_name) = (self.name_of(room).await, format!("another {room}"));
        let (at, number) = (
            |end: &str| format!("/messages/{message}{end}"),
            message.to_string(),
        );
        let (path, fields): (String, Vec<(&str, &str)>) = match cell.action {
            Page => (String::new(), vec![]),
            Messages => ("/messages".into(), vec![]),
            People => ("/members".into(), vec![]),
            Settings => ("/settings".into(), vec![]),
            Post => ("/messages".into(), vec![("body", "hello")]),
            Join => ("/members".into(), vec![]),
            Invite => ("/members".into(), vec![("username", "guest")]),
            Remove => ("/members/tom".into(), vec![("role", "none")]),
            Leave => (format!("/members/{name}"), vec![("role", "none")]),
            Appoint => ("/members/tom".into(), vec![("role", "owner")]),
            Rename => ("/settings".into(), vec![("name", &*new_name)]),
            Describe => ("/settings".into(), vec![("topic", "another")]),
            Archive => ("/settings".into(), vec![("archived", "true")]),
            Convert => ("/settings".into(), vec![("kind", cell.other_kind())]),
            MakeDefault => ("/settings".into(), vec![("default", "true")]),
            Delete => ("/deletion".into(), vec![("name", &*room_name)]),
            MarkRead => ("/read".into(), vec![]),
            Prefer => ("/preferences".into(), vec![("hidden", "false")]),
            Message | Reactions => (at(""), vec![]),
            Edits => (at("/edits"), vec![]),
            Thread => (at("/thread"), vec![]),
            Pins => ("/pins".into(), vec![]),
            Names => ("/names?q=t".into(), vec![]),
            Edit | EditOwn => (at(""), vec![("body", "another")]),
            Moderate | Withdraw => (at("/deletion"), vec![]),
            React => (at("/reactions"), vec![("emoji", "🎉")]),
            Answer => (at("/thread"), vec![("body", "beside")]),
            Reply => (
                "/messages".into(),
                vec![("body", "this"), ("reply_to", &*number)],
            ),
            Pin => (at("/pin"), vec![("pinned", "true")]),
            Save => (at("/saved"), vec![("saved", "true")]),
            Follow => (at("/thread/following"), vec![("following", "true")]),
            Files => ("/files".into(), vec![]),
            SetPicture => ("/picture".into(), vec![]),
            RemovePicture => ("/picture/removal".into(), vec![]),
            Announce => ("/settings".into(), vec![("announcements", "true")]),
            SlowDown => ("/settings".into(), vec![("slow_mode", "60")]),
            Retain => ("/settings".into(), vec![("retention_days", "900")]),
            TimeOut => ("/members/tom/time-out".into(), vec![("minutes", "10")]),
            EndTimeOut => ("/members/tom/time-out".into(), vec![("minutes", "0")]),
            Ban => ("/bans/tom".into(), vec![]),
            Unban => ("/bans/bert/end".into(), vec![]),
            Report => (at("/reports"), vec![("reason", "spam")]),
        };
        let (browser, path) = (&self.browsers[name], format!("/rooms/{room}{path}"));
        match cell.action {
            SetPicture => {
                let form = multipart(&[], &[("a.png", &png(8, 8))]);
                browser.submit_multipart(&path, form).await
            }
            _ if cell.is_read_only() => browser.page(&path).await,
            _ => browser.submit(&path, &fields).await,
        }
    }

    /// The name that confirms the deletion of a room.
    async fn name_of(&self, room: i64) -> String {
        let room = self.people["owner"].room(room).await;
        room["name"].as_str().expect("a name").to_string()
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Moderator => "mo",
            Role::Owner => "owner",
            Role::Admin | Role::AdminOutside => "admin",
            Role::Outsider => "outsider",
            Role::Removed => "gone",
        }
    }

    /// Name of the user who is a member of the room only for this role.
    fn extra_member(self) -> Option<&'static str> {
        let is_extra = [Role::Moderator, Role::Admin].contains(&self);
        is_extra.then(|| self.name())
    }
}

impl Cell {
    /// Whether a page of an open room is asked for, which offers to join it instead.
    fn offers_to_join(self) -> bool {
        self.surface == Surface::Forms && self.kind == "open" && self.is_read_only()
    }

    /// The status code of success.
    fn success_status(self) -> u16 {
        match (self.surface, self.action) {
            _ if self.is_read_only() => 200,
            (Surface::Forms, _) => 303,
            (_, Post | Join | Invite | Answer | Reply | Report) => 201,
            (_, Remove | Leave | Delete | Save | Follow) => 204,
            (_, TimeOut | EndTimeOut | Ban | Unban) => 204,
            _ => 200,
        }
    }

    fn is_read_only(self) -> bool {
        let room = [Page, Messages, People, Settings, Pins, Names, Files];
        let message = [Message, Edits, Reactions, Thread];
        room.contains(&self.action) || message.contains(&self.action)
    }

    /// Whether the room stays unchanged. State that is private to a user is not part of the room.
    fn keeps_room_unchanged(self) -> bool {
        self.is_read_only()
            || [MarkRead, Prefer, Save, Follow, Report].contains(&self.action)
            || [RemovePicture, EndTimeOut].contains(&self.action) // there is none
    }

    fn concerns_a_message(self) -> bool {
        let other_actions = [Message, Edits, Reactions, Thread];
        other_actions.contains(&self.action)
            || [Save, Follow, Report].contains(&self.action)
            || (self.changes_only_messages() && self.action != Post)
    }

    /// Whether the action changes only messages, so that the room can be reused.
    fn changes_only_messages(self) -> bool {
        let actions = [
            Post, Edit, EditOwn, Moderate, Withdraw, React, Answer, Reply, Pin,
        ];
        actions.contains(&self.action)
    }

    fn other_kind(self) -> &'static str {
        match self.kind {
            "open" => "closed",
            _ => "open",
        }
    }
}
