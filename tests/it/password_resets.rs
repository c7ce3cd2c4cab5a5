//! Links to choose a new password: made by admins, used once, and what they end.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database;
use crate::harness::http::{Reply, client, get_json, get_page, post_json, send};
use crate::harness::server::{Server, UNLIMITED, program, run_to_exit};

const NEW_PASSWORD: &str = "a staple and a battery";

/// Path of a link that an admin makes.
async fn link(admin: &Account, name: &str) -> String {
    let path = format!("/people/{name}/reset");
    let made = send(admin.ask("POST", &path)).await.expect(201).json();
    let url = made["url"].as_str().expect("a link");
    let path = url
        .strip_prefix(&admin.origin)
        .expect("it is of this server");
    assert_eq!(path.len(), "/reset/".len() + 22, "{path}");
    path.to_owned()
}

async fn use_link(server: &Server, path: &str, password: &str) -> Reply {
    let url = format!("{}{path}", server.origin());
    post_json(&url, &json!({"password": password})).await
}

async fn log_in(server: &Server, name: &str, password: &str, status: u16) {
    let account = json!({"username": name, "password": password});
    let url = format!("{}/login", server.origin());
    post_json(&url, &account).await.expect(status);
}

#[tokio::test]
async fn a_link_of_an_admin_sets_a_new_password_and_ends_all_sessions() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut socket = bob.live(0).await;
    let admin = ada.browser().await;
    let profile = admin.page("/people/bob").await.expect(200).text();
    assert!(profile.contains("action=\"/people/bob/reset\""));
    let page = admin.submit("/people/bob/reset", &[]).await.expect(200);
    assert!(page.header("cache-control").contains("no-store"));
    let text = page.text();
    let start = text.find("/reset/").expect("the page shows the link");
    let path = text[start..].split('"').next().expect("an attribute");
    // A link alone changes nothing.
    bob.get("/rooms").await.expect(200);
    let form = get_page(&format!("{}{path}", server.origin()))
        .await
        .expect(200);
    assert_eq!(form.header("referrer-policy"), "strict-origin");
    assert!(form.header("cache-control").contains("no-store"));
    assert!(form.text().contains("New password for bob"));
    let post = |password: &str| {
        let fields = [("username", "bob"), ("password", password)];
        let request = client()
            .post(format!("{}{path}", server.origin()))
            .form(&fields);
        send(
            request
                .header("origin", server.origin())
                .header("accept", "text/html"),
        )
    };
    let short = post("short").await.expect(422).text();
    assert!(short.contains("at least 8 characters") && short.contains("name=\"password\""));
    let done = post(NEW_PASSWORD).await.expect(200).text();
    assert!(done.contains("Password changed") && done.contains("href=\"/login\""));
    assert_eq!(socket.close_code().await, 1008);
    bob.get("/rooms").await.expect(401);
    log_in(&server, "bob", PASSWORD, 401).await;
    log_in(&server, "bob", NEW_PASSWORD, 200).await;
    let again = post("yet another password").await.expect(409).text();
    assert!(again.contains("used already") && !again.contains("name=\"password\""));
    let page = get_page(&format!("{}{path}", server.origin()))
        .await
        .expect(410);
    assert!(page.text().contains("used already"));
    let mut conn = database::connect(&server.data());
    let logged = "SELECT count(*) AS number FROM audit_log WHERE \
         (action = 'password.reset_link' AND actor = 'ada' AND target = 'bob') OR \
         (action = 'password.reset' AND actor = 'bob' AND target = 'bob')";
    assert_eq!(database::number(&mut conn, logged), 2);
}

#[tokio::test]
async fn twenty_uses_of_one_link_at_once_set_one_password() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let path = link(&ada, "bob").await;
    let passwords: Vec<String> = (0..20).map(|n| format!("password number {n}")).collect();
    let uses = passwords.iter().map(|one| use_link(&server, &path, one));
    let replies = join_all(uses).await;
    let winners: Vec<usize> = (0..20).filter(|n| replies[*n].status == 204).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert!(replies.iter().all(|one| [204, 409].contains(&one.status)));
    log_in(&server, "bob", &passwords[winners[0]], 200).await;
}

