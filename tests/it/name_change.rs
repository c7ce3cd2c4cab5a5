//! A new username: the old one is reserved and leads to its user, mentions follow, and open pages show it.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database;
use crate::harness::http::{Reply, post_json, send};
use crate::harness::live::Event;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::wait_for;

async fn rename(account: &Account, name: &str) -> Reply {
    let change = account.ask("PATCH", "/account");
    send(change.json(&json!({"username": name}))).await
}

async fn register(server: &Server, name: &str) -> Reply {
    let account = json!({"username": name, "password": PASSWORD});
    post_json(&format!("{}/register", server.origin()), &account).await
}

#[tokio::test]
async fn a_former_name_is_reserved_and_leads_to_its_user_for_thirty_days() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    rename(&ada, "lovelace").await.expect(204);
    for name in ["ada", "Ada", "adа", "ada.", "ádá"] {
        register(&server, name).await.expect(400);
        rename(&bob, name).await.expect(409);
    }
    let browser = bob.browser().await;
    let old = browser.page("/people/ADA").await.expect(303);
    assert_eq!(old.header("location"), "/people/lovelace");
    let files = browser.page("/people/ada/files").await.expect(303);
    assert_eq!(files.header("location"), "/people/lovelace/files");
    bob.get("/people/ada/files").await.expect(200);
    browser.page("/people/someone/files").await.expect(404);
    let profile = bob.get("/people/ada").await.expect(200).json();
    assert_eq!(profile["username"], "lovelace");
    let card = browser.fragment("/people/ada").await.expect(200).text();
    assert!(card.contains("lovelace"));
    let log_in = |name: &str| {
        let account = json!({"username": name, "password": PASSWORD});
        let url = format!("{}/login", server.origin());
        async move { post_json(&url, &account).await }
    };
    log_in("ada").await.expect(401);
    log_in("lovelace").await.expect(200);
    // Its user may take it back, and then the other one is reserved.
    rename(&ada, "ada").await.expect(204);
    register(&server, "lovelace").await.expect(400);
    let later = "UPDATE former_names SET reserved_until = reserved_until - 30 * 86400000";
    let set = database::connect(&server.data()).batch_execute(later);
    set.expect("a valid statement");
    browser.page("/people/lovelace").await.expect(404);
    register(&server, "lovelace").await.expect(200);
}

#[tokio::test]
async fn unusable_names_are_refused_on_the_page_with_the_text_in_the_box() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let browser = bob.browser().await;
    for (name, status, text) in [
        ("ada", 409, "taken or too similar"),
        ("АDА", 409, "taken or too similar"),
        ("a b", 422, "only contain letters"),
        ("everyone", 422, "reserved"),
        ("support", 422, "reserved"),
        ("", 422, "Enter a username."),
    ] {
        let page = browser.submit("/account/name", &[("username", name)]).await;
        let page = page.expect(status).text();
        assert!(page.contains(text), "{name}: {text}");
        assert!(
            page.contains(&format!("name=\"username\" value=\"{name}\"")),
            "{name}"
        );
    }
    rename(&bob, "bob").await.expect(204);
    rename(&bob, "Bob").await.expect(204);
    let page = browser
        .submit("/account/name", &[("username", "robert")])
        .await;
    page.expect(303);
    let page = browser.page("/account?done=name").await.expect(200).text();
    assert!(page.contains("Username changed.") && page.contains("value=\"robert\""));
    drop(ada);
}

#[tokio::test]
async fn mentions_and_open_pages_get_the_new_name() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let message = bob.post("hello @ada, and not @nobody-here").await;
    let mut page = bob.open_live(1).await;
    rename(&ada, "lovelace").await.expect(204);
    for target in ["[data-person-name='1']", ".mention--1"] {
        let is_renamed = |event: &Event| match event {
            Event::Other(html) => {
                (html.contains(target) && html.contains("lovelace")).then_some(())
            }
            _ => None,
        };
        page.find(target, is_renamed).await;
    }
    let html = "<a class=\"mention mention--1\" href=\"/people/lovelace\">@lovelace</a>";
    let browser = bob.browser().await;
    wait_for("the new name in the message", || async {
        let room = browser.page("/rooms/1").await.expect(200).text();
        room.contains(html).then_some(())
    })
    .await;
    let stored = bob
        .get(&format!("/rooms/1/messages/{}", id(&message)))
        .await;
    let stored = stored.expect(200).json();
    assert_eq!(stored["body"], "hello @ada, and not @nobody-here");
    let mentions = ada.get("/mentions").await.expect(200);
    assert!(mentions.text().contains("hello"), "it still mentions her");
    let sidebar = Browser::log_in(&server.origin(), "lovelace", PASSWORD).await;
    let sidebar = sidebar.page("/rooms").await.expect(200);
    assert!(sidebar.text().contains("href=\"/people/lovelace\""));
}

#[tokio::test]
async fn of_users_who_take_a_name_at_once_one_gets_it() {
    let server = Server::unlimited();
    let mut accounts = Vec::new();
    for number in 0..8 {
        accounts.push(Account::register(&server, &format!("user{number}x")).await);
    }
    let replies = join_all(accounts.iter().map(|account| rename(account, "grace"))).await;
    let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 204).count(),
        1,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn names_are_changed_ten_times_a_day_at_most() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    for number in 0..10 {
        rename(&ada, &format!("ada{number}x")).await.expect(204);
    }
    rename(&ada, "ada").await.expect(429);
}
