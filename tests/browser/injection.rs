//! Every text of the corpus through everything that a person can write, before the eyes of two others: one
//! sees it come, one opens the pages afterwards. Nothing runs, nothing is loaded, nothing is swapped, and it is
//! shown as it was written.
//!
//! Seen to fail: each check, by what `what_is_planted_is_seen` plants. Besides, with the program broken on
//! purpose: `|safe` behind the name in `sidebar/row.html` (elements had come, names were not shown), `|safe`
//! behind the words in `people/list.html` and a `<` not escaped in `messages/text.rs` (elements, attributes
//! and addresses had come).

use serde_json::{Value, json};

use crate::corpus::{corpus, fit, harmless, packed};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::client_id;
use crate::harness::http::{post_json, send};
use crate::harness::server::Server;
use crate::injection_watch::Watch;
use crate::text_fields::{ECHOES, Kept, OF_A_PERSON, OF_A_ROOM, WAYS, Way, encoded};
use crate::window::{Window, WindowOptions};

/// Refused by everything that takes a text: it shows nothing.
const BLANK: &str = "\u{2800}";

async fn watch(server: &Server, name: &str) -> Watch {
    let window = Window::log_in(&server.origin(), name, WindowOptions::recorded()).await;
    Watch::over(window).await
}

#[tokio::test]
async fn messages_stay_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let ada = (ada.clone(), ada.browser().await);
    for name in ["bob", "eve"] {
        Account::register(&server, name).await;
    }
    let mut live = watch(&server, "bob").await;
    let mut fresh = watch(&server, "eve").await;
    // What may come to a page at any moment: counts of another room, somebody who joins.
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
    for window in [&mut live, &mut fresh] {
        window.window.wait_for(".message--system").await;
        window
            .window
            .wait_for("#sidebar .unread-badge + .unread-badge")
            .await;
        window.check("somebody joins").await;
    }
    for texts in [harmless(150), corpus()] {
        for way in WAYS {
            // As many as a page shows.
            for texts in texts.chunks(50) {
                write(way, &ada, &mut live, texts).await;
                live.check(&format!("as it comes, {way:?}")).await;
                if way == Way::Http {
                    fresh.visit("/rooms/1").await;
                }
            }
        }
        for texts in texts.chunks(200) {
            bad_frames(&mut live, texts).await;
        }
        read_back(&mut fresh).await;
        live.has_learned();
        fresh.has_learned();
    }
    live.end().await;
    fresh.end().await;
}

/// Writes all the texts in one way, and waits until the last of them is on the page.
async fn write(way: Way, (ada, form): &(Account, Browser), live: &mut Watch, texts: &[String]) {
    let last = client_id();
    let end = |text: &str| json!({"body": text, "client_id": last});
    match way {
        Way::Http => {
            for text in texts {
                let reply = ada.try_post_in(1, text).await;
                assert!(
                    [201, 422].contains(&reply.status),
                    "{text}: {}",
                    reply.text()
                );
            }
            ada.send("POST", "/rooms/1/messages", &end("and"))
                .await
                .expect(201);
        }
        Way::Form => {
            for text in texts {
                let reply = form.submit("/rooms/1/messages", &[("body", text)]).await;
                assert!(
                    [303, 422].contains(&reply.status),
                    "{text}: {}",
                    reply.text()
                );
            }
            ada.send("POST", "/rooms/1/messages", &end("and"))
                .await
                .expect(201);
        }
        Way::Socket => {
            let mut socket = ada.open_live(1).await;
            for text in texts {
                assert!(socket.send(&json!({"body": text})).await);
            }
            assert!(socket.send(&end("and")).await);
            came(live, &last).await;
        }
        Way::Page => return type_all(live, texts).await,
        Way::Edit => {
            for text in texts {
                let before = ada.say(1, "before").await["id"].clone();
                let path = format!("/rooms/1/messages/{before}");
                let reply = ada.send("PATCH", &path, &json!({"body": text})).await;
                assert!([200, 422].contains(&reply.status), "{text}");
            }
            ada.send("POST", "/rooms/1/messages", &end("and"))
                .await
                .expect(201);
        }
        Way::Reply => {
            let mut quoted = ada.say(1, "begin").await["id"].clone();
            for text in texts {
                let body = json!({"body": text, "reply_to": quoted});
                let reply = ada.send("POST", "/rooms/1/messages", &body).await;
                assert!([201, 422].contains(&reply.status), "{text}");
                if reply.status == 201 {
                    quoted = reply.json()["id"].clone();
                }
            }
            ada.send("POST", "/rooms/1/messages", &end("and"))
                .await
                .expect(201);
        }
    }
    came(live, &last).await;
}