#[tokio::test]
async fn expired_replaced_and_unknown_links_are_refused_with_words() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let (expired, used, other) = (
        link(&ada, "bob").await,
        link(&ada, "bob").await,
        link(&ada, "bob").await,
    );
    let expire = "UPDATE password_resets SET expires_at = expires_at - 86400001 WHERE id = 1";
    let done = database::connect(&server.data()).batch_execute(expire);
    done.expect("a valid statement");
    let refused = use_link(&server, &expired, NEW_PASSWORD).await.expect(409);
    assert!(refused.detail().contains("expired"));
    let page = get_page(&format!("{}{expired}", server.origin())).await;
    assert!(page.expect(410).text().contains("has expired"));
    use_link(&server, &used, NEW_PASSWORD).await.expect(204);
    // A new password makes other links useless.
    for path in [
        &*other,
        "/reset/AAAAAAAAAAAAAAAAAAAAAA",
        "/reset/x",
        "/reset/%C3%A4",
    ] {
        use_link(&server, path, "another password")
            .await
            .expect(404);
        let page = get_page(&format!("{}{path}", server.origin()))
            .await
            .expect(404);
        assert!(page.text().contains("This link doesn’t work"), "{path}");
    }
    let state = get_json(&format!("{}{used}", server.origin()))
        .await
        .expect(200);
    assert_eq!(state.json()["valid"], false);
    log_in(&server, "bob", NEW_PASSWORD, 200).await;
}

#[tokio::test]
async fn only_admins_make_links_and_for_others() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (bob, joan) = (
        Account::register(&server, "bob").await,
        Account::register(&server, "joan").await,
    );
    let role = json!({"role": "moderator"});
    let promote = ada.ask("PATCH", "/people/joan/role").json(&role);
    send(promote).await.expect(204);
    for (who, name, status) in [
        (&bob, "joan", 403),
        (&bob, "bob", 403),
        (&joan, "bob", 403),
        (&ada, "ada", 409),
        (&ada, "someone", 404),
        (&ada, "joan", 201),
    ] {
        let path = format!("/people/{name}/reset");
        send(who.ask("POST", &path)).await.expect(status);
    }
    for (who, shown) in [(&ada, true), (&bob, false), (&joan, false)] {
        let page = who.browser().await.page("/people/bob").await.expect(200);
        let has_form = page.text().contains("action=\"/people/bob/reset\"");
        assert_eq!(has_form, shown, "{}", who.name);
    }
}

#[tokio::test]
async fn no_token_is_in_the_log_or_in_the_database() {
    let server = Server::executable(&[&UNLIMITED[..], &["--log", "debug"]].concat());
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let path = link(&ada, "bob").await;
    get_page(&format!("{}{path}", server.origin()))
        .await
        .expect(200);
    use_link(&server, &path, NEW_PASSWORD).await.expect(204);
    server.wait_for_output("path=\"/reset/\"").await;
    let token = path.trim_start_matches("/reset/");
    assert!(!server.output().contains(token));
    for file in ["chatterbox.db", "chatterbox.db-wal"] {
        let bytes = std::fs::read(server.data().join(file)).expect("it is there");
        let is_there = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!is_there, "{file}");
    }
}

#[tokio::test]
async fn the_command_prints_a_link_if_the_server_has_a_public_url() {
    let url = "https://chat.example.com";
    let server = Server::start_with(&["--limits", "off", "--public-url", url]);
    Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let mut command = program(server.home().path());
    command.arg("--data").arg(server.data());
    command.args(["admin", "reset-password", "bob", "--json"]);
    let exit = run_to_exit(command);
    let answer: Value = serde_json::from_str(&exit.stdout).expect("JSON");
    let link = answer["reset_link"].as_str().expect("a link");
    let path = link.strip_prefix(url).expect("it has the public URL");
    assert_eq!(answer["password"], Value::Null);
    bob.get("/rooms").await.expect(401);
    use_link(&server, path, NEW_PASSWORD).await.expect(204);
    log_in(&server, "bob", NEW_PASSWORD, 200).await;
}
