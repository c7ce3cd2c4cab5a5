//! Settings of the server: their page, their JSON, and each of them where it acts.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database;
use crate::harness::http::{Reply, post_json, send};
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::uploads::{multipart, png};

async fn change(admin: &Account, change: Value) -> Reply {
    admin.send("PATCH", "/admin/settings", &change).await
}

async fn settings(admin: &Account) -> Value {
    admin.get("/admin/settings").await.expect(200).json()
}

#[tokio::test]
async fn only_admins_see_and_change_settings() {
    let server = Server::unlimited();
    let (ada, bob, _) = Account::register_three(&server).await;
    for path in ["/admin", "/admin/settings"] {
        bob.get(path).await.expect(403);
        bob.browser().await.page(path).await.expect(403);
        ada.browser().await.page(path).await.expect(200);
        let stranger = Browser::new(&server.origin()).page(path).await.expect(303);
        assert!(stranger.header("location").starts_with("/login"));
    }
    change(&bob, json!({"name": "Mine"})).await.expect(403);
    let form = [("name", "Mine")];
    let browser = bob.browser().await;
    browser.submit("/admin/settings", &form).await.expect(403);
    send(bob.ask("DELETE", "/admin/settings/logo"))
        .await
        .expect(403);
    assert_eq!(settings(&ada).await["name"], "Chatterbox");
}

#[tokio::test]
async fn settings_are_changed_as_json_all_or_none_and_survive_a_restart() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let changed = json!({
        "name": "Math Club", "accent": "#0b6b3a", "edit_minutes": 5, "max_file": "10MiB",
        "create_rooms": "admins", "welcome": "Hello **there**",
    });
    let after = change(&ada, changed).await.expect(200).json();
    assert_eq!(after["accent"], "#0b6b3a");
    assert_eq!(after["max_file"], 10 << 20);
    for (bad, words) in [
        (
            json!({"name": "Other", "accent": "#ffee00"}),
            "too light to read",
        ),
        (json!({"name": "Other", "max_file": "1TiB"}), "a size"),
        (json!({"name": "Other", "max_file": "200MiB"}), "--max-file"),
        (json!({"nam": "Other"}), "There is no setting"),
        (json!({"edit_minutes": -1}), "minutes"),
        (json!({"default_rooms": []}), "default room"),
        (json!({"default_rooms": [99]}), "Only open, active rooms"),
    ] {
        let refused = change(&ada, bad.clone()).await.expect(422).detail();
        assert!(refused.contains(words), "{bad}: {refused}");
    }
    assert_eq!(settings(&ada).await["name"], "Math Club");
    server.stop();
    server.start_again();
    assert_eq!(settings(&ada).await, after);
    let reset = json!({"accent": null, "max_file": null, "welcome": ""});
    let after = change(&ada, reset).await.expect(200).json();
    assert_eq!(after["accent"], Value::Null);
    assert_eq!(after["max_file"], 100 << 20);
}

#[tokio::test]
async fn a_form_changes_its_settings_and_is_shown_again_when_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (browser, room) = (ada.browser().await, ada.create_room("Second", "open").await);
    let second = format!("room-{room}");
    let form = [
        ("name", "Math Club"),
        ("accent", ""),
        ("welcome", "Hi"),
        ("room-1", "true"),
        (&*second, "true"),
    ];
    let saved = browser.submit("/admin/settings", &form).await.expect(303);
    assert_eq!(saved.header("location"), "/admin/settings?saved=1");
    let after = settings(&ada).await;
    assert_eq!(after["default_rooms"], json!([1, room]));
    let bob = Account::register(&server, "bob").await;
    bob.get(&format!("/rooms/{room}")).await.expect(200);
    let form = [("accent", "#ffee00"), ("name", "Changed too")];
    let refused = browser.submit("/admin/settings", &form).await.expect(422);
    let page = refused.text();
    assert!(page.contains("too light to read"), "{page}");
    assert!(page.contains("value=\"#ffee00\"") && page.contains("value=\"Changed too\""));
    assert_eq!(settings(&ada).await["name"], "Math Club");
}

