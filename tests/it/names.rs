//! Display names: where they are shown, and which ones are refused.

use serde_json::{Value, json};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::database;
use crate::harness::html::text_of;
use crate::harness::http::{self, Reply};
use crate::harness::live::people;
use crate::harness::server::Server;
use crate::harness::wait_for;

async fn rename(account: &Account, name: &str) -> Reply {
    let change = json!({"display_name": name});
    account.send("PATCH", "/profile", &change).await
}

async fn page(reader: &Account, path: &str) -> String {
    reader.browser().await.page(path).await.expect(200).text()
}

/// The names and usernames at the messages of a page.
fn authors(page: &str) -> Vec<(String, String)> {
    let text = |html: &str, class: &str| {
        let at = html.find(class).expect("each message names its author");
        let rest = &html[at + html[at..].find('>').expect("a tag ends") + 1..];
        text_of(&rest[..rest.find('<').expect("an element ends")])
    };
    let messages = page.split("<article class=\"message").skip(1);
    messages
        .map(|html| {
            (
                text(html, "message__author"),
                text(html, "message__username"),
            )
        })
        .collect()
}

fn pair(name: &str, handle: &str) -> (String, String) {
    (name.to_owned(), handle.to_owned())
}

#[tokio::test]
async fn a_changed_name_is_on_every_page_at_once() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let posted = ada.post("hello").await;
    let id = posted["id"].as_i64().expect("an id");
    let reply = json!({"body": "an answer", "reply_to": id});
    bob.send("POST", "/rooms/1/messages", &reply)
        .await
        .expect(201);
    let thread = format!("/rooms/1/messages/{id}/thread");
    ada.send("POST", &thread, &json!({"body": "in the thread"}))
        .await
        .expect(201);
    let reaction = format!("/rooms/1/messages/{id}/reactions/👍");
    ada.send("PUT", &reaction, &json!({})).await.expect(200);
    ada.send("PUT", &format!("/rooms/1/messages/{id}/pin"), &json!({}))
        .await
        .expect(200);

    let browser = bob.browser().await;
    let before = browser.page("/rooms/1").await.expect(200);
    assert_eq!(authors(&before.text())[0], pair("ada", ""));
    let tag = before.header("etag").to_owned();
    let fragment = browser
        .fragment("/rooms/1/messages?limit=9")
        .await
        .expect(200);
    let fragment_tag = fragment.header("etag").to_owned();

    rename(&ada, "Ada Lovelace").await.expect(200);
    let again = browser.ask("GET", "/rooms/1").header("if-none-match", tag);
    let again = again.header("accept", "text/html");
    let again = browser.send(again).await.expect(200).text();
    assert_eq!(authors(&again)[0], pair("Ada Lovelace", "@ada"));
    assert_eq!(authors(&again)[1], pair("bob", ""));
    let part = browser
        .ask("GET", "/rooms/1/messages?limit=9")
        .header("hx-request", "true");
    let part = part.header("if-none-match", fragment_tag);
    let part = browser.send(part).await.expect(200).text();
    assert_eq!(authors(&part)[0], pair("Ada Lovelace", "@ada"));
    let shown = text_of(&again);
    assert!(shown.contains("Last reply by Ada Lovelace"), "{shown}");
    assert!(
        again.contains(">Ada Lovelace</b> <span dir=\"auto\">hello"),
        "the quote names its author"
    );
    assert!(
        !shown.contains(": ada"),
        "the reaction names who reacted: {shown}"
    );
    for path in [
        &*thread,
        "/rooms/1/pins",
        "/rooms/1/members",
        "/people",
        "/people/ada",
    ] {
        let page = text_of(&page(&bob, path).await);
        assert!(page.contains("Ada Lovelace"), "{path}: {page}");
    }
    let found = || async {
        let page = text_of(&page(&bob, "/messages?q=hello").await);
        page.contains("Ada Lovelace").then_some(())
    };
    wait_for("the author of a search result", found).await;
    let own = page(&ada, "/rooms").await;
    assert!(
        own.contains(">Ada Lovelace</span><span class=\"visually-hidden\">: your menu"),
        "the sidebar names its reader"
    );

    rename(&ada, "").await.expect(200);
    assert_eq!(authors(&page(&bob, "/rooms/1").await)[0], pair("ada", ""));
}

#[tokio::test]
async fn programs_get_usernames_and_display_names() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    rename(&ada, "Ada Lovelace").await.expect(200);
    let mut line = bob.text_socket().await;
    let posted = ada.post("hello").await;
    let author = json!({"id": 1, "username": "ada", "display_name": "Ada Lovelace"});
    assert_eq!(posted["author"], author);
    assert_eq!(bob.history().await[0]["author"], author);
    line.line("ada", "hello").await;
}

#[tokio::test]
async fn open_pages_receive_a_changed_name() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    ada.post("hello").await;
    let mut room = bob.open_live(1).await;
    let mut list = bob.open_live_at("/live").await;
    let mut hers = ada.open_live(1).await;
    rename(&ada, "Ada <Lovelace>").await.expect(200);
    for live in [&mut room, &mut list, &mut hers] {
        let name = live.pushed("[data-person-name='1']", |_| true).await;
        assert!(name.contains(">Ada &#60;Lovelace&#62;<"), "{name}");
        let username = live.pushed("[data-person-username='1']", |_| true).await;
        assert!(username.contains(">@ada<"), "{username}");
    }
    // A socket that was open before posts and types under the new name.
    hers.send(&json!({"typing": true})).await;
    room.pushed("#typing", |html| html.contains("Lovelace"))
        .await;
    hers.send(&json!({"body": "from the open page"})).await;
    let mut message = room.next_message().await;
    while message.text != "from the open page" {
        message = room.next_message().await;
    }
    assert_eq!(message.author, "Ada <Lovelace>");
    let list = people(&page(&bob, "/rooms/1").await);
    assert_eq!(
        list,
        ["<Lovelace>", "bob"],
        "by the last words of the names"
    );
}

