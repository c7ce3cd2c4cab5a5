//! Addresses in pages: each of them leads to a page or a file.

use std::collections::{BTreeSet, VecDeque};

use serde_json::json;

use crate::harness::account::Account;
use crate::harness::html::unescape;
use crate::harness::message_actions::id;
use crate::harness::server::Server;

/// The most pages that are opened; the fixture has fewer.
const MAX_PAGES: usize = 400;

/// Addresses of this server in the attributes `href` and `src` of a page, without fragments.
fn addresses(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Scripts complete what is in a template before it is shown.
    let parts = page.split("<template").enumerate();
    let page: String = parts
        .map(|(at, part)| match at {
            0 => part,
            _ => part.split_once("</template>").map_or("", |(_, rest)| rest),
        })
        .collect();
    for attribute in [" href=\"", " src=\""] {
        let values = page.split(attribute).skip(1);
        let values = values.map(|rest| unescape(rest.split('"').next().unwrap_or_default()));
        let paths = values.map(|value| value.split('#').next().unwrap_or_default().to_owned());
        found.extend(paths.filter(|path| path.starts_with('/')));
    }
    found
}

/// A server where ada has one of everything.
async fn furnished() -> (Server, Account) {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let odd = ada.create_room("a/b?c=d&e #f", "open").await;
    let closed = ada.create_room("closed", "closed").await;
    let others = bob.create_room("not joined", "open").await;
    let direct = ada.direct(&["bob"]).await;
    ada.invite(closed, "bob").await;
    for room in [1, odd, closed, direct, others] {
        let author = if room == others { &bob } else { &ada };
        for number in 0..3 {
            author
                .say(room, &format!("Number {number} for @bob, see #closed"))
                .await;
        }
    }
    let first = id(&bob.say(closed, "Look, @ada").await);
    ada.answer((closed, first), "a reply").await;
    ada.reply((closed, first), "a quote").await;
    ada.edit((closed, id(&ada.say(closed, "typo").await)), "no typo")
        .await
        .expect(200);
    ada.react((closed, first), "👍").await.expect(200);
    let pin = format!("/rooms/{closed}/messages/{first}/pin");
    ada.send("PUT", &pin, &json!({})).await.expect(200);
    let saved = format!("/rooms/{closed}/messages/{first}/saved");
    let reply = ada.send("PUT", &saved, &json!({})).await;
    assert!(reply.status < 300, "{}", reply.text());
    (server, ada)
}

#[tokio::test]
async fn every_address_in_every_page_leads_somewhere() {
    let (_server, ada) = furnished().await;
    let browser = ada.browser().await;
    let starts = [
        "/rooms/1",
        "/rooms",
        "/people",
        "/messages?q=number",
        "/search?q=b",
        "/mentions",
        "/threads",
        "/saved",
    ];
    let mut queue: VecDeque<(String, String)> = starts
        .map(|path| (path.to_owned(), "the test".to_owned()))
        .into();
    let mut seen: BTreeSet<String> = starts.map(str::to_owned).into();
    let mut broken = Vec::new();
    let mut pages = 0;
    while let Some((path, from)) = queue.pop_front() {
        let reply = browser.page(&path).await;
        pages += 1;
        assert!(pages <= MAX_PAGES, "{pages} pages; the last one is {path}");
        if !(200..400).contains(&reply.status) {
            broken.push(format!("{path} in {from}: {}", reply.status));
        }
        if !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        for next in addresses(&reply.text()) {
            // Filters of a search lead to searches with more filters, without end.
            let is_refined = from != "the test" && path.contains("q=") && next.contains("q=");
            if !is_refined && seen.insert(next.clone()) {
                queue.push_back((next, path.clone()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    for part in [
        "/thread",
        "/edits",
        "/pins",
        "/members",
        "/settings",
        "/people/bob",
    ] {
        assert!(
            seen.iter().any(|path| path.ends_with(part)),
            "{part} was visited"
        );
    }
}
