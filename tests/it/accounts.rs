//! Accounts over JSON: the exact responses of the contract, for every origin.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::files::folder_contains;
use crate::harness::http::{Reply, client, get_json, post_json, send};
use crate::harness::server::Server;

#[tokio::test]
async fn registration_and_login_return_the_responses_of_the_contract() {
    let server = Server::start();
    let account = json!({"username": "ada", "password": PASSWORD});

    let made = post_json(&at(&server, "/register"), &account)
        .await
        .expect(200);
    assert_eq!(
        made.json(),
        json!({"message": "User registered successfully"})
    );
    is_json(&made);
    let again = post_json(&at(&server, "/register"), &account)
        .await
        .expect(400);
    assert_eq!(again.json(), json!({"detail": "Username already exists"}));

    let login = post_json(&at(&server, "/login"), &account)
        .await
        .expect(200);
    let token = login.json()["token"].as_str().expect("a token").to_string();
    assert_eq!(
        login.json(),
        json!({"token": token}),
        "the response contains only the token"
    );
    assert_eq!(
        uuid::Uuid::parse_str(&token)
            .expect("a UUID")
            .get_version_num(),
        4
    );
    assert!(
        !login.has("set-cookie"),
        "a JSON login answers any origin, so it sets no cookie"
    );

    let wrong = json!({"username": "ada", "password": "not the password"});
    let refused = post_json(&at(&server, "/login"), &wrong).await.expect(401);
    assert_eq!(
        refused.json(),
        json!({"detail": "Invalid username or password"})
    );
    let unknown = json!({"username": "nobody", "password": PASSWORD});
    let refused = post_json(&at(&server, "/login"), &unknown)
        .await
        .expect(401);
    assert_eq!(
        refused.json(),
        json!({"detail": "Invalid username or password"})
    );
}

#[tokio::test]
async fn a_token_is_new_at_each_login_and_both_work() {
    let server = Server::start();
    let first = Account::register(&server, "ada").await;
    let second = Account::log_in(&server, "ada").await;
    assert_ne!(first.token, second.token);
    first.post("with the first").await;
    second.post("with the second").await;
    let stranger = first.with_token(&uuid::Uuid::new_v4().to_string());
    stranger
        .try_post("with an unknown token", "1")
        .await
        .expect(401)
        .detail();
}

#[tokio::test]
async fn malformed_json_is_refused_with_a_message() {
    let server = Server::start();
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "{\"username\":\"ada\"}",
        "{\"username\":1,\"password\":2}",
    ];
    for path in ["/register", "/login"] {
        for body in bodies {
            let request = client()
                .post(at(&server, path))
                .header("content-type", "application/json");
            let reply = send(request.body(body)).await;
            assert!(
                [400, 422].contains(&reply.status),
                "{path} {body:?}: {}",
                reply.status
            );
            assert!(!reply.detail().is_empty());
        }
    }
}

#[tokio::test]
async fn pages_of_this_machine_may_register_log_in_and_read_the_root() {
    let server = Server::start();
    let account = json!({"username": "ada", "password": PASSWORD});
    for origin in ["http://127.0.0.1:5500", "http://localhost:3000"] {
        for path in ["/register", "/login"] {
            let preflight = preflight(&server, path, origin).await;
            assert!(
                [200, 204].contains(&preflight.status),
                "{path}: {}",
                preflight.status
            );
            allows_origin(&preflight, origin);
            let methods = preflight
                .header("access-control-allow-methods")
                .to_uppercase();
            assert!(methods.contains("POST"), "{path} allows {methods:?}");
            let headers = preflight
                .header("access-control-allow-headers")
                .to_lowercase();
            assert!(
                headers.contains("content-type") || headers == "*",
                "{path} allows {headers:?}"
            );
        }
        for (path, account) in [
            ("/register", &account),
            ("/login", &account),
            ("/login", &json!({})),
        ] {
            let reply = send(
                client()
                    .post(at(&server, path))
                    .header("origin", origin)
                    .json(account),
            )
            .await;
            allows_origin(&reply, origin);
        }
        let root = client()
            .get(server.origin())
            .header("origin", origin)
            .header("accept", "application/json");
        allows_origin(&send(root).await.expect(200), origin);
    }
}

#[tokio::test]
async fn other_routes_do_not_allow_foreign_origins() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let foreign = ada
        .ask("GET", "/rooms/1/messages")
        .header("origin", "http://elsewhere.example");
    assert!(!send(foreign).await.has("access-control-allow-origin"));
    let preflight = preflight(&server, "/rooms/1/messages", "http://elsewhere.example").await;
    assert!(!preflight.has("access-control-allow-origin"));
}

#[tokio::test]
async fn the_root_returns_name_version_and_status_as_json() {
    let server = Server::start();
    let answer = get_json(&server.origin()).await.expect(200).json();
    assert_eq!(answer["status"], "ok");
    assert_eq!(
        answer["name"].as_str().expect("a name").to_lowercase(),
        "chatterbox"
    );
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.as_object().expect("an object").len(), 3);
}

