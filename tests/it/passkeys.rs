//! Passkeys with real signatures: log-in alone and after the password, confirmation, and refusals.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::authenticator::{Authenticator, encode};
use crate::harness::browser::Browser;
use crate::harness::database;
use crate::harness::http::{Reply, send};
use crate::harness::one_time_codes::code;
use crate::harness::server::Server;

fn execute(server: &Server, statement: &str) {
    let done = database::connect(&server.data()).batch_execute(statement);
    done.expect("a valid statement");
}

/// Adds a passkey to an account.
pub async fn add(account: &Account, key: &Authenticator) -> Reply {
    let options = send(account.ask("POST", "/account/passkeys/options")).await;
    let options = options.expect(200).json();
    let new = json!({"credential": key.create(&options), "name": "Key"});
    send(account.ask("POST", "/account/passkeys").json(&new)).await
}

/// Registers an account with a passkey.
async fn registered(server: &Server, name: &str) -> (Account, Authenticator) {
    let account = Account::register(server, name).await;
    let key = Authenticator::es256(&server.origin());
    add(&account, &key).await.expect(201);
    (account, key)
}

/// Options for a passkey on the log-in page.
async fn options(browser: &Browser) -> Value {
    let request = browser.ask("POST", "/login/passkey/options");
    let request = request.header("origin", &browser.origin);
    let reply = browser.send(request.json(&json!({}))).await;
    reply.expect(200).json()
}

async fn submit(browser: &Browser, path: &str, credential: &Value) -> Reply {
    let credential = credential.to_string();
    browser.submit(path, &[("credential", &credential)]).await
}

/// Logs in with a passkey on the log-in page of a new browser.
async fn log_in(server: &Server, key: &mut Authenticator) -> Reply {
    let browser = Browser::new(&server.origin());
    let options = options(&browser).await;
    submit(&browser, "/login/passkey", &key.get(&options)).await
}

#[tokio::test]
async fn a_passkey_logs_in_alone_with_each_algorithm() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for mut key in [
        Authenticator::es256(&server.origin()),
        Authenticator::ed25519(&server.origin()),
    ] {
        add(&ada, &key).await.expect(201);
        let browser = Browser::new(&server.origin());
        let options = options(&browser).await;
        assert_eq!(
            options["allowCredentials"],
            json!([]),
            "users are not named"
        );
        assert_eq!(options["rpId"], "127.0.0.1");
        let credential = key.get(&options).to_string();
        let form = [("credential", &*credential), ("next", "/people/ada")];
        let opened = browser.submit("/login/passkey", &form).await.expect(303);
        assert_eq!(opened.header("location"), "/people/ada");
        let profile = browser.page("/people/ada").await.expect(200).text();
        assert!(profile.contains("/profile"), "it is her own profile");
        assert!(!browser.cookie().contains("pending"));
    }
    let listed = ada.get("/account/passkeys").await.expect(200).json();
    let listed = listed["passkeys"].as_array().expect("a list");
    assert_eq!(listed.len(), 2);
    assert!(
        listed
            .iter()
            .all(|one| one["used_at"].is_string() && one["name"] == "Key")
    );
}

#[tokio::test]
async fn a_passkey_counts_only_on_its_own_pages_and_with_its_own_challenge() {
    let server = Server::unlimited();
    let (_, mut key) = registered(&server, "ada").await;
    let own = (key.origin.clone(), key.host.clone());
    type Change = fn(&mut Authenticator);
    let changes: [(&str, Change); 7] = [
        ("another site", |key| {
            key.origin = "https://evil.example".into()
        }),
        ("another port", |key| {
            key.origin = "http://127.0.0.1:1".into()
        }),
        ("another scheme", |key| {
            key.origin = key.origin.replace("http:", "https:")
        }),
        ("another host", |key| key.host = "localhost".into()),
        ("a frame of another site", |key| key.cross_origin = true),
        ("no verification", |key| key.flags = 0x01),
        ("no presence", |key| key.flags = 0x04),
    ];
    for (what, change) in changes {
        change(&mut key);
        let refused = log_in(&server, &mut key).await;
        assert_eq!(refused.status, 422, "{what}");
        assert!(refused.text().contains("role=\"alert\""), "{what}");
        (key.origin, key.host) = own.clone();
        (key.cross_origin, key.flags) = (false, 0x05);
    }
    let foreign = Browser::new(&server.origin());
    let request = foreign.ask("POST", "/login/passkey/options");
    let request = request.header("origin", "https://evil.example");
    send(request.json(&json!({}))).await.expect(403);
    log_in(&server, &mut key).await.expect(303);
}

