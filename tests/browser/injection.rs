//! Sends every text of the corpus through every text field while two windows watch: one receives live updates, the
//! other opens the pages afterwards. No text may run, start a request or swap a part of the page, and each is shown
//! as it was written.
//!
//! Proof that the checks can fail: `the_watch_reports_every_kind_of_injection` injects a fault for each of them. They
//! also failed with these bugs in the program: `|safe` on the name in `sidebar/row.html` (new elements, missing
//! names), `|safe` on the search words in `people/list.html` and an unescaped `<` in `messages/text.rs` (new elements,
//! attributes and URLs).

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::corpus::{corpus, harmless, joined, truncated};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::client_id;
use crate::harness::http::{Reply, post_json, send};
use crate::harness::server::Server;
use crate::injection_watch::{PageRequest, Watch};
use crate::text_fields::{
    ECHOED_FIELDS, PROFILE_FIELDS, ROOM_FIELDS, SEND_METHODS, SendMethod, StoredField, encoded,
};
use crate::window::{Window, WindowOptions};

/// A text that every field refuses, because it is invisible.
const BLANK: &str = "\u{2800}";

/// Logs a user in and watches the window.
async fn open_watch(server: &Server, name: &str) -> Watch {
    let window = Window::log_in(&server.origin(), name, WindowOptions::with_request_log()).await;
    Watch::start(window).await
}

/// Like [`open_watch`], in a small window, because thousands of live updates are painted in it.
async fn open_small_watch(server: &Server, name: &str) -> Watch {
    let options = WindowOptions {
        width: 480,
        height: 320,
        ..WindowOptions::with_request_log()
    };
    Watch::start(Window::log_in(&server.origin(), name, options).await).await
}

#[tokio::test]
async fn hostile_messages_are_shown_as_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let ada = (ada.clone(), ada.browser().await);
    for name in ["bob", "eve"] {
        Account::register(&server, name).await;
    }
    let mut live = open_small_watch(&server, "bob").await;
    let mut fresh = open_watch(&server, "eve").await;
    // Live updates that are independent of the texts: unread counts of another room, a user who joins.
    let other = ada.0.create_room("another", "open").await;
    for name in ["bob", "eve"] {
        ada.0.invite(other, name).await;
    }
    ada.0.say(other, "Hello @bob and @eve").await;
    ada.0.say(other, "Hello").await;
    live.visit("/rooms/1").await;
    live.mark().await;
    fresh.visit("/rooms/1").await;
    let _joined = Account::register(&server, "joan").await.open_live(1).await;
    ada.0.remove_member(1, "joan").await;
    for window in [&mut live, &mut fresh] {
        window.window.wait_for(".message--system").await;
        window.window.wait_for("#sidebar .mention-badge").await;
        window.check("a user joins").await;
    }
    // A list of more than 400 messages loses its oldest ones, which must be known as well.
    let harmless = harmless(340);
    for (texts, alone) in [(harmless.clone(), harmless), (corpus(), third_of_corpus(0))] {
        let together = joined(&texts, "\n\n", 1000);
        for method in SEND_METHODS {
            let texts = if method.has_one_text_per_message() {
                &alone
            } else {
                &together
            };
            // A page shows 50 messages.
            for texts in texts.chunks(50) {
                let posted = send_texts(method, &ada, &mut live, texts).await;
                live.check(&format!("live update, {method:?}")).await;
                if method == SendMethod::Http {
                    fresh.visit("/rooms/1").await;
                    // Away from the room, this window does not render the messages of the other methods.
                    fresh.visit("/health").await;
                    reply_to_some(&posted, &ada.0, &mut live).await;
                    live.check("live update, replies").await;
                }
            }
        }
        // The server answers them with one of a few texts of its own, whatever they contain.
        let frames: Vec<String> = texts.iter().step_by(5).cloned().collect();
        send_bad_frames(&mut live, &frames).await;
        load_history(&mut fresh).await;
        live.stop_learning();
        fresh.stop_learning();
    }
    live.end().await;
    fresh.end().await;
}

const MESSAGES: &str = "/rooms/1/messages";

