//! The second factor: one-time passwords and recovery codes at the log-in, each of which works once.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database::{self, number};
use crate::harness::http::{Reply, post_json, send};
use crate::harness::one_time_codes::code;
use crate::harness::server::Server;

/// An account with a second factor.
struct Protected {
    account: Account,
    secret: String,
    recovery_codes: Vec<String>,
}

/// Registers an account and turns its second factor on.
async fn protected(server: &Server, name: &str) -> Protected {
    let account = Account::register(server, name).await;
    let begun = send(account.ask("POST", "/account/second-factor")).await;
    let secret = text(&begun.expect(201).json()["secret"]);
    let first = json!({"code": code(&secret, 0)});
    let confirm = account.ask("POST", "/account/second-factor/confirmation");
    let confirmed = send(confirm.json(&first)).await.expect(200).json();
    let recovery_codes = texts(&confirmed["recovery_codes"]);
    let protected = Protected {
        account,
        secret,
        recovery_codes,
    };
    forget_used_code(server);
    protected
}

/// Lets the current code work again, so that tests need not wait for the next one.
fn forget_used_code(server: &Server) {
    execute(server, "UPDATE second_factors SET last_step = 0");
}

fn execute(server: &Server, statement: &str) {
    let done = database::connect(&server.data()).batch_execute(statement);
    done.expect("a valid statement");
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(text).collect()
}

async fn log_in(server: &Server, name: &str, code: Option<&str>) -> Reply {
    let mut account = json!({"username": name, "password": PASSWORD});
    if let Some(code) = code {
        account["code"] = code.into();
    }
    post_json(&format!("{}/login", server.origin()), &account).await
}

async fn second_step(server: &Server, token: &str, code: &str) -> Reply {
    let step = json!({"second_factor": token, "code": code});
    post_json(&format!("{}/login/code", server.origin()), &step).await
}

async fn pending(server: &Server, name: &str) -> String {
    let asked = log_in(server, name, None).await.expect(401);
    text(&asked.json()["second_factor"])
}

#[tokio::test]
async fn a_log_in_needs_a_code_once_the_second_factor_is_on() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let begun = send(ada.ask("POST", "/account/second-factor")).await;
    let begun = begun.expect(201).json();
    let secret = text(&begun["secret"]);
    assert_eq!(secret.len(), 32, "160 bits");
    let address = format!("otpauth://totp/Chatterbox:ada?secret={secret}&issuer=Chatterbox");
    assert_eq!(begun["address"], json!(address));
    log_in(&server, "ada", None).await.expect(200);
    let confirm = |code: &str| {
        let request = ada.ask("POST", "/account/second-factor/confirmation");
        send(request.json(&json!({"code": code})))
    };
    confirm("000").await.expect(422);
    let codes = confirm(&code(&secret, 0)).await.expect(200).json();
    assert_eq!(texts(&codes["recovery_codes"]).len(), 10);
    confirm(&code(&secret, 0)).await.expect(409);
    send(ada.ask("POST", "/account/second-factor"))
        .await
        .expect(409);

    let asked = log_in(&server, "ada", None).await.expect(401).json();
    assert!(text(&asked["detail"]).contains("code"));
    let token = text(&asked["second_factor"]);
    ada.with_token(&token).get("/rooms").await.expect(401);
    let used = second_step(&server, &token, &code(&secret, 0)).await;
    assert!(used.expect(422).detail().contains("already used"));
    forget_used_code(&server);
    let opened = second_step(&server, &token, &code(&secret, 0)).await;
    let session = text(&opened.expect(200).json()["token"]);
    ada.with_token(&session).get("/rooms").await.expect(200);
    forget_used_code(&server);
    let again = second_step(&server, &token, &code(&secret, 0)).await;
    again.expect(401);
    log_in(&server, "ada", Some("123")).await.expect(422);
    log_in(&server, "ada", Some(&code(&secret, 0)))
        .await
        .expect(200);
    log_in(&server, "ada", Some(&code(&secret, 0)))
        .await
        .expect(422);
}