#[tokio::test]
async fn the_name_accent_and_welcome_text_are_on_every_page_also_cached_ones() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (browser, stranger) = (ada.browser().await, Browser::new(&server.origin()));
    let cached = async |browser: &Browser, path: &str| {
        let page = browser.page(path).await.expect(200);
        (page.header("etag").to_owned(), page.text())
    };
    let log_in = cached(&stranger, "/login").await;
    let room = cached(&browser, "/rooms/1").await;
    assert!(log_in.1.contains("· Chatterbox</title>") && room.1.contains("Chatterbox"));
    let look =
        json!({"name": "Math <Club>", "accent": "#0b6b3a", "welcome": "Hello **there** <b>x</b>"});
    change(&ada, look).await.expect(200);
    for (browser, path, tag) in [
        (&stranger, "/login", &log_in.0),
        (&browser, "/rooms/1", &room.0),
    ] {
        let ask = browser.ask("GET", path).header("accept", "text/html");
        let page = send(ask.header("if-none-match", tag.clone())).await;
        let page = page.expect(200).text();
        assert!(!page.contains("Chatterbox"), "{path}: {page}");
        assert!(
            page.contains("Math &#60;Club&#62;</title>"),
            "{path}: {page}"
        );
        assert!(page.contains("href=\"/brand/accent-0b6b3a.css\""), "{path}");
        assert!(
            page.contains("<strong>there</strong> &lt;b&gt;"),
            "{path}: {page}"
        );
    }
    let styles = stranger.page("/brand/accent-0b6b3a.css").await.expect(200);
    assert!(styles.text().contains("--accent:light-dark(#0b6b3a,"));
    stranger.page("/brand/accent-ffee00.css").await.expect(404);
    let missing = browser.page("/nowhere").await.expect(404).text();
    assert!(missing.contains("Back to Math"), "{missing}");
}

#[tokio::test]
async fn a_logo_is_shown_to_everyone_until_it_is_removed() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (browser, stranger) = (ada.browser().await, Browser::new(&server.origin()));
    let form = || multipart(&[], &[("logo.png", &png(100, 80))]);
    browser
        .submit_multipart("/admin/settings/logo", form())
        .await
        .expect(303);
    let logo = settings(&ada).await["logo"].clone();
    let logo = logo.as_str().expect("the URL of the logo");
    let picture = stranger.page(logo).await.expect(200);
    assert!(picture.header("content-type").starts_with("image/"));
    assert!(
        picture
            .header("content-security-policy")
            .contains("sandbox")
    );
    let card = stranger.page("/login").await.expect(200).text();
    assert!(card.contains(&format!("src=\"{logo}\"")), "{card}");
    let (kind, body) = multipart(&[], &[("logo.png", b"no picture")]);
    let refused = browser
        .submit_multipart("/admin/settings/logo", (kind, body))
        .await
        .expect(422);
    assert!(refused.text().contains("isn’t a picture"));
    send(ada.ask("DELETE", "/admin/settings/logo"))
        .await
        .expect(200);
    stranger.page(logo).await.expect(404);
    let blobs = std::fs::read_dir(server.data().join("blobs")).map(Iterator::count);
    assert!(blobs.is_err() || settings(&ada).await["logo"].is_null());
}

#[tokio::test]
async fn rooms_are_made_by_those_whom_the_settings_name() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let mut conn = database::connect(&server.data());
    conn.batch_execute("UPDATE users SET role = 'moderator' WHERE username = 'carol'")
        .expect("a valid statement");
    let carol_again = Account::log_in(&server, &carol.name).await;
    for (who, allowed) in [
        ("members", [true, true, true]),
        ("moderators", [true, true, false]),
        ("admins", [true, false, false]),
    ] {
        change(&ada, json!({"create_rooms": who})).await.expect(200);
        for (account, may) in [&ada, &carol_again, &bob].into_iter().zip(allowed) {
            let room = json!({"name": format!("{who} {}", account.name), "kind": "open"});
            let status = if may { 201 } else { 403 };
            account.send("POST", "/rooms", &room).await.expect(status);
        }
    }
    let form = [("name", "a form"), ("kind", "open")];
    let refused = bob.browser().await.submit("/rooms", &form).await;
    assert!(refused.expect(403).text().contains("Only admins"));
}

#[tokio::test]
async fn authors_edit_for_as_long_as_the_settings_allow() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let message = id(&ada.post("first").await);
    change(&ada, json!({"edit_minutes": 5})).await.expect(200);
    let path = format!("/rooms/1/messages/{message}");
    let edit = async |body: &str| ada.send("PATCH", &path, &json!({"body": body})).await;
    edit("second").await.expect(200);
    let statement = "UPDATE messages SET created_at = created_at - 5 * 60000";
    database::connect(&server.data())
        .batch_execute(statement)
        .expect("a valid statement");
    let refused = edit("third").await.expect(403).detail();
    assert!(refused.contains("for 5 minutes"), "{refused}");
    let browser = ada.browser().await;
    let offers = async || {
        let page = browser.page(&path).await.expect(200).text();
        (
            page.contains("id=\"edit\""),
            page.contains("data-editable-since"),
        )
    };
    assert_eq!(offers().await, (false, true));
    let page = browser.submit(&path, &[("body", "late")]).await;
    let page = page.expect(403).text();
    assert!(page.contains("for 5 minutes"), "{page}");
    assert!(page.contains(">late</textarea>"), "the text stays: {page}");
    change(&ada, json!({"edit_minutes": 0})).await.expect(200);
    assert_eq!(offers().await, (true, false));
    edit("third").await.expect(200);
    change(&ada, json!({"edit_minutes": 5})).await.expect(200);
    send(ada.ask("DELETE", &path)).await.expect(200);
}

