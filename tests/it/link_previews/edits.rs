//! Edits when no pages are fetched: previews are turned off, or the job runs much later.

use diesel::{RunQueryDsl, sql_query};
use serde_json::{Value, json};

use super::{Web, all_jobs, previews};
use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::files::folder_contains;
use crate::harness::message_actions::id;
use crate::harness::server::Server;
use crate::harness::wait_for;

/// A server on which a message has the cards of two pages.
async fn with_two_cards() -> (Web, Account, Value) {
    let web = Web::start().await;
    web.site.set_page("/a", "<title>qxzA</title>");
    web.site.set_page("/b", "<title>B</title>");
    let ada = Account::register(&web.server, "ada").await;
    let message = ada.post("http://site.test/a http://site.test/b").await;
    previews(&ada, &message, 2).await;
    (web, ada, message)
}

/// Adds a job that looks up the previews of a message, as if it had been there before.
fn add_job(server: &Server, message: &Value) {
    let add = format!(
        "INSERT INTO jobs (kind, payload, run_at) VALUES ('messages.link_previews', '{}', 0)",
        id(message)
    );
    let added = sql_query(add).execute(&mut connect(&server.data()));
    assert_eq!(added, Ok(1));
}

fn titles(previews: &[Value]) -> Vec<&Value> {
    previews.iter().map(|preview| &preview["title"]).collect()
}

#[tokio::test]
async fn an_edit_takes_the_card_of_a_removed_link_at_once() {
    let (_web, ada, message) = with_two_cards().await;
    let at = (1, id(&message));
    let edited = ada.edit(at, "http://site.test/b").await.expect(200).json();
    assert_eq!(edited["previews"].as_array().map(Vec::len), Some(1));
    assert_eq!(edited["previews"][0]["title"], "B");
}

#[tokio::test]
async fn a_server_without_previews_still_takes_cards_of_removed_links() {
    let (mut web, ada, message) = with_two_cards().await;
    web.server.stop();
    let mut args = web.site.args(&web.dns);
    args.extend(["--link-previews", "off"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let server = Server::start_in(web.server.home(), &args);
    let ada = ada.through(&server.origin());
    let at = (1, id(&message));
    ada.edit(at, "http://site.test/b http://site.test/c")
        .await
        .expect(200);
    assert_eq!(titles(&previews(&ada, &message, 1).await), ["B"]);
    wait_for("the title to leave the folder", async || {
        (!folder_contains(&server.data(), b"qxzA")).then_some(())
    })
    .await;
    ada.edit(at, "nothing").await.expect(200);
    previews(&ada, &message, 0).await;
    assert_eq!(web.site.connections(), 2, "the new link is not fetched");
}

#[tokio::test]
async fn jobs_of_the_time_with_previews_do_nothing_without() {
    let (mut web, ada, message) = with_two_cards().await;
    let fresh = ada.post("http://0.test/new").await;
    all_jobs(&web.server).await;
    let asked = web.site.connections();
    web.server.stop();
    add_job(&web.server, &message);
    add_job(&web.server, &fresh);
    let set_back = "UPDATE link_previews SET fetched_at = 0";
    let updated = sql_query(set_back).execute(&mut connect(&web.server.data()));
    assert_eq!(updated, Ok(3));
    let mut args = web.site.args(&web.dns);
    args.extend(["--link-previews", "off"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let server = Server::start_in(web.server.home(), &args);
    let ada = ada.through(&server.origin());
    all_jobs(&server).await;
    assert_eq!(web.site.connections(), asked);
    previews(&ada, &message, 2).await;
}

#[tokio::test]
async fn a_job_that_runs_much_later_keeps_the_cards() {
    let (mut web, ada, message) = with_two_cards().await;
    web.server.stop();
    add_job(&web.server, &message);
    let set_back = "UPDATE messages SET created_at = created_at - 16 * 60000";
    let updated = sql_query(set_back).execute(&mut connect(&web.server.data()));
    assert_eq!(updated, Ok(1));
    web.server.start_again();
    all_jobs(&web.server).await;
    let shown = previews(&ada, &message, 2).await;
    assert_eq!(titles(&shown), [&json!("qxzA"), &json!("B")]);
    assert_eq!(web.site.connections(), 2);
}