#[tokio::test]
async fn of_parallel_log_ins_with_one_code_only_one_succeeds() {
    let server = Server::unlimited();
    let Protected {
        secret,
        recovery_codes,
        ..
    } = protected(&server, "ada").await;
    let with_password = (0..10).map(|_| log_in(&server, "ada", None));
    let asked = join_all(with_password).await;
    let tokens = asked
        .iter()
        .map(|reply| text(&reply.json()["second_factor"]));
    let tokens: Vec<_> = tokens.collect();
    for one in [code(&secret, 0), recovery_codes[0].clone()] {
        let steps = tokens.iter().map(|token| second_step(&server, token, &one));
        let calls = (0..10).map(|_| log_in(&server, "ada", Some(&one)));
        let (steps, calls) = tokio::join!(join_all(steps), join_all(calls));
        let all = || steps.iter().chain(&calls);
        let opened = all().filter(|reply| reply.status == 200).count();
        assert_eq!(
            opened,
            1,
            "{:?}",
            all().map(|reply| reply.status).collect::<Vec<_>>()
        );
        assert!(all().all(|reply| [200, 401, 422].contains(&reply.status)));
    }
}

#[tokio::test]
async fn recovery_codes_work_once_each_until_they_are_renewed() {
    let server = Server::unlimited();
    let ada = protected(&server, "ada").await;
    let first = ada.recovery_codes[0].to_uppercase().replace('-', " ");
    log_in(&server, "ada", Some(&first)).await.expect(200);
    log_in(&server, "ada", Some(&first)).await.expect(422);
    let state = ada.account.get("/account/second-factor").await.expect(200);
    assert_eq!(state.json(), json!({"on": true, "recovery_codes": 9}));
    let renew = ada
        .account
        .ask("POST", "/account/second-factor/recovery-codes");
    let renewed = texts(&send(renew).await.expect(200).json()["recovery_codes"]);
    let before = &ada.recovery_codes[1];
    log_in(&server, "ada", Some(before)).await.expect(422);
    log_in(&server, "ada", Some(&renewed[0])).await.expect(200);
}

#[tokio::test]
async fn a_code_of_a_clock_that_is_five_minutes_off_is_refused_with_advice() {
    let server = Server::unlimited();
    let Protected { secret, .. } = protected(&server, "ada").await;
    for late in [300, -300] {
        let refused = log_in(&server, "ada", Some(&code(&secret, late))).await;
        assert!(refused.expect(422).detail().contains("clock"));
    }
    log_in(&server, "ada", Some(&code(&secret, 20)))
        .await
        .expect(200);
}

#[tokio::test]
async fn wrong_codes_count_as_failed_log_ins() {
    let server = Server::start();
    let Protected { secret, .. } = protected(&server, "ada").await;
    let token = pending(&server, "ada").await;
    for _ in 0..10 {
        second_step(&server, &token, "000 000").await.expect(422);
    }
    let refused = second_step(&server, &token, &code(&secret, 0))
        .await
        .expect(429);
    assert!(refused.has("retry-after"));
    log_in(&server, "ada", None).await.expect(429);
}

#[tokio::test]
async fn many_wrong_codes_are_refused_although_the_password_is_right() {
    let server = Server::start();
    let Protected { secret, .. } = protected(&server, "ada").await;
    for round in 0..4 {
        let token = pending(&server, "ada").await; // a right password takes failures of the address back
        for _ in 0..5 {
            let refused = second_step(&server, &token, "000000").await;
            assert_eq!(refused.status, 422, "round {round}");
        }
    }
    let token = pending(&server, "ada").await;
    let refused = second_step(&server, &token, &code(&secret, 0))
        .await
        .expect(429);
    assert!(refused.detail().contains("Too many wrong codes."));
}

#[tokio::test]
async fn a_browser_enters_the_code_on_a_page_of_its_own() {
    let server = Server::unlimited();
    let Protected {
        secret, account, ..
    } = protected(&server, "ada").await;
    let browser = Browser::new(&server.origin());
    browser.page("/login/code").await.expect(303);
    let password = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("next", "/people"),
    ];
    let asked = browser.submit("/login", &password).await.expect(303);
    assert_eq!(asked.header("location"), "/login/code?next=%2Fpeople");
    let rooms = browser.page("/rooms").await.expect(303);
    assert!(
        rooms.header("location").starts_with("/login"),
        "there is no session yet"
    );
    let page = browser.page("/login/code?next=%2Fpeople").await.expect(200);
    assert!(page.text().contains("Enter your code") && page.text().contains("/people"));
    let wrong = [("code", "1"), ("next", "/people")];
    let page = browser.submit("/login/code", &wrong).await.expect(422);
    assert!(page.text().contains("role=\"alert\"") && page.text().contains("/people"));
    let now = code(&secret, 0);
    let right = [("code", &*now), ("next", "/people")];
    let opened = browser.submit("/login/code", &right).await.expect(303);
    assert_eq!(opened.header("location"), "/people");
    browser.page("/people").await.expect(200);
    assert!(!browser.cookie().contains("pending"));
    // A pending log-in ends after five minutes, and with the password that it was made with.
    let ended = "UPDATE pending_log_ins SET expires_at = expires_at - 300000";
    let other = Browser::new(&server.origin());
    other.submit("/login", &password).await.expect(303);
    execute(&server, ended);
    other.page("/login/code").await.expect(303);
    let late = other.submit("/login/code", &right).await.expect(303);
    assert_eq!(late.header("location"), "/login");
    let token = pending(&server, "ada").await;
    let change = account.ask("POST", "/account/password");
    send(change.json(&json!({"password": "another password"})))
        .await
        .expect(200);
    forget_used_code(&server);
    second_step(&server, &token, &code(&secret, 0))
        .await
        .expect(401);
}