#[tokio::test]
async fn limits_of_texts_and_files_act_at_once() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    change(&ada, json!({"max_file": 1000, "files_per_person": 3000}))
        .await
        .expect(200);
    ada.try_begin("large.bin", 1001).await.expect(413);
    for _ in 0..3 {
        ada.upload("small.bin", &[7; 999]).await;
    }
    ada.try_begin("small.bin", 999).await.expect(507);
    let storage = ada.get("/storage").await.expect(200).json();
    assert_eq!(storage["limits"]["file"], 1000, "{storage}");
    let page = ada.browser().await.page("/rooms/1").await.text();
    assert!(page.contains("data-max-file=\"1000\""), "{page}");
    change(&ada, json!({"text_per_day": 2000}))
        .await
        .expect(200);
    ada.post(&"a".repeat(1500)).await;
    ada.try_post(&"b".repeat(1500), "one-more")
        .await
        .expect(429);
}

#[tokio::test]
async fn custom_css_is_linked_by_its_hash_and_left_out_in_safe_mode() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let page = browser.page("/admin").await.expect(200).text();
    assert!(!page.contains("/brand/custom-"), "it is off by default");
    let css = "main { display: none }";
    change(&ada, json!({"custom_css": css})).await.expect(200);
    let page = browser.page("/admin").await.expect(200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("style-src 'self';"), "{policy}");
    let page = page.text();
    let url = page
        .split("href=\"")
        .find(|part| part.starts_with("/brand/custom-"));
    let url = url.and_then(|part| part.split('"').next()).expect("a link");
    let styles = browser.page(url).await.expect(200);
    assert_eq!(styles.text(), css);
    assert!(styles.header("cache-control").contains("immutable"));
    let stranger = Browser::new(&server.origin());
    let card = stranger.page("/login").await.expect(200).text();
    assert!(card.contains(url), "{card}");

    for safe in [&browser, &stranger] {
        let on = safe.page("/safe").await.expect(303);
        assert_eq!(on.header("location"), "/admin/settings#custom-css");
    }
    for (safe, path) in [(&browser, "/admin/settings"), (&stranger, "/login")] {
        let page = safe.page(path).await.expect(200).text();
        assert!(!page.contains("/brand/custom-"), "{path}: {page}");
    }
    browser.submit("/safe", &[]).await.expect(303);
    let page = browser.page("/admin").await.expect(200).text();
    assert!(page.contains(url), "safe mode is off again");
    for bad in ["@import '/x.css';", "a { background: url(//evil) }"] {
        let refused = change(&ada, json!({"custom_css": bad})).await.expect(422);
        assert!(refused.detail().contains("can’t load anything"));
    }
    change(&ada, json!({"custom_css": ""})).await.expect(200);
    browser.page(url).await.expect(404);
}

#[tokio::test]
async fn changes_of_settings_are_in_the_audit_log() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    change(&ada, json!({"name": "Math Club", "edit_minutes": 5}))
        .await
        .expect(200);
    change(&ada, json!({"name": "Math Club"})).await.expect(200);
    let mut conn = database::connect(&server.data());
    let count = |conn: &mut _, target: &str, details: &str| {
        let query = format!(
            "SELECT COUNT(*) AS number FROM audit_log WHERE actor = 'ada' AND action = 'setting.changed' \
             AND target = '{target}' AND details = '{details}'"
        );
        database::number(conn, &query)
    };
    assert_eq!(count(&mut conn, "name", "“Chatterbox” → “Math Club”"), 1);
    assert_eq!(count(&mut conn, "edit_minutes", "“0” → “5”"), 1);
}

#[tokio::test]
async fn an_admin_is_warned_while_anyone_who_reaches_the_server_can_register() {
    let code = "open-sesame-42";
    let server = Server::start_with(&["--trusted-proxies", "192.0.2.1", "--setup-code", code]);
    let form = json!({"code": code, "username": "ada", "password": PASSWORD});
    let setup = format!("{}/setup", server.origin());
    post_json(&setup, &form).await.expect(200);
    let ada = Account::log_in(&server, "ada").await;
    let browser = ada.browser().await;
    let warned = "Anyone who can open this site can create an account";
    for (mode, warns) in [("open", true), ("closed", false)] {
        change(&ada, json!({"registration": mode}))
            .await
            .expect(200);
        assert_eq!(settings(&ada).await["warning"].is_string(), warns);
        for path in ["/admin", "/admin/settings"] {
            let page = browser.page(path).await.expect(200).text();
            assert_eq!(page.contains(warned), warns, "{mode} {path}");
            assert_eq!(page.contains("(open registration)"), warns, "{mode} {path}");
        }
    }
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let page = ada.browser().await.page("/admin").await.expect(200).text();
    assert!(!page.contains(warned), "no one else reaches this server");
}