/// Sends texts with one method and waits until a final message is on the page. HTTP requests run at the same time,
/// so that the page receives many messages in one frame. Returns the messages that were posted as JSON.
async fn send_texts(
    method: SendMethod,
    (ada, form): &(Account, Browser),
    live: &mut Watch,
    texts: &[String],
) -> Vec<Value> {
    let (last, mut posted) = (client_id(), Vec::new());
    let accepted = |text: &str, reply: &Reply, status: u16| {
        let expected = [status, 422].contains(&reply.status);
        assert!(expected, "{text}: {}", reply.text());
        reply.status == status
    };
    match method {
        SendMethod::Http => {
            let replies = texts.iter().map(async |text| {
                let reply = ada.try_post_in(1, text).await;
                accepted(text, &reply, 201).then(|| reply.json())
            });
            posted.extend(join_all(replies).await.into_iter().flatten());
        }
        SendMethod::Form => {
            join_all(texts.iter().map(async |text| {
                let reply = form.submit(MESSAGES, &[("body", text)]).await;
                accepted(text, &reply, 303);
            }))
            .await;
        }
        SendMethod::Socket => {
            let mut socket = ada.open_live(1).await;
            for text in texts {
                assert!(socket.send(&json!({"body": text})).await);
            }
            let end = json!({"body": "and", "client_id": last});
            assert!(socket.send(&end).await);
            wait_for_arrival(live, &last).await;
            return posted;
        }
        SendMethod::Page => {
            submit_in_page(live, texts).await;
            return posted;
        }
        SendMethod::Edit => {
            join_all(texts.iter().map(async |text| {
                let before = ada.say(1, "before").await["id"].clone();
                let path = format!("{MESSAGES}/{before}");
                let reply = ada.send("PATCH", &path, &json!({"body": text})).await;
                accepted(text, &reply, 200);
            }))
            .await;
        }
    }
    post_last(ada, live, &last).await;
    posted
}

/// Replies to every fifth message with the same text, which the reply quotes, and waits until all are on the page. Five
/// has no factor in common with the number of kinds of harmless texts, so each kind is quoted.
async fn reply_to_some(messages: &[Value], ada: &Account, live: &mut Watch) {
    let last = client_id();
    join_all(messages.iter().step_by(5).map(async |message| {
        let reply = json!({"body": message["body"], "reply_to": message["id"]});
        ada.send("POST", MESSAGES, &reply).await.expect(201);
    }))
    .await;
    post_last(ada, live, &last).await;
}

/// Posts a final message and waits until it is on the page.
async fn post_last(ada: &Account, live: &mut Watch, client_id: &str) {
    let message = json!({"body": "and", "client_id": client_id});
    ada.send("POST", MESSAGES, &message).await.expect(201);
    wait_for_arrival(live, client_id).await;
}

/// Waits until the message with a client id is on the page.
async fn wait_for_arrival(live: &mut Watch, client_id: &str) {
    let arrived = format!("!!document.querySelector(\"#messages [data-client='{client_id}']\")");
    live.wait("the last message", &arrived).await;
}

/// Submits each text in the page, then two that the server refuses: the first of these goes back into the composer,
/// the second stays in the outbox. Checks the page while the texts are pending and afterwards.
async fn submit_in_page(live: &mut Watch, texts: &[String]) {
    let texts: Vec<&str> = texts
        .iter()
        .map(String::as_str)
        .chain([BLANK, BLANK])
        .collect();
    let script = format!(
        "const form = document.getElementById('composer');
         for (const text of {}) {{
             form.elements.body.value = text;
             form.requestSubmit();
         }}
         form.elements.body.value = '';
         return watch.snapshot();",
        json!(texts)
    );
    let pending = live.window.run(&script).await;
    live.record("pending", pending);
    let arrived = "document.querySelectorAll('.pending:not([data-failed])').length === 0";
    live.wait("all texts to arrive", arrived).await;
    live.check("refused").await;
    live.window
        .run(
            "for (const button of document.querySelectorAll('[data-action=discard]')) button.click();
             document.querySelector('#composer textarea').value = '';",
        )
        .await;
}