#[tokio::test]
async fn names_that_look_like_an_existing_name_are_refused() {
    let server = Server::unlimited();
    Account::register(&server, "admin").await;
    Account::register(&server, "Жанна").await;
    let alike = [
        "admin",
        "Admin",
        "ADMIN",
        "аdmin",
        "ａｄｍｉｎ",
        "ADMIΝ",
        "жанна",
        "ЖАННА",
    ];
    for name in alike {
        let reply = register(&server, name, PASSWORD).await;
        assert_eq!(reply.status, 400, "{name} is free: {}", reply.text());
        assert_eq!(reply.detail(), "Username already exists");
    }
    Account::register(&server, "admin2").await;
}

#[tokio::test]
async fn names_are_stored_and_shown_in_normalised_form() {
    let server = Server::start();
    let decomposed = "Jose\u{301}";
    register(&server, decomposed, PASSWORD).await.expect(200);
    let person = Account::log_in(&server, "José").await;
    assert_eq!(person.post("hola").await["author"]["username"], "José");
    Account::log_in(&server, decomposed)
        .await
        .post("y yo")
        .await;
    Account::log_in(&server, "JOSÉ")
        .await
        .post("yo también")
        .await;
}

#[tokio::test]
async fn misleading_names_are_refused() {
    let server = Server::unlimited();
    let long = "x".repeat(33);
    let refused = [
        "",
        " ",
        "a b",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\nb",
        "a\0b",
        "a/b",
        "<b>",
        "a\u{ad}b",
        "\u{feff}\u{feff}",
        "---",
        "a&b",
        "ada's",
        "a@b",
        "👍",
        "Server",
        "me",
        "a\u{3164}b",
        &long,
    ];
    for name in refused {
        let reply = register(&server, name, PASSWORD).await;
        assert_eq!(reply.status, 422, "{name:?}: {}", reply.text());
        assert!(
            reply.detail().len() > 10,
            "expected a sentence, actual: {:?}",
            reply.detail()
        );
    }
    for name in ["a", "a.b-c_d", "李雷", "Zoë", &"x".repeat(32), "7of9"] {
        let reply = register(&server, name, PASSWORD).await;
        assert_eq!(reply.status, 200, "{name:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn passwords_must_have_8_to_71_bytes_without_nul() {
    let server = Server::unlimited();
    let longest = "x".repeat(71);
    let refused = [
        "",
        "1234567",
        &"x".repeat(72),
        &"€".repeat(24),
        "12345678\0",
        "1234\x005678",
    ];
    for password in refused {
        let reply = register(&server, "ada", password).await;
        assert_eq!(reply.status, 422, "{password:?}: {}", reply.text());
        assert!(
            reply.detail().len() > 10,
            "expected a sentence, actual: {:?}",
            reply.detail()
        );
    }
    register(&server, "eight", "12345678").await.expect(200);
    register(&server, "seventyone", &longest).await.expect(200);
    login(&server, "eight", "12345678").await.expect(200);
    login(&server, "seventyone", &longest).await.expect(200);
    let longer = format!("{longest}y");
    for wrong in [&*longer, &longest[..70], "12345678\0", &"y".repeat(5_000)] {
        login(&server, "seventyone", wrong).await.expect(401);
    }
}

#[tokio::test]
async fn passwords_and_tokens_are_not_stored_as_plain_text() {
    let mut server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("a message that must be there").await;
    server.stop();
    let stored = |text: &str| folder_contains(&server.data(), text.as_bytes());
    assert!(stored("a message that must be there"));
    assert!(!stored(&ada.token), "the token is on disk");
    assert!(!stored(&ada.token.replace('-', "")), "the token is on disk");
    assert!(!stored(PASSWORD), "the password is on disk");
}

fn at(server: &Server, path: &str) -> String {
    format!("{}{path}", server.origin())
}

async fn register(server: &Server, name: &str, password: &str) -> Reply {
    post_json(
        &at(server, "/register"),
        &json!({"username": name, "password": password}),
    )
    .await
}

async fn login(server: &Server, name: &str, password: &str) -> Reply {
    post_json(
        &at(server, "/login"),
        &json!({"username": name, "password": password}),
    )
    .await
}

async fn preflight(server: &Server, path: &str, origin: &str) -> Reply {
    let options = reqwest::Method::OPTIONS;
    let request = client()
        .request(options, at(server, path))
        .header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    send(request.header("access-control-request-headers", "content-type")).await
}

#[track_caller]
fn allows_origin(reply: &Reply, origin: &str) {
    let allowed = reply.header("access-control-allow-origin");
    assert!(
        allowed == "*" || allowed == origin,
        "expected {origin} to be allowed, actual: {allowed:?}"
    );
    assert!(
        !reply.has("access-control-allow-credentials"),
        "no origin may send credentials"
    );
}

#[track_caller]
fn is_json(reply: &Reply) {
    assert!(
        reply.header("content-type").starts_with("application/json"),
        "{:?}",
        reply.headers
    );
}