async fn came(live: &mut Watch, client_id: &str) {
    let there = format!("!!document.querySelector(\"#messages [data-client='{client_id}']\")");
    live.wait("the last message", &there).await;
}

/// Types and sends each of them, and what is refused: the first such text goes back into the box, the second
/// stays among what waits. All is looked at before it has arrived, and afterwards.
async fn type_all(live: &mut Watch, texts: &[String]) {
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
         return watch.now();",
        json!(texts)
    );
    let waiting = live.window.run(&script).await;
    live.note("on its way", waiting);
    let arrived = "document.querySelectorAll('.pending:not([data-failed])').length === 0";
    live.wait("all to arrive", arrived).await;
    live.check("refused").await;
    live.window
        .run(
            "for (const button of document.querySelectorAll('[data-action=discard]')) button.click();
             document.querySelector('#composer textarea').value = '';",
        )
        .await;
}

/// Frames that are no JSON, and client ids that are none: what is refused comes back to the page.
async fn bad_frames(live: &mut Watch, texts: &[String]) {
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
    came(live, &last).await;
    live.check("bad frames").await;
}

/// Goes back in the room, part after part, as htmx loads it.
async fn read_back(fresh: &mut Watch) {
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
async fn names_and_lines_of_people_stay_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let names: Vec<String> = (10..30).map(|number| format!("zz{number}")).collect();
    let (mut people, mut kept) = (Vec::new(), Vec::new());
    for name in &names {
        let browser = Browser::new(&server.origin());
        let form = [("username", &**name), ("password", PASSWORD)];
        browser.submit("/register", &form).await.expect(303);
        let person = ada.with_token(&browser.session());
        people.push((person, "/profile".to_owned()));
    }
    let mut rooms = Vec::new();
    for name in &names {
        rooms.push(ada.direct(&[name]).await);
    }
    rooms.push(ada.direct(&["zz10", "zz11", "zz12"]).await);
    let mut live = watch(&server, "ada").await;
    let mut fresh = watch(&server, "ada").await;
    live.visit(&format!("/rooms/{}", rooms[0])).await;
    live.mark().await;
    let picked: String = names[..3]
        .iter()
        .map(|name| format!("with={name}&"))
        .collect();
    for (round, texts) in [harmless(40), corpus()].iter().enumerate() {
        for (number, texts) in texts.chunks(names.len()).enumerate() {
            keep(OF_A_PERSON, texts, &people, &mut kept).await;
            live.wait_for_message("#sidebar .sidebar-row__name", &kept[0])
                .await;
            look_through(&mut fresh, OF_A_PERSON, &kept).await;
            let mut asked = vec![
                json!({"path": "/directs/new?q=zz"}),
                json!({"path": format!("/directs/new?{picked}")}),
                json!({"path": "/search?q=zz", "headers": {"HX-Request": "true"}}),
            ];
            for (at, name) in names.iter().enumerate() {
                let shown = [&kept[0][at], &kept[1][at]];
                asked.push(json!({"path": format!("/people/{name}"), "shown": shown}));
            }
            fresh.ask("a person's pages", &asked).await;
            if round == 0 || number % 10 == 0 {
                for page in ["/people/zz10", "/directs/new?q=zz"] {
                    fresh.visit(page).await;
                }
                fresh.visit(&format!("/rooms/{}/settings", rooms[0])).await;
                fresh.visit(&format!("/rooms/{}", rooms[20])).await;
                switch(&mut fresh).await;
                fresh.visit("/rooms/1/members").await;
                suggest(&mut fresh).await;
            }
        }
        live.has_learned();
        fresh.has_learned();
    }
    live.end().await;
    fresh.end().await;
}

/// Opens the switcher and finds people in it.
async fn switch(fresh: &mut Watch) {
    let script = "document.getElementById('switcher-button').click();
        const box = document.querySelector('#switcher input');
        box.value = 'zz';
        box.dispatchEvent(new Event('input', { bubbles: true }));";
    fresh.window.run(script).await;
    let found = "document.querySelectorAll('#switcher [id^=option-person]').length > 0";
    fresh.wait("people in the switcher", found).await;
    fresh.check("the switcher").await;
}