#[tokio::test]
async fn a_challenge_works_once_and_only_for_the_browser_that_asked() {
    let server = Server::unlimited();
    let (_, mut key) = registered(&server, "ada").await;
    let (browser, other) = (
        Browser::new(&server.origin()),
        Browser::new(&server.origin()),
    );
    let (asked, _) = (options(&browser).await, options(&other).await);
    let credential = key.get(&asked);
    submit(&other, "/login/passkey", &credential)
        .await
        .expect(422);
    submit(&browser, "/login/passkey", &credential)
        .await
        .expect(303);
    let again = options(&browser).await;
    submit(&browser, "/login/passkey", &credential)
        .await
        .expect(422);
    // A wrong signature uses the challenge up as well.
    let mut damaged = key.get(&again);
    damaged["response"]["signature"] = encode(&[0x30; 70]).into();
    submit(&browser, "/login/passkey", &damaged)
        .await
        .expect(422);
    let late = key.get(&again);
    submit(&browser, "/login/passkey", &late).await.expect(422);
    let made_up = json!({"challenge": encode(&[7; 32])});
    let made_up = key.get(&made_up);
    submit(&browser, "/login/passkey", &made_up)
        .await
        .expect(422);
    let expired = options(&browser).await;
    execute(
        &server,
        "UPDATE passkey_challenges SET expires_at = expires_at - 300000",
    );
    let refused = submit(&browser, "/login/passkey", &key.get(&expired)).await;
    assert!(refused.expect(422).text().contains("too long"));
    let fresh = options(&browser).await;
    let other_kind =
        json!({"type": "webauthn.create", "challenge": fresh["challenge"], "origin": key.origin});
    let other_kind = key.sign(other_kind.to_string().as_bytes());
    submit(&browser, "/login/passkey", &other_kind)
        .await
        .expect(422);
    for nonsense in [json!("x"), json!({}), json!({"rawId": "%", "response": {}})] {
        submit(&browser, "/login/passkey", &nonsense)
            .await
            .expect(422);
    }
    submit(&browser, "/login/passkey", &key.get(&fresh))
        .await
        .expect(303);
}

#[tokio::test]
async fn unknown_and_removed_passkeys_are_refused() {
    let server = Server::unlimited();
    let (ada, mut key) = registered(&server, "ada").await;
    let mut stranger = Authenticator::es256(&server.origin());
    let refused = log_in(&server, &mut stranger).await.expect(422);
    assert!(refused.text().contains("known here"));
    stranger.id = key.id.clone();
    log_in(&server, &mut stranger).await.expect(422);
    add(&ada, &key).await.expect(409);
    let listed = ada.get("/account/passkeys").await.expect(200).json();
    let path = format!("/account/passkeys/{}", listed["passkeys"][0]["id"]);
    let bob = Account::register(&server, "bob").await;
    let name = json!({"name": "Phone"});
    send(bob.ask("PATCH", &path).json(&name)).await.expect(404);
    send(bob.ask("DELETE", &path)).await.expect(404);
    send(ada.ask("PATCH", &path).json(&name)).await.expect(204);
    for name in ["", " ", &"x".repeat(65)] {
        let name = json!({"name": name});
        send(ada.ask("PATCH", &path).json(&name)).await.expect(422);
    }
    let page = ada.browser().await.page("/account").await.expect(200);
    assert!(page.text().contains("Phone"));
    send(ada.ask("DELETE", &path)).await.expect(204);
    log_in(&server, &mut key).await.expect(422);
}

