//! Every page of the server as a table: its door, who opens it, where, and what is done there. Beside it the
//! little world in which all of them have something to show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::live::LiveSocket;
use crate::harness::person::Person;
use crate::harness::proxy::Proxy;
use crate::harness::server::Server;
use crate::screen::Screen;

use Step::{Click, Cut, Js, Type, Wait};
use Who::{Ada, Joan, Nobody};

/// Who looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Somebody without a session.
    Nobody,
    /// The admin, who owns most rooms.
    Ada,
    /// A member like any other.
    Joan,
}

/// What is done on a page after it has loaded.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Click(&'static str),
    /// Types into the element.
    Type(&'static str, &'static str),
    /// Runs an expression.
    Js(&'static str),
    /// Waits until an expression is truthy.
    Wait(&'static str),
    /// Cuts the connection to the server, until the next page.
    Cut,
}

/// One state of one page.
pub struct Page {
    pub name: &'static str,
    /// As `src/routes.rs` has it.
    pub door: &'static str,
    pub who: Who,
    /// Names of rooms in braces stand for their numbers.
    pub path: &'static str,
    pub steps: &'static [Step],
    /// The widths at which it is looked at (px); it is opened at the first one.
    pub widths: &'static [u32],
}

const BOTH: &[u32] = &[1280, 390];
const DRAWER: &[u32] = &[390, 320];

/// A page as it loads.
const fn page(name: &'static str, door: &'static str, who: Who, path: &'static str) -> Page {
    Page {
        name,
        door,
        who,
        path,
        steps: &[],
        widths: BOTH,
    }
}

impl Page {
    /// After these steps.
    const fn after(mut self, steps: &'static [Step]) -> Page {
        self.steps = steps;
        self
    }

    const fn at(mut self, widths: &'static [u32]) -> Page {
        self.widths = widths;
        self
    }
}

const REFUSED: Step = Wait("document.querySelector('[role=alert]')");
const CONNECTED: Step = Wait("document.getElementById('connection').dataset.state === 'open'");
const TOO_LONG: Step = Js("document.querySelector('#composer textarea').value = 'x'.repeat(10050)");

/// Add a page: one line here, and what it shows in `World::furnish`. Those of nobody come first.
pub const PAGES: &[Page] = &[
    page("log-in", "/login", Nobody, "/login"),
    page("log-in refused", "/login", Nobody, "/login").after(&[
        Type("[name=username]", "ada"),
        Type("[name=password]", "not her password"),
        Click("form[action='/login'] button"),
        REFUSED,
    ]),
    page("register", "/register", Nobody, "/register"),
    page("register refused: name", "/register", Nobody, "/register").after(&[
        Type("[name=username]", "ada <3"),
        Type("[name=password]", "long enough a password"),
        Click("form[action='/register'] button"),
        REFUSED,
    ]),
    page(
        "register refused: password",
        "/register",
        Nobody,
        "/register",
    )
    .after(&[
        Type("[name=username]", "lin"),
        Type("[name=password]", "short"),
        Click("form[action='/register'] button"),
        REFUSED,
    ]),
    page("not found, by nobody", "/", Nobody, "/nowhere"),
    page("an empty room", "/rooms/:room", Ada, "/rooms/{empty}").after(&[CONNECTED]),
    page("a busy room", "/rooms/:room", Ada, "/rooms/{busy}").after(&[
        CONNECTED,
        Wait("document.querySelectorAll('#presence [data-user]').length > 1"),
    ]),
    page(
        "a message with its actions",
        "/rooms/:room",
        Ada,
        "/rooms/{busy}",
    )
    .after(&[
        CONNECTED,
        Click("#messages .message:last-of-type .message__body"),
        Wait("document.querySelector('.message__actions')"),
    ]),
    page(
        "the line above what is new",
        "/rooms/:room",
        Joan,
        "/rooms/{design}",
    )
    .after(&[CONNECTED, Wait("document.querySelector('.new')")]),
    page("a message refused", "/rooms/:room", Ada, "/rooms/{empty}").after(&[
        CONNECTED,
        TOO_LONG,
        Click("#composer button"),
        Wait("document.querySelector('#notices [role=alert]')"),
        Js("document.querySelector('#composer textarea').value = ''"),
        Js("sessionStorage.clear()"),
    ]),
    page("not connected", "/rooms/:room", Ada, "/rooms/{busy}").after(&[
        CONNECTED,
        Cut,
        Wait("document.getElementById('connection').dataset.state === 'closed'"),
        Type("#composer textarea", "This waits"),
        Click("#composer button"),
        Wait("document.querySelector('.pending')"),
        Js("sessionStorage.clear()"),
    ]),
    page("an archived room", "/rooms/:room", Ada, "/rooms/{archived}").after(&[CONNECTED]),
    page("a closed room", "/rooms/:room", Ada, "/rooms/{closed}").after(&[CONNECTED]),
    page("a conversation", "/rooms/:room", Ada, "/rooms/{direct}").after(&[CONNECTED]),
    page(
        "an empty conversation",
        "/rooms/:room",
        Ada,
        "/rooms/{group}",
    )
    .after(&[CONNECTED]),
    page(
        "somebody else's closed room",
        "/rooms/:room",
        Joan,
        "/rooms/{closed}",
    ),
    page(
        "a room that one was put out of",
        "/rooms/:room",
        Joan,
        "/rooms/{leaving}",
    )
    .after(&[
        CONNECTED,
        Type("#composer textarea", "I was about to say"),
        Js("fetch(`${location.pathname}/members/joan`, { method: 'DELETE' }).then(() => true)"),
        Wait("'outside' in document.getElementById('room').dataset"),
    ]),
    page(
        "a message to no room",
        "/rooms/:room/messages",
        Ada,
        "/rooms/{empty}",
    )
    .after(&[
        CONNECTED,
        Js("(form => {
            form.action = '/rooms/999/messages';
            form.elements.body.value = 'too late';
            form.submit();
        })(document.getElementById('composer'))"),
        Wait("document.querySelector('.card__text')"),
    ]),
    page("the drawer", "/rooms/:room", Ada, "/rooms/{busy}")
        .after(&[
            CONNECTED,
            Click(".room__menu"),
            Wait("document.getElementById('rail').matches(':popover-open')"),
        ])
        .at(DRAWER),
    page("the switcher", "/search", Ada, "/rooms/{busy}").after(&[
        CONNECTED,
        Js("document.getElementById('find').click() ?? true"),
        Wait("document.querySelectorAll('#switcher [role=option]').length > 2"),
    ]),
    page(
        "the switcher, nothing found",
        "/search",
        Ada,
        "/rooms/{busy}",
    )
    .after(&[
        CONNECTED,
        Js("document.getElementById('find').click() ?? true"),
        Type("#switcher input", "zzz"),
        Wait("document.querySelector('#switcher .none')"),
    ]),
    page(
        "older messages",
        "/rooms/:room/messages",
        Ada,
        "/rooms/{busy}/messages?before={older}",
    ),
    page(
        "members",
        "/rooms/:room/members",
        Ada,
        "/rooms/{busy}/members",
    ),
    page(
        "members, a menu open",
        "/rooms/:room/members",
        Ada,
        "/rooms/{design}/members",
    )
    .after(&[Click("details.menu summary")]),
    page(
        "members, by a member",
        "/rooms/:room/members",
        Joan,
        "/rooms/{design}/members",
    ),
    page(
        "members of an archived room",
        "/rooms/:room/members",
        Ada,
        "/rooms/{archived}/members",
    ),
    page(
        "an invitation refused",
        "/rooms/:room/members",
        Ada,
        "/rooms/{closed}/members",
    )
    .after(&[
        Type("[name=username]", "nobody-here"),
        Click("form[action$='/members'] button"),
        REFUSED,
    ]),
    page(
        "settings",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    ),
    page(
        "settings, by a member",
        "/rooms/:room/settings",
        Joan,
        "/rooms/{design}/settings",
    ),
    page(
        "settings of a conversation",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{direct}/settings",
    ),
    page(
        "settings refused",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    )
    .after(&[
        Js("document.getElementById('name').value = 'x'.repeat(60)"),
        Click("form[action$='/settings'] .button--primary"),
        REFUSED,
    ]),
    page(
        "deletion not confirmed",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    )
    .after(&[
        Type("#sure", "another name"),
        Click("form[action$='/deletion'] button"),
        REFUSED,
    ]),
    page("the directory", "/rooms", Ada, "/rooms"),
    page("the directory, by a member", "/rooms", Joan, "/rooms"),
    page(
        "the directory, nothing found",
        "/rooms",
        Ada,
        "/rooms?q=zzz",
    ),
    page("the archive", "/rooms", Ada, "/rooms?archived=1"),
    page("a new room", "/rooms/new", Ada, "/rooms/new"),
    page("a new room refused", "/rooms/new", Ada, "/rooms/new").after(&[
        Type("#name", "design"),
        Click("form[action='/rooms'] button"),
        REFUSED,
    ]),
    page(
        "a new conversation",
        "/directs/new",
        Ada,
        "/directs/new?with=grace",
    ),
    page(
        "a new conversation, nobody found",
        "/directs/new",
        Ada,
        "/directs/new?q=zzz",
    ),
    page("search", "/search", Joan, "/search?q=e"),
    page("search, no words", "/search", Ada, "/search"),
    page("search, nothing found", "/search", Ada, "/search?q=zzz"),
    page("people", "/people", Ada, "/people"),
    page("people, nobody found", "/people", Ada, "/people?q=zzz"),
    page("a profile", "/people/:name", Ada, "/people/grace"),
    page("one's own profile", "/people/:name", Ada, "/people/ada"),
    page("a profile to fill in", "/profile", Ada, "/profile"),
    page("a profile refused", "/profile", Ada, "/profile").after(&[
        Js("document.getElementById('display_name').value = 'x'.repeat(80)"),
        Js("document.getElementById('about').value = 'x'.repeat(200)"),
        Type("#time_zone", "Atlantis"),
        Click("form[action='/profile'] button"),
        REFUSED,
    ]),
    page("not found", "/", Ada, "/nowhere"),
    page("not that kind of request", "/", Ada, "/logout"),
];