#[tokio::test]
async fn a_display_name_may_not_pass_for_someone_else() {
    let server = Server::unlimited();
    let _ada = Account::register(&server, "ada_lovelace").await;
    let _gamma = Account::register(&server, "Γάμμα").await;
    let bob = Account::register(&server, "bob").await;
    for name in [
        "ada_lovelace",
        "Ada Lovelace",
        "ADA-LOVELACE",
        "@ada_lovelace",
        "ada.lovelace.",
        "Adà Lovelace",
        "аdа lоvеlасе",
        "«Ada Lovelace» ✓",
        "Ada\u{200d}Lovelace",
        "ａｄａ＿ｌｏｖｅｌａｃｅ",
        "γαμμα",
        "Γάμμα!",
    ] {
        assert_eq!(rename(&bob, name).await.status, 409, "{name}");
    }
    for name in [
        "Bob",
        "BOB",
        "b.o.b",
        "Robert Ada Lovelace",
        "Ada",
        "🦊",
        "",
    ] {
        assert_eq!(rename(&bob, name).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_display_name_may_not_pass_for_the_system() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for name in [
        "Server",
        "Аdmin",
        "ADMIN",
        "chatterbox",
        "Сhаttеrbох",
        "[System]",
        "Admin Team",
        "S e r v e r",
        "5erver",
        "🅰🅳🅼🅸🅽",
        "ᴍᴏᴅᴇʀᴀᴛᴏʀ",
        "Room Owner",
        "You",
    ] {
        let refused = rename(&ada, name).await.expect(422).json();
        assert_eq!(
            refused["detail"], "That name is reserved. Try another.",
            "{name}"
        );
    }
    let browser = ada.browser().await;
    let form = browser
        .submit("/profile", &[("display_name", "Admin"), ("about", "hi")])
        .await;
    let form = form.expect(422).text();
    assert!(
        form.contains("That name is reserved. Try another."),
        "{form}"
    );
    assert!(
        form.contains("value=\"hi\""),
        "the form keeps what was typed"
    );
}

#[tokio::test]
async fn only_the_first_username_may_be_admin() {
    let server = Server::unlimited();
    let _admin = Account::register(&server, "admin").await;
    let _owner = Account::register(&server, "owner").await;
    let address = format!("{}/register", server.origin());
    for name in [
        "Moderator",
        "Аdministrator",
        "chatterbox",
        "Сhаttеrbох",
        "the.admin-team",
        "5y5tem",
        "ｓｕｐｐｏｒｔ",
    ] {
        let account = json!({"username": name, "password": PASSWORD});
        let refused = http::post_json(&address, &account).await.expect(422).json();
        let reserved = "That username is reserved. Try another.";
        assert_eq!(refused["detail"], reserved, "{name}");
    }
}

#[tokio::test]
async fn a_new_username_may_not_pass_for_a_display_name() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    rename(&ada, "Grace Hopper").await.expect(200);
    let register = |name: &str| {
        let account = json!({"username": name, "password": PASSWORD});
        let address = format!("{}/register", server.origin());
        async move { http::post_json(&address, &account).await }
    };
    for name in [
        "GraceHopper",
        "grace.hopper",
        "grасе_hopper",
        "gráce-hopper",
    ] {
        register(name).await.expect(400);
    }
    register("grace").await.expect(200);
    rename(&ada, "Ada").await.expect(200);
    register("grace.hopper").await.expect(200);
}

#[tokio::test]
async fn names_of_earlier_versions_are_compared_too() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada.l").await;
    rename(&ada, "Countess").await.expect(200);
    let mut conn = database::connect(&server.data());
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "UPDATE users SET username_letters = '', display_name_letters = ''",
    )
    .expect("the columns exist");
    drop(conn);
    server.stop();
    server.start_again();
    let bob = Account::register(&server, "bob").await;
    let refused = || async { (rename(&bob, "Ada L").await.status == 409).then_some(()) };
    wait_for("the keys are filled after the start", refused).await;
    let account = json!({"username": "countess", "password": PASSWORD});
    http::post_json(&format!("{}/register", server.origin()), &account)
        .await
        .expect(400);
}

#[tokio::test]
async fn a_name_is_completed_from_each_word_of_the_display_name() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    rename(&ada, "Ada King Lovelace").await.expect(200);
    for (begin, found) in [
        ("love", true),
        ("LOVE", true),
        ("king", true),
        ("ad", true),
        ("ove", false),
        ("%", false),
    ] {
        let people = bob
            .get(&format!("/rooms/1/names?q={begin}"))
            .await
            .expect(200)
            .json();
        let people: Vec<&Value> = people["people"]
            .as_array()
            .expect("a list")
            .iter()
            .collect();
        let names: Vec<&Value> = people.iter().map(|person| &person["username"]).collect();
        assert_eq!(names.contains(&&json!("ada")), found, "{begin}: {names:?}");
    }
}