/// Begins to write the name of somebody to invite.
async fn suggest(fresh: &mut Watch) {
    let script = "const box = document.querySelector('input[data-people]');
        box.value = 'zz';
        box.dispatchEvent(new Event('input', { bubbles: true }));";
    fresh.window.run(script).await;
    fresh.window.wait_for("#found-people option").await;
    fresh.check("whom to invite").await;
}

#[tokio::test]
async fn names_and_topics_of_rooms_stay_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let (mut rooms, mut things, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..48 {
        let room = ada.create_room(&format!("room {number}"), "closed").await;
        ada.invite(room, "bob").await;
        things.push((ada.clone(), format!("/rooms/{room}")));
        rooms.push(room);
    }
    let mut live = watch(&server, "bob").await;
    let mut fresh = watch(&server, "ada").await;
    live.visit(&format!("/rooms/{}", rooms[0])).await;
    live.mark().await;
    for texts in [harmless(96), corpus()] {
        for (number, texts) in texts.chunks(rooms.len()).enumerate() {
            keep(OF_A_ROOM, texts, &things, &mut kept).await;
            live.wait_for_message("#sidebar .sidebar-row__name", &kept[0])
                .await;
            live.wait_for_message("#room-name", &kept[0][..1]).await;
            look_through(&mut fresh, OF_A_ROOM, &kept).await;
            for page in ["", "/members"] {
                let room = rooms[number % texts.len()];
                fresh.visit(&format!("/rooms/{room}{page}")).await;
            }
            let mut asked = Vec::new();
            for (at, room) in rooms.iter().enumerate() {
                let shown = [&kept[0][at], &kept[1][at]];
                for page in ["", "/settings"] {
                    asked.push(json!({"path": format!("/rooms/{room}{page}"), "shown": shown}));
                }
            }
            fresh.ask("a room's pages", &asked).await;
        }
        live.has_learned();
        fresh.has_learned();
    }
    live.end().await;
    fresh.end().await;
}

/// What can be changed: by whom, and where.
type Thing = (Account, String);

/// Keeps a text in every field of as many things. What is refused leaves what was there before. `kept` is what
/// each field of each thing says afterwards.
async fn keep(fields: &[Kept], texts: &[String], things: &[Thing], kept: &mut Vec<Vec<String>>) {
    kept.resize(fields.len(), Vec::new());
    for (field, kept) in fields.iter().zip(kept) {
        kept.resize(things.len(), String::new());
        for ((text, (person, path)), kept) in texts.iter().zip(things).zip(kept) {
            let change = json!({field.key: fit(text, field.most)});
            let reply = person.send("PATCH", path, &change).await;
            match reply.status {
                200 => *kept = reply.json()[field.key].as_str().expect("a text").to_owned(),
                status => assert_eq!(status, 422, "{change}: {}", reply.text()),
            }
        }
    }
}

/// Opens every page that shows one of the fields.
async fn look_through(fresh: &mut Watch, fields: &[Kept], kept: &[Vec<String>]) {
    let mut at = "";
    let mut places: Vec<_> = fields
        .iter()
        .zip(kept)
        .flat_map(|(field, kept)| {
            field
                .shown
                .iter()
                .map(move |(path, css)| (*path, *css, kept))
        })
        .collect();
    places.sort();
    for (path, css, kept) in places {
        if path != at {
            fresh.visit(path).await;
            at = path;
        }
        fresh.wait_for_messages(path, css, kept).await;
    }
}

#[tokio::test]
async fn what_is_looked_for_or_refused_comes_back_as_text() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    ada.create_room("a room to find", "open").await;
    ada.say(2, "a message to find").await;
    let mut fresh = watch(&server, "ada").await;
    fresh.visit("/messages").await;
    fresh.visit("/people").await;
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
        let together = if texts.len() > 100 {
            packed(&texts, 300)
        } else {
            texts.clone()
        };
        for echo in ECHOES {
            let texts = if echo.alone { &texts } else { &together };
            let texts = texts.iter().step_by(echo.every);
            let asked: Vec<Value> = texts.map(|text| echo.with(text)).collect();
            fresh.ask(echo.name, &asked).await;
        }
        // Some of them for real, too.
        for path in ["/search?q=", "/rooms?q=", "/people?q=", "/directs/new?q="] {
            for text in texts.iter().step_by(97) {
                fresh.visit(&format!("{path}{}", encoded(text))).await;
            }
        }
        fresh.has_learned();
    }
    fresh.end().await;
}