/// Sends frames that are not JSON and invalid client ids, which the server refuses with a notice to the page.
async fn send_bad_frames(live: &mut Watch, texts: &[String]) {
    let last = client_id();
    let script = format!(
        "const socket = watch.sockets.at(-1);
         for (const text of {}) {{
             socket.send(text);
             socket.send(JSON.stringify({{ body: 'with an id', client_id: text }}));
         }}
         socket.send(JSON.stringify({{ body: 'and', client_id: {} }}));",
        json!(texts),
        json!(last)
    );
    live.window.run(&script).await;
    wait_for_arrival(live, &last).await;
    live.check("bad frames").await;
}

/// Scrolls up three times, so that htmx loads older messages, and checks each part.
async fn load_history(fresh: &mut Watch) {
    fresh.visit("/rooms/1").await;
    for _ in 0..3 {
        let count = "document.querySelectorAll('#messages .message').length";
        let before = fresh.window.js(count).await;
        fresh
            .window
            .js("document.getElementById('timeline').scrollTo(0, -1e9) ?? true")
            .await;
        fresh
            .wait("older messages", &format!("{count} > {before}"))
            .await;
        fresh.check("older messages").await;
    }
}

#[tokio::test]
async fn hostile_profiles_are_shown_as_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let names: Vec<String> = (10..30).map(|number| format!("zz{number}")).collect();
    let (mut users, mut stored) = (Vec::new(), Vec::new());
    for name in &names {
        let browser = Browser::new(&server.origin());
        let form = [("username", &**name), ("password", PASSWORD)];
        browser.submit("/register", &form).await.expect(303);
        let account = ada.with_token(&browser.session());
        users.push((account, "/profile".to_owned()));
    }
    let mut rooms = Vec::new();
    for name in &names {
        rooms.push(ada.direct(&[name]).await);
    }
    rooms.push(ada.direct(&["zz10", "zz11", "zz12"]).await);
    let mut live = open_small_watch(&server, "ada").await;
    let mut fresh = open_small_watch(&server, "ada").await;
    live.visit(&format!("/rooms/{}", rooms[0])).await;
    live.mark().await;
    let picked: String = names[..3]
        .iter()
        .map(|name| format!("with={name}&"))
        .collect();
    // Without display names a conversation is found by the usernames.
    fresh.visit(&format!("/rooms/{}", rooms[20])).await;
    search_in_switcher(&mut fresh).await;
    // The other thirds are in messages and in the names and topics of rooms.
    for (round, texts) in [harmless(40), third_of_corpus(1)].iter().enumerate() {
        for (number, texts) in texts.chunks(names.len()).enumerate() {
            store_texts(PROFILE_FIELDS, texts, &users, &mut stored).await;
            live.wait_for_texts("#sidebar .sidebar-row__name", &stored[0])
                .await;
            check_pages(&mut fresh, PROFILE_FIELDS, &stored).await;
            let mut requests = vec![
                PageRequest::get("/directs/new?q=zz"),
                PageRequest::get(format!("/directs/new?{picked}")),
                PageRequest {
                    fragment: true,
                    ..PageRequest::get("/search?q=zz")
                },
            ];
            for (at, name) in names.iter().enumerate() {
                let page = PageRequest::get(format!("/people/{name}"));
                requests.push(page.showing(texts_at(&stored, at)));
            }
            fresh
                .fetch_pages("pages of a user", &browser, &requests)
                .await;
            if round == 0 || number % 10 == 0 {
                for page in ["/people/zz10", "/directs/new?q=zz"] {
                    fresh.visit(page).await;
                }
                fresh.visit(&format!("/rooms/{}/settings", rooms[0])).await;
                fresh.visit(&format!("/rooms/{}", rooms[20])).await;
                search_in_switcher(&mut fresh).await;
                fresh.visit("/rooms/1/members").await;
                suggest_people(&mut fresh).await;
            }
        }
        live.stop_learning();
        fresh.stop_learning();
    }
    live.end().await;
    fresh.end().await;
}

