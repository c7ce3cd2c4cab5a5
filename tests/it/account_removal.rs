//! Removal of accounts by admins: what ends at once, what stays, and who may do it.

use std::future::ready;

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database::{self, number};
use crate::harness::http::{Reply, get_page, post_json, send};
use crate::harness::invites::redeem;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::{PUSH_DEADLINE, wait_for};
use crate::reports::moderator;

async fn remove(admin: &Account, name: &str, messages: &str) -> Reply {
    let body = json!({"messages": messages});
    send(admin.ask("DELETE", &format!("/people/{name}")).json(&body)).await
}

async fn author_of(reader: &Account, message: &Value) -> Value {
    let path = format!("/rooms/1/messages/{}", id(message));
    reader.get(&path).await.expect(200).json()["author"].take()
}

#[tokio::test]
async fn an_admin_removes_an_account_and_its_messages_stay() {
    let server = Server::unlimited();
    let (ada, bob, carol) = Account::register_three(&server).await;
    let phone = Account::log_in(&server, "bob").await;
    let message = bob.post("I was here").await;
    let link = bob.create_link(json!({})).await;
    let reset = send(ada.ask("POST", "/people/bob/reset")).await;
    let reset = reset.expect(201).json()["url"].take();
    let mut sockets = [bob.open_live(1).await, phone.open_live_at("/live").await];
    remove(&ada, "bob", "keep").await.expect(204);
    let ended = async {
        for socket in &mut sockets {
            while socket.next_message_or_close().await.is_some() {}
            assert_eq!(socket.closed, Some(1008));
        }
    };
    let within = tokio::time::timeout(PUSH_DEADLINE, ended);
    within.await.expect("sockets end within a second");
    for session in [&bob, &phone] {
        session.get("/rooms").await.expect(401);
    }
    let account = json!({"username": "bob", "password": PASSWORD});
    post_json(&format!("{}/login", server.origin()), &account)
        .await
        .expect(401);
    let author = author_of(&carol, &message).await;
    assert_eq!(author["display_name"], "Deleted user");
    redeem(&server, &link.path, "carl").await.expect(410);
    get_page(reset.as_str().expect("a link")).await.expect(404);
    remove(&ada, "bob", "keep").await.expect(404);
    remove(&ada, "deleted-2", "keep").await.expect(404);
    let admin = json!({"role": "admin"});
    let role = ada.send("PATCH", "/people/deleted-2/role", &admin).await;
    role.expect(404);
    let log = ada.get("/admin/audit?action=user.removed").await;
    let entries = log.expect(200).json()["entries"].take();
    assert_eq!(entries.as_array().map(Vec::len), Some(1), "{entries}");
    let text = entries.to_string();
    for part in ["\"bob\"", "\"ada\"", "messages kept"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // The name is free.
    Account::register(&server, "bob").await;
}

#[tokio::test]
async fn the_page_tells_what_is_erased_and_the_form_erases_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    bob.post_many("forget me", 12).await;
    let room = bob.create_room("bobs plans", "closed").await;
    bob.say(room, "secret").await;
    let file = bob.upload("diary.txt", b"dear diary").await;
    bob.post_files(1, "with a file", &[&file]).await;
    let counted = ada.get("/people/bob/removal").await.expect(200).json();
    assert_eq!(counted, json!({"messages": 14, "files": 1}));
    let browser = ada.browser().await;
    let profile = browser.page("/people/bob").await.expect(200).text();
    assert!(profile.contains("href=\"/people/bob/removal\""));
    let page = browser.page("/people/bob/removal").await.expect(200).text();
    assert_eq!(page.matches("14 messages and 1 file").count(), 2, "{page}");
    let refused = browser.submit("/people/bob/removal", &[]).await;
    assert!(refused.expect(422).text().contains("Choose what happens"));
    let form = [("messages", "erase")];
    let removed = browser.submit("/people/bob/removal", &form).await;
    let list = removed.expect(303).header("location").to_owned();
    let list = browser.page(&list).await.expect(200).text();
    assert!(list.contains("The messages and files are being deleted."));
    let mut conn = database::connect(&server.data());
    wait_for("no text of theirs", || {
        let left = "SELECT count(*) AS number FROM messages WHERE author_id = 2 AND body <> ''";
        ready((number(&mut conn, left) == 0).then_some(()))
    })
    .await;
    let gone = browser.page("/people/deleted-2").await.expect(200).text();
    for action in ["Manage account", "Message</button>", "Block…"] {
        assert!(!gone.contains(action), "{action}");
    }
    let card = browser.fragment("/people/deleted-2").await.expect(200);
    let card = card.text();
    assert!(
        !card.contains("/directs") && !card.contains("/block"),
        "{card}"
    );
    browser.page("/people/deleted-2/removal").await.expect(404);
}

#[tokio::test]
async fn only_admins_remove_accounts_and_neither_their_own_nor_without_a_choice() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let mo = moderator(&server, &ada, "mo").await;
    let bob = Account::register(&server, "bob").await;
    for account in [&mo, &bob] {
        remove(account, "ada", "keep").await.expect(403);
        account.get("/people/mo/removal").await.expect(403);
    }
    let profile = mo.browser().await.page("/people/bob").await.expect(200);
    assert!(!profile.text().contains("/removal"));
    get_page(&format!("{}/people/bob/removal", server.origin()))
        .await
        .expect(303);
    let own = remove(&ada, "ada", "keep").await.expect(409);
    assert!(own.detail().contains("account page"), "{}", own.detail());
    let browser = ada.browser().await;
    let own = browser.page("/people/ada/removal").await.expect(303);
    assert_eq!(own.header("location"), "/account#delete-title");
    for messages in ["", "all"] {
        remove(&ada, "bob", messages).await.expect(422);
    }
    remove(&ada, "nobody", "keep").await.expect(404);
    for account in [&ada, &mo, &bob] {
        account.get("/rooms").await.expect(200);
    }
}

#[tokio::test]
async fn of_two_admins_who_remove_each_other_at_once_one_stays() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let admin = json!({"role": "admin"});
    ada.send("PATCH", "/people/bob/role", &admin)
        .await
        .expect(204);
    let (one, other) = tokio::join!(remove(&ada, "bob", "keep"), remove(&bob, "ada", "keep"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 401 | 403]), "{statuses:?}");
    let admins = "SELECT count(*) AS number FROM users WHERE is_admin";
    assert_eq!(number(&mut database::connect(&server.data()), admins), 1);
}

#[tokio::test]
async fn a_removed_account_is_left_out_when_all_who_came_through_a_link_are_suspended() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let link = ada.create_link(json!({})).await;
    for name in ["bob", "carol"] {
        redeem(&server, &link.path, name).await.expect(201);
    }
    remove(&ada, "bob", "keep").await.expect(204);
    let undo = format!("/invites/{}/suspensions", link.id);
    let suspended = ada.send("POST", &undo, &json!({})).await;
    assert_eq!(suspended.expect(200).json()["suspended"], 1);
}
