//! Messages as other chats got them wrong: posted as JSON, read as HTML.

use chatterbox::accounts::fold;
use diesel::{RunQueryDsl, sql_query, sql_types::Text};
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::database::connect;
use crate::harness::message_actions::{id, listed};
use crate::harness::server::Server;

/// The attributes of an outgoing link.
const OUT: &str = r#"rel="noopener noreferrer nofollow" target="_blank""#;

async fn html(person: &Account, text: &str) -> String {
    let message = person.post(text).await;
    message["html"].as_str().expect("html").to_owned()
}

/// Asserts that posted texts have this HTML.
async fn all(examples: &[(&str, &str)]) {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "grace").await;
    for (text, expected) in examples {
        assert_eq!(html(&ada, text).await, *expected, "{text}");
    }
}

#[tokio::test]
async fn a_link_ends_where_the_address_ends() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for (text, before, address, href, after) in [
        (
            "Voir https://a.example/x\u{a0}!",
            "Voir ",
            "https://a.example/x",
            "",
            "&nbsp;!",
        ),
        ("“https://a.example/x”", "“", "https://a.example/x", "", "”"),
        (
            "https://youtu.be/dQw4w9WgXc_",
            "",
            "https://youtu.be/dQw4w9WgXc_",
            "",
            "",
        ),
        (
            "https://app.a.example#/route",
            "",
            "https://app.a.example#/route",
            "",
            "",
        ),
        (
            "https://a.example/css?f=A|B",
            "",
            "https://a.example/css?f=A|B",
            "",
            "",
        ),
        ("https://例子.中国", "", "https://例子.中国", "", ""),
        (
            "http://my_service:8080/x",
            "",
            "http://my_service:8080/x",
            "",
            "",
        ),
        ("http://[::1]:8080/x", "", "http://[::1]:8080/x", "", ""),
        (
            "www.example.com",
            "",
            "www.example.com",
            "http://www.example.com",
            "",
        ),
        (
            "me@example.com",
            "",
            "me@example.com",
            "mailto:me@example.com",
            "",
        ),
        ("mailto:me@example.com", "", "mailto:me@example.com", "", ""),
    ] {
        let href = if href.is_empty() { address } else { href };
        let expected = format!("<p>{before}<a href=\"{href}\" {OUT}>{address}</a>{after}</p>");
        assert_eq!(html(&ada, text).await, expected, "{text}");
    }
    let hidden = html(&ada, "[\u{200b}](https://a.example/x)").await;
    assert!(
        hidden.contains(">\u{200b}https://a.example/x</a>"),
        "{hidden}"
    );
}