/// Every third text of the corpus, beginning with `first`. Templates escape every field in the same way, so each text
/// needs one field only.
fn third_of_corpus(first: usize) -> Vec<String> {
    corpus().into_iter().skip(first).step_by(3).collect()
}

/// Opens the switcher and searches for users.
async fn search_in_switcher(fresh: &mut Watch) {
    let open = "document.getElementById('switcher-button').click()";
    fresh.window.run(open).await;
    let is_open = "document.getElementById('switcher')?.open";
    fresh.wait("the switcher", is_open).await;
    let script = "const box = document.querySelector('#switcher input');
        box.value = 'zz';
        box.dispatchEvent(new Event('input', { bubbles: true }));";
    fresh.window.run(script).await;
    let found = "document.querySelectorAll('#switcher [id^=option-person]').length > 0";
    fresh.wait("users in the switcher", found).await;
    fresh.check("the switcher").await;
}

/// Types the start of a username into the invitation form, which suggests users.
async fn suggest_people(fresh: &mut Watch) {
    let script = "const box = document.querySelector('input[data-people]');
        box.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', bubbles: true }));
        box.value = 'zz';
        box.dispatchEvent(new Event('input', { bubbles: true }));";
    fresh.window.run(script).await;
    fresh.window.wait_for("#found-people option").await;
    fresh.check("suggested users").await;
}

#[tokio::test]
async fn hostile_room_names_and_topics_are_shown_as_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    Account::register(&server, "bob").await;
    let (mut rooms, mut targets, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..48 {
        let room = ada.create_room(&format!("room {number}"), "closed").await;
        ada.invite(room, "bob").await;
        targets.push((ada.clone(), format!("/rooms/{room}")));
        rooms.push(room);
    }
    let mut live = open_small_watch(&server, "bob").await;
    let mut fresh = open_small_watch(&server, "ada").await;
    live.visit(&format!("/rooms/{}", rooms[0])).await;
    live.mark().await;
    for texts in [harmless(96), third_of_corpus(2)] {
        for (number, texts) in texts.chunks(rooms.len()).enumerate() {
            store_texts(ROOM_FIELDS, texts, &targets, &mut stored).await;
            live.wait_for_texts("#sidebar .sidebar-row__name", &stored[0])
                .await;
            live.wait_for_texts("#room-name", &stored[0][..1]).await;
            check_pages(&mut fresh, ROOM_FIELDS, &stored).await;
            if number % 4 == 0 {
                for page in ["", "/members"] {
                    let room = rooms[number % texts.len()];
                    fresh.visit(&format!("/rooms/{room}{page}")).await;
                }
            }
            let mut requests = Vec::new();
            for (at, room) in rooms.iter().enumerate() {
                let part = ["", "/settings"][(at + number) % 2];
                let page = PageRequest::get(format!("/rooms/{room}{part}"));
                requests.push(page.showing(texts_at(&stored, at)));
            }
            fresh
                .fetch_pages("pages of a room", &browser, &requests)
                .await;
        }
        live.stop_learning();
        fresh.stop_learning();
    }
    live.end().await;
    fresh.end().await;
}

/// A user or a room whose fields are changed: the account that may do it, and the path.
type Target = (Account, String);

/// Stored texts of all fields of one target.
fn texts_at(stored: &[Vec<String>], target: usize) -> impl Iterator<Item = String> {
    stored.iter().map(move |texts| texts[target].clone())
}

/// Stores one text in every field of each target. A refused text leaves the previous one. `stored` receives the text
/// of each field of each target.
async fn store_texts(
    fields: &[StoredField],
    texts: &[String],
    targets: &[Target],
    stored: &mut Vec<Vec<String>>,
) {
    stored.resize(fields.len(), Vec::new());
    for (field, stored) in fields.iter().zip(stored) {
        stored.resize(targets.len(), String::new());
        let changes = texts.iter().zip(targets).zip(stored);
        join_all(changes.map(async |((text, (account, path)), stored)| {
            let change = json!({field.key: truncated(text, field.max_chars)});
            let reply = account.send("PATCH", path, &change).await;
            match reply.status {
                200 => {
                    *stored = reply.json()[field.key]
                        .as_str()
                        .expect("a field is a string")
                        .to_owned()
                }
                status => assert_eq!(status, 422, "{change}: {}", reply.text()),
            }
        }))
        .await;
    }
}