/// Doors that open no page, with an address to try.
pub const NO_PAGES: &[(&str, &str)] = &[
    ("/", "/"),
    ("/health", "/health"),
    ("/logout", "/logout"),
    ("/u/:file", "/u/1.css"),
    ("/new/:file", "/new/1.css"),
    ("/directs", "/directs"),
    ("/read", "/read"),
    ("/live", "/live"),
    ("/ws", "/ws"),
    ("/assets/:file", "/assets/icon.svg"),
    ("/rooms/:room/deletion", "/rooms/1/deletion"),
    ("/rooms/:room/members/:name", "/rooms/1/members/ada"),
    ("/rooms/:room/read", "/rooms/1/read"),
    ("/rooms/:room/preferences", "/rooms/1/preferences"),
    ("/rooms/:room/live", "/rooms/1/live"),
];

/// A server with people, rooms and talk, behind a proxy that can be cut.
pub struct World {
    _server: Server,
    pub proxy: Proxy,
    pub ada: Person,
    grace: Person,
    joan: Person,
    /// Grace's page, so that somebody is online.
    _here: LiveSocket,
    cookies: BTreeMap<Who, String>,
    /// What the names in braces stand for.
    numbers: BTreeMap<&'static str, i64>,
}

impl World {
    pub async fn furnished() -> World {
        let server = Server::unlimited();
        let proxy = Proxy::before(server.address()).await;
        let ada = Person::register(&server, "ada").await;
        let grace = Person::register(&server, "grace").await;
        let joan = Person::register(&server, "joan").await;
        let _here = grace.listen(1).await;
        let mut cookies = BTreeMap::new();
        for (who, person) in [(Ada, &ada), (Joan, &joan)] {
            cookies.insert(who, person.browser().await.cookie());
        }
        let mut world = World {
            _server: server,
            proxy,
            ada,
            grace,
            joan,
            _here,
            cookies,
            numbers: BTreeMap::new(),
        };
        world.furnish().await;
        world
    }

