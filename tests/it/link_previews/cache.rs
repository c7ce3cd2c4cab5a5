//! Results are reused for a day, failures for an hour, and a running fetch by all messages with its link.

use diesel::{RunQueryDsl, sql_query};
use serde_json::json;

use super::{Web, all_jobs, previews};
use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::message_actions::id;
use crate::harness::wait_for;
use crate::harness::website::Answer;

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;

/// Lets time pass for all previews: stops the server and sets back when they were fetched.
fn pass(web: &mut Web, milliseconds: i64) {
    web.server.stop();
    let set_back = format!("UPDATE link_previews SET fetched_at = fetched_at - {milliseconds}");
    let updated = sql_query(set_back).execute(&mut connect(&web.server.data()));
    assert!(updated.expect("an update") > 0);
    web.server.start_again();
}

#[tokio::test]
async fn a_page_is_fetched_again_after_a_day() {
    let mut web = Web::start().await;
    web.site.set_page("/a", "<title>Old</title>");
    let ada = Account::register(&web.server, "ada").await;
    let first = ada.post("http://site.test/a").await;
    previews(&ada, &first, 1).await;
    web.site.set_page("/a", "<title>New</title>");
    let mut connections = 1;
    for (passed, title) in [(24 * HOUR - 5 * MINUTE, "Old"), (10 * MINUTE, "New")] {
        pass(&mut web, passed);
        let message = ada.post("again http://site.test/a").await;
        let shown = previews(&ada, &message, 1).await;
        assert_eq!(shown[0]["title"], title);
        connections += usize::from(title == "New");
        assert_eq!(web.site.connections(), connections);
    }
    let shown = previews(&ada, &first, 1).await;
    assert_eq!(shown[0]["title"], "Old", "shown cards do not change");
}

#[tokio::test]
async fn a_page_without_a_card_is_fetched_again_after_an_hour() {
    let mut web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    ada.post("http://site.test/a").await;
    all_jobs(&web.server).await;
    assert_eq!(web.site.connections(), 1);
    web.site.set_page("/a", "<title>There now</title>");
    pass(&mut web, HOUR - 5 * MINUTE);
    let message = ada.post("again http://site.test/a").await;
    all_jobs(&web.server).await;
    let shown = ada.message((1, id(&message))).await["previews"].take();
    assert_eq!((shown, web.site.connections()), (json!([]), 1));
    pass(&mut web, 10 * MINUTE);
    let message = ada.post("once more http://site.test/a").await;
    let shown = previews(&ada, &message, 1).await;
    assert_eq!(shown[0]["title"], "There now");
}

#[tokio::test]
async fn messages_posted_at_the_same_moment_share_one_fetch() {
    let web = Web::start().await;
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Shared</title>";
    web.site.set("/a", Answer::Stalled(page.into()));
    let ada = Account::register(&web.server, "ada").await;
    let first = ada.post("http://site.test/a").await;
    wait_for("the request", async || {
        (web.site.connections() == 1).then_some(())
    })
    .await;
    let second = ada.post("also http://site.test/a").await;
    for message in [&first, &second] {
        let shown = previews(&ada, message, 1).await;
        assert_eq!(shown[0]["title"], "Shared");
    }
    assert_eq!(web.site.connections(), 1);
}
