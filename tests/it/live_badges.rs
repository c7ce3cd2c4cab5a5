//! Badges that are pushed to open pages show the same numbers as pages that are loaded afresh.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html::{attribute, opening_tag, tags, text_of};
use crate::harness::http::send;
use crate::harness::live::{Event, LiveSocket};
use crate::harness::message_actions::id;
use crate::harness::server::Server;

/// Texts of the badges of a page by their ids. The count of the window's title has the id `title`.
type Badges = BTreeMap<String, String>;

/// Badges in a piece of markup.
fn badges(html: &str) -> Badges {
    let mut found = Badges::new();
    for tag in tags(html, "span") {
        let Some(id) = attribute(tag, "id").filter(|id| id.starts_with("unread-")) else {
            continue;
        };
        if let Some(waiting) = attribute(tag, "data-waiting") {
            found.insert("title".into(), waiting);
        }
        let start = tag.as_ptr() as usize - html.as_ptr() as usize;
        let text = crate::harness::html::inside(&html[start..], &format!("#{id}"));
        let text = text.map(|inner| text_of(&inner)).unwrap_or_default();
        found.insert(id, text);
    }
    found
}

/// An open page: its address, its socket and the badges that it shows.
struct OpenPage {
    path: &'static str,
    socket: LiveSocket,
    shown: Badges,
}

impl OpenPage {
    async fn open(account: &Account, path: &'static str, live: &str) -> OpenPage {
        let socket = account.open_live_at(live).await.after_sidebar().await;
        let page = account.browser().await.page(path).await.expect(200);
        OpenPage {
            path,
            socket,
            shown: badges(&page.text()),
        }
    }

    /// Applies pushes until the page shows the same badges as `fresh`.
    async fn wait_for(&mut self, fresh: &Badges, after: &str) {
        while self.shown != *fresh {
            let what = format!(
                "{} after {after}: {:?} instead of {fresh:?}",
                self.path, self.shown
            );
            let push = self.socket.find(&what, badge_push).await;
            let is_list = push.contains("id=\"sidebar\"");
            let pushed = badges(&push);
            if is_list {
                self.shown = pushed;
            } else {
                self.shown.extend(pushed);
            }
        }
    }
}

/// A push of badges or of the whole sidebar.
fn badge_push(event: &Event) -> Option<String> {
    let Event::Other(html) = event else {
        return None;
    };
    let target = attribute(opening_tag(html), "hx-target")?;
    let is_about_badges = target == "#sidebar" || target.starts_with("#unread-");
    is_about_badges.then(|| html.clone())
}

/// Bob's pages: one that shows no room, the room in which things happen, and another room.
struct Pages {
    bob: Account,
    pages: Vec<OpenPage>,
}

impl Pages {
    /// Compares the badges of all open pages with freshly loaded pages.
    async fn compare(&mut self, after: &str) {
        let browser = self.bob.browser().await;
        for page in &mut self.pages {
            // A page that shows a room without reading it asks for the badge of the room.
            page.socket.send(&json!({"type": "badges"})).await;
            let fresh = badges(&browser.page(page.path).await.expect(200).text());
            page.wait_for(&fresh, after).await;
        }
    }

    /// The text of a badge on a freshly loaded page that shows no room.
    async fn fresh(&self, name: &str) -> String {
        let page = self.bob.browser().await.page("/threads").await.expect(200);
        badges(&page.text()).remove(name).unwrap_or_default()
    }
}