    /// Rooms of every kind, with something to count, to read and to find.
    async fn furnish(&mut self) {
        let (ada, grace, joan) = (&self.ada, &self.grace, &self.joan);
        let profile = json!({"display_name": "Grace Hopper", "about": "The shortest way home", "time_zone": "America/New_York"});
        grace.send("PATCH", "/profile", &profile).await.expect(200);
        let mut numbers = BTreeMap::new();
        let topic = json!({"name": "design", "topic": "What we are working on", "kind": "open"});
        let design = ada.send("POST", "/rooms", &topic).await.expect(201).json()["id"].clone();
        let design = design.as_i64().expect("a number");
        ada.invite(design, "grace").await;
        ada.invite(design, "joan").await;
        ada.appoint(design, "grace", "owner").await;
        let empty = ada.make("empty", "open").await;
        let closed = ada.make("salaries", "closed").await;
        ada.invite(closed, "grace").await;
        let archived = ada.make("last year", "open").await;
        ada.say(archived, "That was it").await;
        let path = format!("/rooms/{archived}");
        ada.send("PATCH", &path, &json!({"archived": true}))
            .await
            .expect(200);
        grace.make("not joined by ada", "open").await;
        let leaving = grace.make("short stay", "closed").await;
        grace.invite(leaving, "joan").await;
        let direct = grace.direct(&["ada"]).await;
        let group = ada.direct(&["grace", "joan"]).await;

        let mut older = Value::Null;
        for number in 1..=60 {
            let message = grace.say(1, &format!("number {number}")).await;
            if number == 20 {
                older = message["id"].clone();
            }
        }
        for (person, text) in [
            (
                grace,
                "Good morning! Notes: https://example.com/notes?build=42#times",
            ),
            (ada, "Reading them now: https://example.com/notes"),
            (ada, "    indented\n\nwith an empty line"),
            (joan, "السطر من اليمين إلى اليسار"),
            (grace, "🎉"),
        ] {
            person.say(1, text).await;
        }
        for (room, text) in [
            (design, "@ada @joan can you look?"),
            (design, "It is nearly done"),
            (direct, "Have you a minute?"),
            (closed, "for few eyes"),
        ] {
            grace.say(room, text).await;
        }
        let path = format!("/rooms/{design}/preferences");
        ada.send("PUT", &path, &json!({"favourite": true})).await;
        numbers.extend([
            ("busy", 1),
            ("design", design),
            ("empty", empty),
            ("closed", closed),
        ]);
        numbers.extend([
            ("archived", archived),
            ("direct", direct),
            ("group", group),
            ("leaving", leaving),
        ]);
        numbers.insert("older", older.as_i64().expect("a number"));
        self.numbers = numbers;
    }