#[tokio::test]
async fn a_passkey_of_the_same_user_replaces_the_code_after_the_password() {
    let server = Server::unlimited();
    let (ada, mut key) = registered(&server, "ada").await;
    let (_, mut other) = registered(&server, "bob").await;
    let begun = send(ada.ask("POST", "/account/second-factor")).await;
    let secret = begun.expect(201).json()["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let confirm = ada.ask("POST", "/account/second-factor/confirmation");
    send(confirm.json(&json!({"code": code(&secret, 0)})))
        .await
        .expect(200);
    let browser = Browser::new(&server.origin());
    let password = [("username", "ada"), ("password", PASSWORD)];
    browser.submit("/login", &password).await.expect(303);
    let page = browser.page("/login/code").await.expect(200).text();
    assert!(page.contains("Use a passkey"));
    let asked = options(&browser).await;
    assert_eq!(asked["allowCredentials"][0]["id"], json!(encode(&key.id)));
    let refused = submit(&browser, "/login/code", &other.get(&asked)).await;
    assert!(refused.expect(422).text().contains("another account"));
    let asked = options(&browser).await;
    submit(&browser, "/login/code", &key.get(&asked))
        .await
        .expect(303);
    browser.page("/people/ada").await.expect(200);
    // Alone, it is a second factor in itself.
    log_in(&server, &mut key).await.expect(303);
}

#[tokio::test]
async fn a_passkey_confirms_its_own_user_only() {
    let server = Server::unlimited();
    let (ada, mut key) = registered(&server, "ada").await;
    let (_, mut other) = registered(&server, "bob").await;
    let browser = ada.browser().await;
    execute(
        &server,
        "UPDATE sessions SET confirmed_at = confirmed_at - 600001",
    );
    let theme = ada.ask("PATCH", "/preferences");
    send(theme.json(&json!({"theme": "dark"})))
        .await
        .expect(200); // the server reads the session again
    ada.get("/account/passkeys").await.expect(403);
    send(ada.ask("POST", "/account/passkeys/options"))
        .await
        .expect(403);
    let page = browser.page("/account").await.expect(200).text();
    assert!(page.contains("Confirm it’s you") && page.contains("Use a passkey"));
    let options = async || {
        let request = ada.ask("POST", "/account/confirmation/options");
        send(request).await.expect(200).json()
    };
    let confirm = |credential: Value| {
        let request = ada.ask("POST", "/account/confirmation");
        send(request.json(&json!({"credential": credential})))
    };
    confirm(other.get(&options().await)).await.expect(422);
    ada.get("/account/passkeys").await.expect(403);
    let asked = options().await;
    submit(&browser, "/account/confirmation", &key.get(&asked))
        .await
        .expect(422); // another session
    confirm(key.get(&asked)).await.expect(204);
    ada.get("/account/passkeys").await.expect(200);
    confirm(key.get(&asked)).await.expect(422);
}

#[tokio::test]
async fn a_counter_that_does_not_grow_is_only_a_hint() {
    let server = Server::unlimited();
    let (_, mut key) = registered(&server, "ada").await;
    key.uses = 9;
    log_in(&server, &mut key).await.expect(303);
    key.uses = 3;
    log_in(&server, &mut key).await.expect(303);
}

#[tokio::test]
async fn challenges_are_limited_for_each_address() {
    let server = Server::start();
    let browser = Browser::new(&server.origin());
    for _ in 0..100 {
        options(&browser).await;
    }
    let request = browser.ask("POST", "/login/passkey/options");
    let refused = send(request.json(&json!({}))).await.expect(429);
    assert!(refused.has("retry-after"));
}