#[tokio::test]
async fn live_badges_agree_with_a_fresh_page_after_every_kind_of_change() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let other = ada.create_room("other", "open").await;
    ada.invite(other, "bob").await;
    let direct = ada.direct(&["bob"]).await;
    let root = id(&bob.say(1, "Bob's thread").await);
    let foreign = id(&ada.say(1, "Ada's thread").await);
    bob.send("PUT", "/rooms/1/read", &json!({})).await;
    let other_path: &'static str = format!("/rooms/{other}").leak();
    let mut pages = Pages {
        pages: vec![
            OpenPage::open(&bob, "/saved", "/live").await,
            OpenPage::open(&bob, "/rooms/1", "/rooms/1/live").await,
            OpenPage::open(&bob, other_path, &format!("{other_path}/live")).await,
        ],
        bob,
    };
    pages.compare("nothing").await;
    let (in_root, in_foreign) = ((1, root), (1, foreign));

    let reply = |at, text: &'static str| {
        let ada = &ada;
        async move {
            id(&ada
                .send_to_message("POST", at, "/thread", json!({"body": text}))
                .await
                .expect(201)
                .json())
        }
    };
    reply(in_root, "an answer").await;
    pages.compare("a reply in a followed thread").await;
    let threads = pages.fresh("unread-threads").await;
    assert_eq!(threads, "1 unread");
    assert_eq!(pages.fresh("unread-1").await, "", "not in the room's badge");

    let named = reply(in_root, "@bob, look").await;
    pages.compare("a reply that mentions").await;
    assert_eq!(pages.fresh("unread-mentions").await, "1 unread");
    assert_eq!(pages.fresh("unread-threads").await, "2 unread");
    assert_eq!(pages.fresh("unread-1").await, "", "not in the room's badge");
    assert_eq!(pages.fresh("title").await, "2");

    let called = reply(in_foreign, "@bob, here too").await;
    pages.compare("a mention in another's thread").await;
    ada.edit((1, called), "not you after all").await.expect(200);
    pages.compare("an edit that takes a mention away").await;
    ada.edit((1, called), "you, @bob").await.expect(200);
    pages.compare("an edit that adds a mention").await;
    reply(in_root, "@room").await;
    pages.compare("a call of all followers").await;
    ada.delete((1, named)).await.expect(200);
    pages.compare("a deleted reply").await;

    let message = id(&ada.say(1, "in the room").await);
    pages.compare("a message in the room").await;
    assert_eq!(pages.fresh("unread-1").await, "1 unread");
    let mention = id(&ada.say(1, "in the room, @bob").await);
    pages.compare("a mention in the room").await;
    ada.say(1, "@room").await;
    pages.compare("a call of all members").await;
    ada.delete((1, mention)).await.expect(200);
    pages.compare("a deleted mention").await;
    ada.say(direct, "between us").await;
    pages.compare("a direct message").await;
    ada.say(other, "@bob elsewhere").await;
    pages.compare("a mention in another room").await;

    let read = json!({"up_to": message});
    pages
        .bob
        .send("PUT", "/rooms/1/read", &read)
        .await
        .expect(200);
    pages.compare("reading some").await;
    let path = format!("/rooms/1/messages/{root}/thread/read");
    let newest = json!({"up_to": reply(in_root, "one more").await});
    pages.bob.send("PUT", &path, &newest).await.expect(204);
    pages.compare("reading a thread").await;
    let path = format!("/rooms/1/messages/{foreign}/thread/following");
    send(pages.bob.ask("DELETE", &path)).await.expect(204);
    pages.compare("unfollowing a thread").await;
    reply(in_foreign, "nobody listens").await;
    pages.compare("a reply in an unfollowed thread").await;
    reply(in_foreign, "except @bob").await;
    pages.compare("a mention in an unfollowed thread").await;
    let from = json!({"unread_from": message});
    pages
        .bob
        .send("PUT", "/rooms/1/read", &from)
        .await
        .expect(200);
    pages.compare("marking as unread").await;
    for level in ["mentions", "nothing", "everything"] {
        let level = json!({"notify": level});
        pages
            .bob
            .send("PUT", "/rooms/1/preferences", &level)
            .await
            .expect(200);
        pages.compare(&format!("the level {level}")).await;
    }
    pages
        .bob
        .send("POST", "/read", &json!({}))
        .await
        .expect(204);
    pages.compare("marking all as read").await;
    for name in ["title", "unread-mentions", "unread-threads", "unread-1"] {
        assert!(["", "0"].contains(&&*pages.fresh(name).await), "{name}");
    }
}