    /// The address of a page.
    pub fn path(&self, page: &Page) -> String {
        let mut path = page.path.to_owned();
        for (name, number) in &self.numbers {
            path = path.replace(&format!("{{{name}}}"), &number.to_string());
        }
        assert!(!path.contains('{'), "{path} names nothing");
        path
    }

    /// Makes the browser that of somebody.
    pub async fn enter(&self, screen: &Screen, who: Who) {
        screen.cdp("Network.clearBrowserCookies", json!({})).await;
        if let Some(cookie) = self.cookies.get(&who) {
            let (name, value) = cookie.split_once('=').expect("a cookie is a pair");
            let cookie = json!({"name": name, "value": value, "url": screen.origin});
            screen.cdp("Network.setCookie", cookie).await;
        }
    }

    /// Opens a page and does what belongs to it.
    pub async fn open(&self, screen: &Screen, page: &Page) {
        let path = self.path(page);
        screen.goto(&path).await;
        let shown = screen.path().await;
        assert!(
            path.starts_with(&shown),
            "{}: {shown}, not {path}",
            page.name
        );
        for step in page.steps {
            match step {
                Click(css) => screen.click(css).await,
                Type(css, text) => screen.type_into(css, text).await,
                Js(expression) => drop(screen.js(expression).await),
                Wait(expression) => drop(screen.wait(page.name, expression).await),
                Cut => {
                    self.proxy.refuse_everything(true);
                    self.proxy.cut();
                }
            }
        }
    }
}
