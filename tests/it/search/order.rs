//! The order of results, and their pages.

use serde_json::Value;

use super::{bodies, finds, search, until_indexed};
use crate::harness::account::Account;
use crate::harness::server::Server;

/// The texts of all pages, starting with a path.
async fn all(person: &Account, first: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let answer = person.get(&path).await.expect(200).json();
        let page = bodies(&answer);
        assert!(!page.is_empty() && page.len() <= 20, "{path}: {answer}");
        assert_eq!(answer["more"], answer["next"] != Value::Null);
        pages.push(page);
        next = answer["next"].as_str().map(str::to_owned);
    }
    pages
}

#[tokio::test]
async fn pages_have_no_gaps_while_messages_are_posted() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    for number in 0..45 {
        ada.post(&format!("plan {number}")).await;
        bob.post(&format!("complan {number}")).await;
    }
    until_indexed(&ada).await;
    let first = search(&ada, "plan").await;
    ada.post_many("plan new", 15).await;
    until_indexed(&ada).await;
    let mut seen = bodies(&first);
    let next = first["next"].as_str().expect("a next page");
    let pages = all(&ada, next).await;
    assert_eq!(
        pages.iter().map(Vec::len).collect::<Vec<_>>(),
        [20, 20, 20, 10]
    );
    seen.extend(pages.into_iter().flatten());
    let expected = |name: &str| {
        (0..45)
            .rev()
            .map(move |number| format!("{name} {number}"))
            .collect::<Vec<_>>()
    };
    let (at_start, inside) = (expected("plan"), expected("complan"));
    assert_eq!(
        seen,
        [at_start, inside].concat(),
        "matches inside of words come last"
    );
}

#[tokio::test]
async fn a_full_page_without_further_matches_is_the_last_page() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    ada.post_many("plan", 20).await;
    until_indexed(&ada).await;
    assert_eq!(all(&ada, "/messages?q=plan").await.len(), 1);
    ada.post("complan").await;
    until_indexed(&ada).await;
    let pages = all(&ada, "/messages?q=plan").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 1]);
    let browser = ada.browser().await;
    let page = browser.page("/messages?q=plan").await.expect(200).text();
    assert!(
        page.contains("href=\"/messages?q=plan&#38;inside=1\""),
        "{page}"
    );
    let page = browser
        .page("/messages?q=plan&inside=1")
        .await
        .expect(200)
        .text();
    assert!(page.contains("Partial matches"), "{page}");
}

#[tokio::test]
async fn sorting_by_best_match_returns_the_best_matches_first() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for text in [
        "red wine",
        "wine that is red",
        "redder wines",
        "a long story in which something red happens to be next to other things, and much later wine",
        "covered with twines",
    ] {
        ada.post(text).await;
    }
    until_indexed(&ada).await;
    let newest = finds(&ada, "red wine").await;
    let best = ada
        .get("/messages?q=red+wine&sort=best")
        .await
        .expect(200)
        .json();
    let best = bodies(&best);
    assert_eq!(best[0], "red wine");
    assert_eq!(best[1], "wine that is red");
    assert_eq!(best.last().map(String::as_str), Some("covered with twines"));
    assert_eq!((best.len(), newest.len()), (5, 5));
    assert!(newest[0].starts_with("a long story"), "{newest:?}");
    ada.post_many("other wine", 50).await;
    until_indexed(&ada).await;
    let pages = all(&ada, "/messages?q=wine&sort=best").await;
    let mut all = pages.concat();
    assert_eq!(all.len(), 54, "matches inside of words are included");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 54, "no message is found twice");
}