#[tokio::test]
async fn nothing_typed_vanishes() {
    all(&[
        (">", "<p>&gt;</p>"),
        (">>", "<p>&gt;&gt;</p>"),
        ("~~~~", "<p>~~~~</p>"),
        ("```", "<p>```</p>"),
        ("..\\..\\x", "<p>..\\..\\x</p>"),
        ("grep \"a\\|b\"", "<p>grep \"a\\|b\"</p>"),
        ("%USERPROFILE%\\.ssh", "<p>%USERPROFILE%\\.ssh</p>"),
        ("C:\\Users\\_me", "<p>C:\\Users\\_me</p>"),
        (
            "{\"a\": \"b\\\"c\\\\d\"}",
            "<p>{\"a\": \"b\\\"c\\\\d\"}</p>",
        ),
        (
            "1. a\n2. b\n4. d",
            "<ol dir=\"auto\"><li>a</li><li>b</li><li value=\"4\">d</li></ol>",
        ),
        (
            "4. a\n3. b",
            "<ol dir=\"auto\" start=\"4\"><li>a</li><li value=\"3\">b</li></ol>",
        ),
        ("**「重要」**です", "<p><strong>「重要」</strong>です</p>"),
        ("a\u{b}b\u{c}c\u{85}d", "<p>a<br>b<br>c<br>d</p>"),
        (
            "```hello\nx\n```",
            "<pre dir=\"ltr\" tabindex=\"0\"><code>hello\nx</code></pre>",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_mention_is_found_wherever_a_person_would_see_one() {
    let grace = r#"<a class="mention mention--2" href="/people/grace">@grace</a>"#;
    let in_full = |html: &str| html.replace("{grace}", grace);
    for (text, expected) in [
        ("_thanks @grace_", "<p><em>thanks {grace}</em></p>"),
        ("@grace...what now", "<p>{grace}...what now</p>"),
        ("Ask @grace.Then go", "<p>Ask {grace}.Then go</p>"),
        ("你好@grace", "<p>你好{grace}</p>"),
        ("＠grace", "<p>{grace}</p>"),
        (
            "> @grace hi",
            "<blockquote dir=\"auto\"><p>@grace hi</p></blockquote>",
        ),
    ] {
        all(&[(text, &in_full(expected))]).await;
    }
}

#[tokio::test]
async fn a_name_with_a_dot_at_its_end_does_not_take_the_mentions_of_another() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let impostor = Account::register(&server, "someone").await;
    let dotted = Account::register(&server, "another").await;
    for (from, to) in [("someone", "grace."), ("another", "user.")] {
        // Such names exist from before they were refused.
        let rename =
            sql_query("UPDATE users SET username = ?, username_key = ? WHERE username = ?");
        let rename = rename
            .bind::<Text, _>(to)
            .bind::<Text, _>(fold(to))
            .bind::<Text, _>(from);
        rename
            .execute(&mut connect(&server.data()))
            .expect("one user");
    }
    for text in ["Ask @grace.", "@grace...what", "@grace."] {
        ada.post(text).await;
    }
    ada.post("Thanks @user..").await;
    assert_eq!(grace.unread(1).await.1, 3);
    assert_eq!(impostor.unread(1).await.1, 0);
    assert_eq!(dotted.unread(1).await.1, 1);
}

#[tokio::test]
async fn a_quotation_calls_no_one_again() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    for text in [
        "> @grace hello",
        "> @room",
        "> @here",
        ">> @grace",
        "> - @grace",
    ] {
        ada.post(text).await;
    }
    assert_eq!(grace.unread(1).await, (5, 0, 0));
    ada.post("> hello\n\n@grace yes").await;
    assert_eq!(grace.unread(1).await, (6, 1, 0));
}

#[tokio::test]
async fn an_edit_that_mentions_a_member_is_unread_although_the_message_was_read() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let bob = Account::register(&server, "bob").await;
    let first = ada.post("hello").await;
    let last = ada.post("later").await;
    let up_to = |message: &Value| json!({"up_to": id(message)});
    for person in [&grace, &bob] {
        person
            .send("PUT", "/rooms/1/read", &up_to(&last))
            .await
            .expect(200);
    }
    ada.edit((1, id(&first)), "hello @grace").await.expect(200);
    assert_eq!(grace.unread(1).await, (0, 1, 0));
    assert_eq!(bob.unread(1).await, (0, 0, 0));
    let list = grace.get("/mentions").await.expect(200).json();
    assert_eq!(listed(&list)[0]["unread"], true);
    // The same mention again is no new one, and reading ends it.
    ada.edit((1, id(&first)), "hello again @grace")
        .await
        .expect(200);
    assert_eq!(grace.unread(1).await, (0, 1, 0));
    grace
        .send("PUT", "/rooms/1/read", &up_to(&last))
        .await
        .expect(200);
    assert_eq!(grace.unread(1).await, (0, 0, 0));
    ada.edit((1, id(&first)), "hello once more @grace")
        .await
        .expect(200);
    assert_eq!(grace.unread(1).await, (0, 0, 0), "she has read it");
    ada.edit((1, id(&first)), "hello").await.expect(200);
    ada.edit((1, id(&first)), "hello @grace @bob")
        .await
        .expect(200);
    assert_eq!((grace.unread(1).await.1, bob.unread(1).await.1), (1, 1));
    ada.delete((1, id(&first))).await.expect(200);
    assert_eq!((grace.unread(1).await.1, bob.unread(1).await.1), (0, 0));
}

#[tokio::test]
async fn a_late_mention_in_a_thread_ends_when_all_threads_are_marked_as_read() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let root = grace.post("root").await;
    let answer = ada.answer((1, id(&root)), "hello").await;
    let read = json!({});
    grace.send("PUT", "/rooms/1/read", &read).await.expect(200);
    ada.edit((1, id(&answer)), "hello @grace").await.expect(200);
    assert_eq!(grace.unread(1).await, (0, 1, 0));
    grace.send("POST", "/threads/read", &read).await.expect(204);
    assert_eq!(grace.unread(1).await, (0, 0, 0));
}

#[tokio::test]
async fn a_thread_reply_that_mentions_a_member_counts_once_and_is_read_in_the_thread() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    let root = ada.post("a question").await;
    grace
        .send("PUT", "/rooms/1/read", &json!({}))
        .await
        .expect(200);
    let reply = ada.answer((1, id(&root)), "what does @grace say?").await;
    // She follows the thread from then on.
    assert_eq!(grace.unread(1).await, (0, 1, 1));
    let path = format!("/rooms/1/messages/{}/thread/read", id(&root));
    grace
        .send("PUT", &path, &json!({"up_to": id(&reply)}))
        .await
        .expect(204);
    assert_eq!(grace.unread(1).await, (0, 0, 0));
    ada.answer((1, id(&root)), "never mind").await;
    assert_eq!(grace.unread(1).await, (0, 0, 1));
}
