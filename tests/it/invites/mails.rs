//! Invite links by mail.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::{self, number};
use crate::harness::invites::{NewLink, redeem};
use crate::harness::mail_sink::MailSink;
use crate::harness::server::Server;
use crate::harness::wait_for;

/// A mail server, and a server that uses it, with these arguments.
async fn servers(more: &[&'static str]) -> (MailSink, Server) {
    let sink = MailSink::start().await;
    let own = sink.args().map(|arg| &*arg.leak());
    let args = [more, &own[..]].concat();
    let server = Server::start_with(&args);
    (sink, server)
}

#[tokio::test]
async fn a_new_link_is_mailed_to_each_address_once_and_lets_people_in() {
    let (sink, server) = servers(&["--limits", "off"]).await;
    let ada = Account::register(&server, "ada").await;
    let fields = json!({"max_uses": 3, "send_to": ["bob@example.com", "joan@example.com", "Bob@example.com"]});
    let created = ada.send("POST", "/invites", &fields).await;
    let created = created.expect(201).json();
    let sent_to = json!(["bob@example.com", "joan@example.com"]);
    assert_eq!(created["sent_to"], sent_to);
    let mut mails = sink.wait_for(2).await;
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    let path = NewLink::of(&created).path;
    for (mail, to) in mails.iter().zip(["bob@example.com", "joan@example.com"]) {
        assert_eq!(mail.to, to);
        assert!(mail.header("Subject").starts_with("ada invited you to"));
        // Each mail has a link of its own, so that no token waits in the queue.
        assert_ne!(mail.link("/invite/"), path);
    }
    for (mail, name) in mails.iter().zip(["bob", "joan"]) {
        let path = mail.link("/invite/");
        redeem(&server, &path, name).await.expect(201);
    }
    redeem(&server, &path, "carl").await.expect(201);
    redeem(&server, &path, "dora").await.expect(410);
    let browser = ada.browser().await;
    let form = [("send_to", "carl@example.com, dora@example.com")];
    let page = browser.submit("/invites", &form).await.expect(201).text();
    assert!(
        page.contains("<b>carl@example.com</b> and <b>dora@example.com</b>"),
        "{page}"
    );
    assert_eq!(sink.wait_for(4).await.len(), 4);
    assert_eq!(ada.links().await[0]["sent_to"], Value::Null);
    let log = ada.get("/admin/audit?action=invite_link.created").await;
    let log = log.expect(200).text();
    assert!(
        log.contains("sent by mail to 2 people") && !log.contains("example.com"),
        "{log}"
    );
}

#[tokio::test]
async fn no_token_of_a_link_waits_in_the_queue_and_a_revoked_link_is_not_mailed() {
    let (mut sink, server) = servers(&["--limits", "off"]).await;
    sink.switch_off().await;
    let ada = Account::register(&server, "ada").await;
    let mut links = Vec::new();
    for to in ["bob@example.com", "joan@example.com"] {
        let fields = json!({"send_to": [to]});
        let created = ada.send("POST", "/invites", &fields).await;
        links.push(created.expect(201).json()["id"].clone());
    }
    let mut conn = database::connect(&server.data());
    let waiting = "SELECT count(*) AS number FROM mails WHERE letter LIKE '%invitation%'";
    assert_eq!(number(&mut conn, waiting), 2);
    let with_url = "SELECT count(*) AS number FROM mails WHERE letter LIKE '%/invite/%'";
    assert_eq!(number(&mut conn, with_url), 0);
    ada.send("DELETE", &format!("/invites/{}", links[0]), &json!({}))
        .await
        .expect(204);
    sink.switch_on().await;
    let mails = sink.wait_for(1).await;
    assert_eq!(mails[0].to, "joan@example.com");
    let sent = "SELECT count(*) AS number FROM mails WHERE state = 'waiting'";
    let queue_is_empty = || async {
        let mut conn = database::connect(&server.data());
        (number(&mut conn, sent) == 0).then_some(())
    };
    wait_for("the end of the queue", queue_is_empty).await;
    assert_eq!(sink.wait_for(1).await.len(), 1, "the other one was dropped");
}

#[tokio::test]
async fn wrong_addresses_are_refused_with_the_text_in_its_box_and_nothing_is_sent() {
    let (_sink, server) = servers(&["--limits", "off"]).await;
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    let page = browser.page("/invites").await.expect(200).text();
    assert!(page.contains("name=\"send_to\""), "{page}");
    let form = [("send_to", "bob@example.com, joan")];
    let page = browser.submit("/invites", &form).await.expect(422).text();
    assert!(page.contains("“joan” isn’t an e-mail address."), "{page}");
    assert!(page.contains("value=\"bob@example.com, joan\""), "{page}");
    let many: Vec<_> = (0..21).map(|one| format!("u{one}@example.com")).collect();
    for fields in [
        json!({"send_to": many}),
        json!({"send_to": "bob@example.com\r\nBcc: eve@example.com"}),
        json!({"max_uses": 1, "send_to": ["a@example.com", "b@example.com"]}),
    ] {
        ada.send("POST", "/invites", &fields).await.expect(422);
    }
    assert!(ada.links().await.is_empty(), "no link was created");
    let mails = "SELECT count(*) AS number FROM mails";
    assert_eq!(number(&mut database::connect(&server.data()), mails), 0);
}

#[tokio::test]
async fn no_one_sends_more_than_twenty_invitations_an_hour() {
    let (sink, server) = servers(&[]).await;
    let ada = Account::register(&server, "ada").await;
    let to = |numbers: std::ops::Range<usize>| {
        let all = numbers.map(|one| format!("u{one}@example.com"));
        json!({"send_to": all.collect::<Vec<_>>()})
    };
    ada.send("POST", "/invites", &to(0..15)).await.expect(201);
    let refused = ada.send("POST", "/invites", &to(15..21)).await;
    let refused = refused.expect(429);
    assert!(refused.has("retry-after"));
    // A refusal uses nothing up.
    ada.send("POST", "/invites", &to(15..20)).await.expect(201);
    ada.send("POST", "/invites", &to(20..21)).await.expect(429);
    ada.send("POST", "/invites", &json!({})).await.expect(201);
    assert_eq!(sink.wait_for(20).await.len(), 20);
}

#[tokio::test]
async fn without_a_mail_server_there_is_no_field_and_json_gets_the_reason() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let page = ada.browser().await.page("/invites").await.expect(200);
    assert!(!page.text().contains("send_to"));
    let fields = json!({"send_to": ["bob@example.com"]});
    let refused = ada.send("POST", "/invites", &fields).await.expect(409);
    assert!(refused.detail().contains("doesn’t send mail"));
    assert!(ada.links().await.is_empty());
}