/// Opens every page that shows one of the fields and checks the texts.
async fn check_pages(fresh: &mut Watch, fields: &[StoredField], stored: &[Vec<String>]) {
    let mut at = "";
    let mut places: Vec<_> = fields
        .iter()
        .zip(stored)
        .flat_map(|(field, stored)| {
            field
                .shown_at
                .iter()
                .map(move |(path, css)| (*path, *css, stored))
        })
        .collect();
    places.sort();
    for (path, css, stored) in places {
        if path != at {
            fresh.visit(path).await;
            at = path;
        }
        fresh.check_texts(path, css, stored).await;
    }
}

#[tokio::test]
async fn hostile_search_words_and_refused_forms_are_shown_as_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    Account::register(&server, "bob").await;
    ada.create_room("a room to find", "open").await;
    ada.say(2, "a message to find").await;
    let mut fresh = open_watch(&server, "ada").await;
    fresh.visit("/messages").await;
    fresh.visit("/people").await;
    fresh.visit("/rooms").await;
    let known = [
        "e",
        "a",
        "bob",
        "0",
        "1",
        "2",
        "99",
        "nothing like it",
        "from:nobody",
        "-",
    ]
    .map(String::from);
    for texts in [known.to_vec(), corpus()] {
        let join = |max_chars| match texts.len() {
            ..100 => texts.clone(),
            _ => joined(&texts, " ", max_chars),
        };
        // A URL may be longer than most forms.
        let (in_url, in_form) = (join(1500), join(300));
        for field in ECHOED_FIELDS {
            let texts = match (field.one_text_per_request, field.form) {
                (true, _) => &texts,
                (false, []) => &in_url,
                (false, _) => &in_form,
            };
            let texts = texts.iter().step_by(field.sample_every);
            let requests: Vec<PageRequest> = texts.map(|text| field.request(text)).collect();
            fresh.fetch_pages(field.name, &browser, &requests).await;
        }
        // Some of the pages are also opened in the window.
        for path in ["/search?q=", "/rooms?q=", "/people?q=", "/directs/new?q="] {
            for text in texts.iter().step_by(97) {
                fresh.visit(&format!("{path}{}", encoded(text))).await;
            }
        }
        fresh.stop_learning();
    }
    fresh.end().await;
}

#[tokio::test]
async fn invalid_identifiers_are_refused_and_redirects_stay_on_the_site() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let mut texts = corpus();
    let foreign = [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "https:/evil.example",
        "/@evil.example",
        ".evil.example",
    ];
    // 24 repetitions send each of the eight URLs to each of the three paths, because 3 does not divide 8.
    texts.extend(foreign.iter().cycle().take(24).map(|text| text.to_string()));
    let paths = ["/read", "/rooms/1/read", "/rooms/1/preferences"];
    for (text, path) in texts.iter().zip(paths.into_iter().cycle()) {
        let has_markup =
            text.contains(['<', '>', '"', '\'', '&', '(', '{', '[', '=', ':', '/', '\\']);
        if has_markup {
            let account = json!({"username": text, "password": PASSWORD});
            let reply = post_json(&format!("{}/register", server.origin()), &account).await;
            assert_eq!(reply.status, 422, "{text} is accepted as a username");
        }
        let zone = ada
            .send("PATCH", "/profile", &json!({"time_zone": text}))
            .await;
        let is_zone = |zone: &str| {
            zone.chars()
                .all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c))
        };
        assert!(
            zone.status == 422 || is_zone(text.trim()),
            "{text} is accepted as a time zone"
        );
        let reply = ada.try_post("x", text).await;
        let is_id = |id: &str| {
            id.chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        };
        assert!(
            reply.status == 422 || is_id(text),
            "{text} is accepted as a client id"
        );
        let back = [("back", &**text), ("notify", "everything")];
        let reply = browser.submit(path, &back).await.expect(303);
        let location = reply.header("location");
        let is_on_site =
            location.starts_with('/') && !location[1..].starts_with(['/', '\\', '\t', '\n']);
        assert!(is_on_site, "{path} with {text} redirects to {location}");
    }
    let people = send(ada.ask("GET", "/people")).await.json();
    assert!(
        people["people"]
            .as_array()
            .is_some_and(|all| all.len() == 1),
        "{people}"
    );
}

