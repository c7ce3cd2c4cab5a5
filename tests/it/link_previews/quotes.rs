//! Links to messages of this server: each reader loads the quote with their own rights.

use serde_json::json;

use super::{Web, previews};
use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::message_actions::id;

const OWN: [&str; 2] = ["--public-url", "https://chat.example.com"];

#[tokio::test]
async fn a_link_to_a_message_is_quoted_for_those_who_may_read_it() {
    let web = Web::start_with(&OWN).await;
    let ada = Account::register(&web.server, "ada").await;
    let grace = Account::register(&web.server, "grace").await;
    let room = ada.create_room("closed", "closed").await;
    let secret = id(&ada.say(room, "qxz the plan").await);
    let link = format!("https://chat.example.com/rooms/{room}/messages/{secret}");
    let message = ada.post(&link).await;
    let shown = previews(&ada, &message, 1).await;
    assert_eq!(shown[0]["quoted"], json!({"room": room, "message": secret}));
    assert_eq!(web.site.connections(), 0, "it is not fetched");
    let mut shared = Vec::new();
    for name in ["ada", "grace"] {
        let browser = Browser::log_in(&web.server.origin(), name, PASSWORD).await;
        let page = browser.page("/rooms/1").await.text();
        let quote = format!("/rooms/{room}/messages/{secret}/quote");
        assert!(page.contains(&format!("hx-get=\"{quote}\"")), "{page}");
        assert!(!page.contains("qxz the plan"), "a page is the same for all");
        let part = browser.fragment(&quote).await.expect(200).text();
        assert_eq!(part.contains("qxz the plan"), name == "ada", "{part}");
        let missing = browser
            .fragment("/rooms/99/messages/9/quote")
            .await
            .expect(200);
        assert!(missing.text().contains("don’t have access to this message"));
        shared.push((part, missing.text()));
    }
    assert_eq!(shared[1].0, shared[1].1, "as one that does not exist");
    drop(grace);
}

#[tokio::test]
async fn other_pages_of_this_server_have_no_card() {
    let web = Web::start_with(&OWN).await;
    let ada = Account::register(&web.server, "ada").await;
    let linked = id(&ada.post("hello").await);
    for end in ["/settings".to_owned(), format!("/messages/{linked}/edits")] {
        let link = format!("https://chat.example.com/rooms/1{end}");
        let other = ada.post(&link).await;
        super::all_jobs(&web.server).await;
        let shown = ada.message((1, id(&other))).await["previews"].take();
        assert_eq!(shown, json!([]), "{link}");
    }
    assert_eq!(web.site.connections(), 0);
}
