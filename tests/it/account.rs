//! The account page: the password is asked for, changed, and ends other sessions; sessions are listed and ended.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database;
use crate::harness::http::{post_json, send};
use crate::harness::server::Server;

const NEW_PASSWORD: &str = "a staple and a battery";

/// Makes the last entry of every password older than ten minutes. Call it before the sessions are used.
fn forget_confirmations(server: &Server) {
    let statement = "UPDATE sessions SET confirmed_at = confirmed_at - 600001";
    let set = database::connect(&server.data()).batch_execute(statement);
    set.expect("a valid statement");
}

async fn sessions(account: &Account) -> Vec<Value> {
    let reply = account.get("/account").await.expect(200);
    let sessions = reply.json()["sessions"].take();
    sessions.as_array().expect("sessions are a list").clone()
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_their_sockets() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let (phone, tablet) = (
        Account::log_in(&server, "ada").await,
        Account::log_in(&server, "ada").await,
    );
    let mut own = ada.open_live(1).await;
    let mut sockets = [
        phone.open_live(1).await,
        phone.open_live_at("/live").await,
        tablet.open_live(1).await,
    ];
    let change = ada.ask("POST", "/account/password");
    let reply = send(change.json(&json!({"password": NEW_PASSWORD}))).await;
    assert_eq!(reply.expect(200).json(), json!({"ended_sessions": 2}));
    for socket in &mut sockets {
        while socket.next_message_or_close().await.is_some() {}
        assert_eq!(socket.closed, Some(1008));
    }
    phone.get("/rooms").await.expect(401);
    ada.post("still here").await;
    assert_eq!(own.next_message().await.text, "still here");
    let log_in = format!("{}/login", server.origin());
    for (password, status) in [(PASSWORD, 401), (NEW_PASSWORD, 200)] {
        let account = json!({"username": "ada", "password": password});
        post_json(&log_in, &account).await.expect(status);
    }
}

#[tokio::test]
async fn an_unusable_password_is_refused_and_changes_nothing() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let short = [("password", "short")];
    let page = browser.submit("/account/password", &short).await;
    assert!(page.expect(422).text().contains("at least 8 characters"));
    ada.get("/account").await.expect(200);
    Account::log_in(&server, "ada").await;
}

#[tokio::test]
async fn the_account_asks_for_the_password_ten_minutes_after_it_was_entered() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    forget_confirmations(&server);
    for (method, path) in [
        ("GET", "/account"),
        ("POST", "/account/password"),
        ("DELETE", "/account/sessions"),
        ("DELETE", "/account/sessions/1"),
    ] {
        let request = ada.ask(method, path);
        let request = match method {
            "POST" => request.json(&json!({"password": NEW_PASSWORD})),
            _ => request,
        };
        send(request).await.expect(403);
    }
    let page = browser.page("/account").await.expect(200).text();
    assert!(page.contains("Confirm it’s you") && !page.contains("Where you’re logged in"));
    // A form that was open when the time ran out leads there, too.
    let new = [("password", NEW_PASSWORD)];
    let reply = browser.submit("/account/password", &new).await.expect(303);
    assert_eq!(reply.header("location"), "/account");
    let wrong = browser.submit("/account/confirmation", &new).await;
    assert!(
        wrong
            .expect(422)
            .text()
            .contains("That’s not your password.")
    );
    let right = [("password", PASSWORD)];
    let reply = browser.submit("/account/confirmation", &right).await;
    reply.expect(303);
    let page = browser.page("/account").await.expect(200).text();
    assert!(page.contains("Where you’re logged in"));
    // It counts for this session only.
    ada.get("/account").await.expect(403);
    Account::log_in(&server, "ada").await;
}

#[tokio::test]
async fn wrong_passwords_in_the_account_count_as_failed_log_ins() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let wrong = json!({"password": "not the password"});
    for status in [[422; 10].as_slice(), &[429]].concat() {
        let request = ada.ask("POST", "/account/confirmation").json(&wrong);
        send(request).await.expect(status);
    }
}

#[tokio::test]
async fn sessions_are_listed_with_their_devices_and_ended_one_by_one() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let phone = Browser::new(&server.origin());
    let log_in = phone
        .ask("POST", "/login")
        .form(&[("username", "ada"), ("password", PASSWORD)]);
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1";
    let origin = server.origin();
    send(log_in.header("user-agent", agent).header("origin", origin))
        .await
        .expect(303);
    let listed = sessions(&ada).await;
    let devices: Vec<_> = listed
        .iter()
        .map(|one| (&one["device"], &one["current"]))
        .collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(
        devices.contains(&(&json!("Safari on iPhone"), &json!(false))),
        "{devices:?}"
    );
    assert!(listed.iter().all(|one| one["address"] == "127.0.0.1"));
    let other = listed.iter().find(|one| one["current"] == false);
    let path = format!("/account/sessions/{}", other.expect("the phone's")["id"]);
    send(bob.ask("DELETE", &path)).await.expect(404);
    send(ada.ask("DELETE", &path)).await.expect(204);
    send(ada.ask("DELETE", &path)).await.expect(404);
    assert_eq!(sessions(&ada).await.len(), 1);
    Account::log_in(&server, "ada").await;
    let ended = send(ada.ask("DELETE", "/account/sessions"))
        .await
        .expect(200);
    assert_eq!(ended.json(), json!({"ended_sessions": 1}));
    assert_eq!(sessions(&bob).await.len(), 1);
}