#[tokio::test]
async fn the_watch_reports_every_kind_of_injection() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.say(1, "a message").await;
    let mut live = open_watch(&server, "ada").await;
    live.visit("/rooms/1").await;
    live.mark().await;
    live.stop_learning();
    live.check("before").await;
    assert_eq!(live.faults().await, Vec::<String>::new());
    let end = "document.body.insertAdjacentHTML('beforeend', ";
    let body = "document.querySelector('.message__body').innerHTML = ";
    let injections = [
        ("pwned(1)", "pwned(1) ran"),
        ("eval('1')", "eval(1) ran"),
        (&format!("{end}'<p>x</p>')"), "body > p"),
        (
            &format!("{end}'<img src=x: onerror=pwned()>')"),
            "the policy blocked script-src-attr inline",
        ),
        (
            &format!("{end}'<img alt=\"\" src=/pwned.png>')"),
            "unexpected request: GET",
        ),
        (
            &format!("{end}'<img alt=\"\" src=//evil.example/x.png>')"),
            "the policy blocked img-src",
        ),
        (
            &format!("{end}'<a href=javascript:pwned()>x</a>')"),
            "a foreign URL: <a href=",
        ),
        (
            &format!("{end}'<p id=messages></p>')"),
            "duplicate id #messages",
        ),
        (
            &format!("{body}'<img src=x:>'"),
            "an element in a message: <img",
        ),
        (
            &format!("{body}'<p onclick=x>y</p>'"),
            "an attribute in a message: <p",
        ),
        (
            &format!("{body}'<a href=data:,x>y</a>'"),
            "a link in a message: <a",
        ),
        (
            "document.getElementById('body').setAttribute('onfocus', 'x')",
            "textarea.composer__box @onfocus",
        ),
        (
            "htmx.swap({ sourceElement: document.body, target: '#connection', swap: 'outerHTML', text: '<p id=connection></p>' })",
            "#connection was replaced",
        ),
        (
            "fetch('/read', { method: 'POST' })",
            "unexpected request: POST",
        ),
        (
            "watch.sockets.push(new WebSocket('/pwned'))",
            "unexpected request: socket",
        ),
    ];
    for (script, fault) in injections {
        live.window.run(script).await;
        let mut faults = Vec::new();
        for _ in 0..100 {
            live.check("injected").await;
            faults.extend(live.faults().await);
            if faults.iter().any(|one| one.contains(fault)) {
                break;
            }
        }
        assert!(
            faults.iter().any(|one| one.contains(fault)),
            "{script} is not reported: {faults:#?}"
        );
        live.visit("/rooms/1").await;
        live.mark().await;
        live.faults().await;
    }
    live.check_texts("injected", "#room-name", &["not its name".into()])
        .await;
    let page = PageRequest::get("/rooms/1");
    let request = PageRequest::get("/rooms/1").showing(["Lobby".into(), "not there".into()]);
    let browser = ada.browser().await;
    live.fetch_pages("injected", &browser, &[request, page])
        .await;
    let faults = live.faults().await;
    for fault in [
        "no #room-name shows \"not its name\"",
        "\"not there\" is missing",
    ] {
        assert!(
            faults.iter().any(|one| one.contains(fault)),
            "{fault}: {faults:#?}"
        );
    }
    assert!(
        !faults.iter().any(|one| one.contains("Lobby")),
        "{faults:#?}"
    );
    // The console has errors of the injections too.
    let ended = tokio::spawn(live.end()).await;
    assert!(
        ended.is_err(),
        "errors in the console must fail the journey"
    );
}