#[tokio::test]
async fn what_is_no_name_is_refused_and_no_way_back_leads_away() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let mut texts = corpus();
    let away = [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\\\\evil.example",
        "https:/evil.example",
        "/@evil.example",
        ".evil.example",
    ];
    // Each by every way, with a number of ways that three does not divide.
    texts.extend(away.iter().cycle().take(24).map(|text| text.to_string()));
    let ways = ["/read", "/rooms/1/read", "/rooms/1/preferences"];
    for (text, path) in texts.iter().zip(ways.into_iter().cycle()) {
        let with_signs =
            text.contains(['<', '>', '"', '\'', '&', '(', '{', '[', '=', ':', '/', '\\']);
        if with_signs {
            let account = json!({"username": text, "password": PASSWORD});
            let reply = post_json(&format!("{}/register", server.origin()), &account).await;
            assert_eq!(reply.status, 422, "{text} is a name");
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
            "{text} is a zone"
        );
        let reply = ada.try_post("x", text).await;
        let is_id = |id: &str| {
            id.chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        };
        assert!(reply.status == 422 || is_id(text), "{text} is a client id");
        let back = [("back", &**text), ("notify", "everything")];
        let reply = browser.submit(path, &back).await.expect(303);
        let to = reply.header("location");
        let is_ours = to.starts_with('/') && !to[1..].starts_with(['/', '\\', '\t', '\n']);
        assert!(is_ours, "{path} {text} leads to {to}");
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
async fn what_is_planted_is_seen() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.say(1, "a message").await;
    let mut live = watch(&server, "ada").await;
    live.visit("/rooms/1").await;
    live.mark().await;
    live.has_learned();
    live.check("before").await;
    assert_eq!(live.faults().await, Vec::<String>::new());
    let end = "document.body.insertAdjacentHTML('beforeend', ";
    let body = "document.querySelector('.message__body').innerHTML = ";
    let planted = [
        ("pwned(1)", "pwned(1) ran"),
        ("eval('1')", "eval(1) ran"),
        (&format!("{end}'<p>x</p>')"), "body > p"),
        (
            &format!("{end}'<img src=x: onerror=pwned()>')"),
            "the policy stopped script-src-attr inline",
        ),
        (
            &format!("{end}'<img alt=\"\" src=/pwned.png>')"),
            "a request: GET",
        ),
        (
            &format!("{end}'<img alt=\"\" src=//evil.example/x.png>')"),
            "the policy stopped img-src",
        ),
        (
            &format!("{end}'<a href=javascript:pwned()>x</a>')"),
            "an address: <a href=",
        ),
        (
            &format!("{end}'<p id=messages></p>')"),
            "#messages is there twice",
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
            "#connection is another one",
        ),
        ("fetch('/read', { method: 'POST' })", "a request: POST"),
        (
            "watch.sockets.push(new WebSocket('/pwned'))",
            "a request: socket",
        ),
    ];
    for (script, fault) in planted {
        live.window.run(script).await;
        let mut faults = Vec::new();
        for _ in 0..100 {
            live.check("planted").await;
            faults.extend(live.faults().await);
            if faults.iter().any(|one| one.contains(fault)) {
                break;
            }
        }
        assert!(
            faults.iter().any(|one| one.contains(fault)),
            "{script} is not seen: {faults:#?}"
        );
        live.visit("/rooms/1").await;
        live.mark().await;
        live.faults().await;
    }
    live.wait_for_messages("planted", "#room-name", &["not its name".into()])
        .await;
    let asked = json!({"path": "/rooms/1", "shown": ["Lobby", "not there"]});
    live.ask("planted", &[asked, json!({"path": "/rooms/1"})])
        .await;
    let faults = live.faults().await;
    for fault in [
        "no #room-name says \"not its name\"",
        "and \"not there\" is not there",
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
    // The console has told of it, too.
    let ended = tokio::spawn(live.end()).await;
    assert!(ended.is_err(), "the console is not read");
}