#[tokio::test]
async fn it_is_set_up_and_turned_off_on_pages() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    browser.page("/account/second-factor").await.expect(303);
    browser
        .submit("/account/second-factor", &[])
        .await
        .expect(303);
    let page = browser.page("/account/second-factor").await.expect(200);
    assert!(page.header("cache-control").contains("no-store"));
    let page = page.text();
    assert!(page.contains("<svg class=\"qr-code\" role=\"img\""));
    let secret = page.split("secret=").nth(1).expect("an address")[..32].to_owned();
    let wrong = browser
        .submit("/account/second-factor/confirmation", &[("code", "1")])
        .await;
    let wrong = wrong.expect(422).text();
    assert!(
        wrong.contains("clock") && wrong.contains(&secret),
        "the same secret again"
    );
    let right = [("code", &*code(&secret, 0))];
    let page = browser
        .submit("/account/second-factor/confirmation", &right)
        .await;
    assert!(page.expect(200).text().contains("Save your recovery codes"));
    let account = browser.page("/account").await.expect(200).text();
    assert!(account.contains("You have 10 recovery codes left."));
    let off = browser.submit("/account/second-factor/removal", &[]).await;
    off.expect(303);
    log_in(&server, "ada", None).await.expect(200);
    let mut conn = database::connect(&server.data());
    for table in ["second_factors", "recovery_codes", "pending_log_ins"] {
        let count = format!("SELECT count(*) AS number FROM {table}");
        assert_eq!(number(&mut conn, &count), 0, "{table}");
    }
}

#[tokio::test]
async fn the_second_factor_is_changed_only_after_the_password_was_entered() {
    let server = Server::unlimited();
    let Protected { account, .. } = protected(&server, "ada").await;
    let token = pending(&server, "ada").await;
    execute(
        &server,
        "UPDATE sessions SET confirmed_at = confirmed_at - 600001",
    );
    server_forgets(&account).await;
    for (method, path) in [
        ("GET", "/account/second-factor"),
        ("POST", "/account/second-factor"),
        ("POST", "/account/second-factor/recovery-codes"),
        ("DELETE", "/account/second-factor"),
    ] {
        send(account.ask(method, path)).await.expect(403);
    }
    let confirm = account.ask("POST", "/account/second-factor/confirmation");
    send(confirm.json(&json!({"code": "1"}))).await.expect(403);
    second_step(&server, &token, "1").await.expect(422);
}

/// Has the server read the session again, by a change of the preferences.
async fn server_forgets(account: &Account) {
    let change = account.ask("PATCH", "/preferences");
    send(change.json(&json!({"theme": "dark"})))
        .await
        .expect(200);
}

#[tokio::test]
async fn no_code_or_token_is_stored_in_clear() {
    let server = Server::unlimited();
    let ada = protected(&server, "ada").await;
    let token = pending(&server, "ada").await;
    let compact = token.replace('-', "");
    let raw: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&compact[2 * at..2 * at + 2], 16).expect("a UUID"))
        .collect();
    let mut stored = Vec::new();
    for file in ["chatterbox.db", "chatterbox.db-wal"] {
        stored.extend(std::fs::read(server.data().join(file)).unwrap_or_default());
    }
    let contains = |bytes: &[u8]| stored.windows(bytes.len()).any(|part| part == bytes);
    assert!(
        contains(b"username_key"),
        "the files of the database were read"
    );
    assert!(!contains(token.as_bytes()) && !contains(&raw));
    for code in &ada.recovery_codes {
        let plain = code.replace('-', "");
        assert!(!contains(code.as_bytes()) && !contains(plain.as_bytes()));
    }
}
