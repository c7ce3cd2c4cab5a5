//! Mails against a local mail server: confirmation of addresses, new passwords, warnings, and a mail server that is down.

use std::collections::BTreeSet;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::authenticator::Authenticator;
use crate::harness::browser::Browser;
use crate::harness::database;
use crate::harness::http::{Reply, client, get_page, post_json, send};
use crate::harness::mail_sink::MailSink;
use crate::harness::one_time_codes::code;
use crate::harness::server::{Server, UNLIMITED};
use crate::harness::wait_for;

const NEW_PASSWORD: &str = "a staple and a battery";

/// A mail server, and a server that uses it.
async fn servers() -> (MailSink, Server) {
    let sink = MailSink::start().await;
    let server = Server::start_with(&args(&sink, &[]));
    (sink, server)
}

/// Arguments without rate limits. They live as long as the test program.
fn args(sink: &MailSink, more: &[&'static str]) -> Vec<&'static str> {
    let own = sink.args().map(|arg| &*arg.leak());
    [&UNLIMITED[..], &["--setup-code", "off"], &own[..], more].concat()
}

async fn set_address(account: &Account, address: &str) -> Reply {
    let body = json!({"address": address});
    send(account.ask("PUT", "/account/email").json(&body)).await
}

/// Confirms an address with the mail for it.
async fn confirm(account: &Account, sink: &MailSink, address: &str) {
    let before = sink.mails().len();
    set_address(account, address).await.expect(202);
    let mails = sink.wait_for(before + 1).await;
    let path = mails[before].link("/account/email/");
    send(account.ask("POST", &path)).await.expect(204);
}

async fn forgot(server: &Server, name: &str) -> Reply {
    let url = format!("{}/forgot", server.origin());
    post_json(&url, &json!({"name": name})).await
}

/// Number of mails in a state.
fn in_state(server: &Server, state: &str) -> i64 {
    let query = format!("SELECT count(*) AS number FROM mails WHERE state = '{state}'");
    database::number(&mut database::connect(&server.data()), &query)
}

async fn wait_for_state(server: &Server, state: &str, count: i64) {
    wait_for(&format!("{count} {state} mails"), || async {
        (in_state(server, state) == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_link_in_its_mail_and_by_its_owner_alone() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    set_address(&ada, "ada").await.expect(422);
    set_address(&ada, "Ada@Example.com").await.expect(202);
    let mails = sink.wait_for(1).await;
    assert_eq!(mails[0].to, "Ada@Example.com");
    assert!(mails[0].header("From").contains("<chat@example.com>"));
    assert!(mails[0].header("Message-ID").ends_with("@example.com>"));
    let path = mails[0].link("/account/email/");
    let state = ada.get("/account/email").await.expect(200).json();
    assert_eq!(
        state,
        json!({"address": null, "pending": "Ada@Example.com"})
    );
    send(bob.ask("POST", &path)).await.expect(404);
    let browser = ada.browser().await;
    let page = browser.page(&path).await.expect(200).text();
    assert!(page.contains("Ada@Example.com") && page.contains("Confirm address"));
    assert_eq!(
        browser
            .submit(&path, &[])
            .await
            .expect(303)
            .header("location"),
        "/account/email?done=confirmed"
    );
    let state = ada.get("/account/email").await.expect(200).json();
    assert_eq!(
        state,
        json!({"address": "Ada@Example.com", "pending": null})
    );
    let page = browser.page(&path).await.expect(404).text();
    assert!(page.contains("This link doesn’t work"));
    // Another account learns that the address is in use only from the link in the mail.
    set_address(&bob, "ada@example.com").await.expect(202);
    let path = sink.wait_for(2).await[1].link("/account/email/");
    send(bob.ask("POST", &path)).await.expect(409);
    send(ada.ask("DELETE", "/account/email")).await.expect(204);
    send(bob.ask("POST", &path)).await.expect(204);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail_and_the_answer_tells_nothing() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    confirm(&ada, &sink, "ada@example.com").await;
    let login = get_page(&format!("{}/login", server.origin())).await;
    assert!(login.expect(200).text().contains("href=\"/forgot\""));
    let answers = [
        forgot(&server, "ada").await,
        forgot(&server, "ADA@example.com").await,
        forgot(&server, "bob").await, // without an address
        forgot(&server, "someone").await,
        forgot(&server, "someone@example.com").await,
    ];
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (202, answers[0].text()));
    }
    let mails = sink.wait_for(3).await;
    let path = mails[1].link("/reset/");
    let url = format!("{}{path}", server.origin());
    post_json(&url, &json!({"password": NEW_PASSWORD}))
        .await
        .expect(204);
    post_json(&url, &json!({"password": "another password"}))
        .await
        .expect(409);
    ada.get("/rooms").await.expect(401);
    let account = json!({"username": "ada", "password": NEW_PASSWORD});
    post_json(&format!("{}/login", server.origin()), &account)
        .await
        .expect(200);
    // The link in the second mail became useless, and no one else got one.
    let other = format!("{}{}", server.origin(), mails[2].link("/reset/"));
    post_json(&other, &json!({"password": "another password"}))
        .await
        .expect(404);
    wait_for_state(&server, "sent", 3).await;
    assert!(sink.mails().iter().all(|mail| mail.to == "ada@example.com"));
}

#[tokio::test]
async fn without_a_mail_server_pages_do_not_offer_mails() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let login = get_page(&format!("{}/login", server.origin())).await;
    assert!(!login.expect(200).text().contains("/forgot"));
    get_page(&format!("{}/forgot", server.origin()))
        .await
        .expect(404);
    forgot(&server, "ada").await.expect(409);
    set_address(&ada, "ada@example.com").await.expect(409);
    let browser = ada.browser().await;
    assert!(
        !browser
            .page("/account")
            .await
            .expect(200)
            .text()
            .contains("/account/email")
    );
    let page = browser.page("/account/email").await.expect(200).text();
    assert!(page.contains("doesn’t send mail"));
}

#[tokio::test]
async fn a_mail_server_that_is_down_for_a_while_gets_every_mail_once() {
    let mut sink = MailSink::start().await;
    let mut server = Server::executable(&args(&sink, &[]));
    let mut accounts = Vec::new();
    for name in ["ada", "bob", "joan", "alan", "mary"] {
        accounts.push(Account::register(&server, name).await);
    }
    sink.switch_off().await;
    for account in &accounts[..3] {
        let address = format!("{}@example.com", account.name);
        set_address(account, &address).await.expect(202);
    }
    wait_for("a failed attempt", || async {
        let query = "SELECT count(*) AS number FROM mails WHERE error != ''";
        let failed = database::number(&mut database::connect(&server.data()), query);
        (failed > 0).then_some(())
    })
    .await;
    server.kill9();
    server.start_again();
    sink.refuse(Some("451 try later"));
    sink.switch_on().await;
    for account in &accounts[3..] {
        let address = format!("{}@example.com", account.name);
        set_address(account, &address).await.expect(202);
    }
    wait_for("a temporary refusal", || async {
        (sink.refused() > 0).then_some(())
    })
    .await;
    sink.refuse(None);
    wait_for_state(&server, "sent", 5).await;
    let mails = sink.mails();
    let recipients: BTreeSet<&str> = mails.iter().map(|mail| &*mail.to).collect();
    let ids: BTreeSet<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((mails.len(), recipients.len(), ids.len()), (5, 5, 5));
    let mut conn = database::connect(&server.data());
    let left = "SELECT count(*) AS number FROM jobs WHERE kind = 'send_mail'";
    assert_eq!(database::number(&mut conn, left), 0);
    let texts = "SELECT count(*) AS number FROM mails WHERE letter != ''";
    assert_eq!(database::number(&mut conn, texts), 0);
    for (account, mail) in accounts.iter().zip(["ada", "bob", "joan", "alan", "mary"]) {
        let mail = mails
            .iter()
            .find(|one| one.to.starts_with(mail))
            .expect("a mail");
        send(account.ask("POST", &mail.link("/account/email/")))
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn a_refused_mail_is_kept_as_failed_and_logged_without_its_address() {
    let sink = MailSink::start().await;
    let server = Server::executable(&args(&sink, &[]));
    let ada = Account::register(&server, "ada").await;
    sink.refuse(Some("550 no mailbox for private-name@example.com"));
    set_address(&ada, "private-name@example.com")
        .await
        .expect(202);
    wait_for_state(&server, "failed", 1).await;
    server.wait_for_output("a mail was refused").await;
    let output = server.output();
    assert!(output.contains("p…@example.com"), "{output}");
    assert!(!output.contains("private-name"), "{output}");
    assert_eq!((sink.refused(), sink.mails().len()), (1, 0));
}

#[tokio::test]
async fn a_mail_is_given_up_after_three_days() {
    let mut sink = MailSink::start().await;
    let server = Server::start_with(&args(&sink, &[]));
    let ada = Account::register(&server, "ada").await;
    sink.switch_off().await;
    set_address(&ada, "ada@example.com").await.expect(202);
    let age = "UPDATE mails SET created_at = created_at - 259200001";
    let done = database::connect(&server.data()).batch_execute(age);
    done.expect("a valid statement");
    wait_for_state(&server, "failed", 1).await;
}

#[tokio::test]
async fn a_log_in_in_a_new_browser_warns_its_owner_once() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    confirm(&ada, &sink, "ada@example.com").await;
    let phone = Browser::new(&server.origin());
    let log_in = async |browser: &Browser| {
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let request = browser.ask("POST", "/login").form(&fields);
        let request = request.header("origin", server.origin());
        let request = request.header("user-agent", "Mozilla/5.0 (X11; Linux) Firefox/144.0");
        browser.send(request).await.expect(303)
    };
    log_in(&phone).await;
    let mails = sink.wait_for(2).await;
    assert!(
        mails[1].header("Subject").starts_with("New log-in to"),
        "{:?}",
        mails[1]
    );
    assert!(mails[1].body.contains("Firefox on Linux, from 127.0.0.1"));
    log_in(&phone).await; // it is known now
    log_in(&Browser::new(&server.origin())).await;
    sink.wait_for(3).await;
    wait_for_state(&server, "sent", 3).await;
}

/// A log-in of a program, as JSON.
async fn log_in_as(server: &Server, program: &str, fields: serde_json::Value) -> Reply {
    let request = client().post(format!("{}/login", server.origin()));
    send(request.header("user-agent", program).json(&fields)).await
}

#[tokio::test]
async fn a_log_in_of_a_new_program_warns_its_owner_once_also_with_a_second_factor() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    confirm(&ada, &sink, "ada@example.com").await;
    let fields = json!({"username": "ada", "password": PASSWORD});
    let wrong = json!({"username": "ada", "password": "not it"});
    log_in_as(&server, "curl/8.5.0", wrong).await.expect(401);
    for _ in 0..3 {
        log_in_as(&server, "curl/8.5.0", fields.clone())
            .await
            .expect(200);
    }
    let mails = sink.wait_for(2).await;
    let subject = mails[1].header("Subject");
    assert!(subject.starts_with("New log-in to"), "{:?}", mails[1]);
    assert!(mails[1].body.contains("curl, from 127.0.0.1"));
    let begun = send(ada.ask("POST", "/account/second-factor")).await;
    let secret = begun.expect(201).json()["secret"].take();
    let code = code(secret.as_str().expect("a secret"), 0);
    let factor = ada.ask("POST", "/account/second-factor/confirmation");
    let confirmed = send(factor.json(&json!({"code": code}))).await;
    let recovery = confirmed.expect(200).json()["recovery_codes"].take();
    let asked = log_in_as(&server, "bot/1.0", fields.clone()).await;
    let token = asked.expect(401).json()["second_factor"].take();
    let step = json!({"second_factor": token, "code": recovery[0]});
    let request = client().post(format!("{}/login/code", server.origin()));
    send(request.header("user-agent", "bot/1.0").json(&step))
        .await
        .expect(200);
    sink.wait_for(3).await;
    let at_once = json!({"username": "ada", "password": PASSWORD, "code": recovery[1]});
    log_in_as(&server, "bot/2.0", at_once).await.expect(200);
    sink.wait_for(4).await;
    wait_for_state(&server, "sent", 4).await;
}

#[tokio::test]
async fn a_log_in_with_a_passkey_as_json_warns_its_owner() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    let public = "http://chat.example.com";
    let mut key = Authenticator::es256(public);
    crate::passkeys::add(&ada, &key).await.expect(201);
    confirm(&ada, &sink, "ada@example.com").await;
    let browser = Browser::new(&server.origin());
    let ask = |path: &str| browser.ask("POST", path).header("origin", public);
    let options = ask("/login/passkey/options").json(&json!({}));
    let options = browser.send(options).await.expect(200).json();
    let request = ask("/login/passkey").header("accept", "application/json");
    let request = request.header("user-agent", "bot/1.0");
    let credential = json!({"credential": key.get(&options)});
    browser.send(request.json(&credential)).await.expect(200);
    let mails = sink.wait_for(2).await;
    let subject = mails[1].header("Subject");
    assert!(subject.starts_with("New log-in to"), "{subject}");
}

#[tokio::test]
async fn admins_see_addresses_in_the_list_of_accounts_and_no_one_else_does() {
    let (sink, server) = servers().await;
    let ada = Account::register(&server, "ada").await;
    let mo = crate::reports::moderator(&server, &ada, "mo").await;
    let bob = Account::register(&server, "bob").await;
    confirm(&bob, &sink, "bob@example.com").await;
    set_address(&bob, "new@example.com").await.expect(202);
    let seen = ada.get("/admin/people?q=bob").await.expect(200).json();
    let both = json!({"address": "bob@example.com", "pending": "new@example.com"});
    assert_eq!(seen["people"][0]["email"], both);
    let none = ada.get("/admin/people?q=mo").await.expect(200).json();
    let missing = json!({"address": null, "pending": null});
    assert_eq!(none["people"][0]["email"], missing);
    let list = |account: &Account| {
        let account = account.clone();
        async move {
            let browser = account.browser().await;
            browser.page("/admin/people").await.expect(200).text()
        }
    };
    let page = list(&ada).await;
    assert!(page.contains("bob@example.com") && page.contains("new@example.com (not confirmed)"));
    for text in [
        mo.get("/admin/people").await.expect(200).text(),
        list(&mo).await,
        ada.get("/people/bob").await.expect(200).text(),
        mo.get("/people?q=bob").await.expect(200).text(),
    ] {
        assert!(
            text.contains("bob") && !text.contains("@example.com"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn names_with_other_letters_reach_the_mail_whole() {
    let sink = MailSink::start().await;
    let home = Arc::new(TempDir::new().expect("a temporary folder"));
    let server = Server::start_in(home, &args(&sink, &[]));
    let ada = Account::register(&server, "Зоя").await;
    set_address(&ada, "zoya@example.com").await.expect(202);
    let mail = sink.wait_for(1).await.remove(0);
    assert!(mail.body.contains("the account Зоя on"), "{}", mail.body);
    assert!(mail.headers.is_ascii(), "{}", mail.headers);
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let parts = mail.headers.contains("multipart/alternative");
    assert!(parts && mail.body.contains("text/plain") && mail.body.contains("text/html"));
}
