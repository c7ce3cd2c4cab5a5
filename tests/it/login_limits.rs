//! Rate limits on logins and registrations.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, client, post_json, send};
use crate::harness::server::Server;

#[tokio::test]
async fn logins_are_refused_after_ten_failed_attempts() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    for attempt in 1..=10 {
        let reply = try_from(
            &server,
            "Ada",
            "wrong password",
            &format!("10.0.0.{attempt}"),
        )
        .await;
        assert_eq!(reply.status, 401, "attempt {attempt}");
    }
    let refused = try_from(&server, "ada", "wrong password", "10.0.0.99")
        .await
        .expect(429);
    refused.detail();
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=180).contains(&wait), "{wait} s");

    try_from(&server, "ada", PASSWORD, "10.0.0.1")
        .await
        .expect(429);
    let form = Browser::new(&server.origin());
    let page = form
        .submit("/login", &[("username", "ada"), ("password", PASSWORD)])
        .await
        .expect(429);
    assert!(page.has("retry-after"));
    assert!(
        page.text().contains("role=\"alert\""),
        "the form shows the reason"
    );
    assert!(
        page.text().contains("value=\"ada\""),
        "the typed name is kept"
    );

    try_from(&server, "bob", PASSWORD, "10.0.0.1")
        .await
        .expect(200);
}

#[tokio::test]
async fn logins_with_an_unknown_name_have_the_same_limit() {
    let server = Server::start();
    for _ in 1..=10 {
        try_from(&server, "nobody", "wrong password", "")
            .await
            .expect(401);
    }
    try_from(&server, "nobody", "wrong password", "")
        .await
        .expect(429);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_address_has_its_own_limit() {
    let server = Server::start_with(&["--trusted-proxies", "127.0.0.1"]);
    Account::register(&server, "ada").await;
    for _ in 1..=10 {
        try_from(&server, "ada", "wrong password", "10.0.0.1")
            .await
            .expect(401);
    }
    try_from(&server, "ada", PASSWORD, "10.0.0.1")
        .await
        .expect(429);
    try_from(&server, "ada", PASSWORD, "10.0.0.2")
        .await
        .expect(200);
}

#[tokio::test]
async fn registrations_are_refused_after_20_accounts_in_an_hour() {
    let server = Server::start();
    for number in 1..=20 {
        register(&server, &format!("person{number}"))
            .await
            .expect(200);
    }
    let refused = register(&server, "onemore").await.expect(429);
    refused.detail();
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=3600).contains(&wait), "{wait} s");
    let form = Browser::new(&server.origin());
    let page = form
        .submit(
            "/register",
            &[("username", "onemore"), ("password", PASSWORD)],
        )
        .await
        .expect(429);
    assert!(
        page.text().contains("role=\"alert\""),
        "the form shows the reason"
    );
    Account::log_in(&server, "person20").await;
}

#[tokio::test]
async fn without_limits_no_login_or_post_is_refused() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for _ in 1..=12 {
        try_from(&server, "ada", "wrong password", "")
            .await
            .expect(401);
    }
    for number in 1..=40 {
        ada.post(&format!("number {number}")).await;
    }
}

async fn try_from(server: &Server, name: &str, password: &str, address: &str) -> Reply {
    let account = json!({"username": name, "password": password});
    let request = client()
        .post(format!("{}/login", server.origin()))
        .json(&account);
    match address {
        "" => send(request).await,
        address => send(request.header("x-forwarded-for", address)).await,
    }
}

async fn register(server: &Server, name: &str) -> Reply {
    let account = json!({"username": name, "password": PASSWORD});
    post_json(&format!("{}/register", server.origin()), &account).await
}

#[tokio::test]
async fn failed_logins_with_many_names_have_a_limit_and_successful_logins_do_not_count() {
    let server = Server::start();
    Account::register(&server, "ada").await;
    for _ in 0..3 {
        try_from(&server, "ada", PASSWORD, "").await.expect(200);
    }
    let mut attempts = tokio::task::JoinSet::new();
    for batch in 0..5 {
        for number in 0..20 {
            let url = format!("{}/login", server.origin());
            let name = format!("nobody-{batch}-{number}");
            let guess = json!({"username": name, "password": "wrong password"});
            attempts.spawn(async move { post_json(&url, &guess).await.status });
        }
        while let Some(status) = attempts.join_next().await {
            assert_eq!(status.expect("an answer"), 401);
        }
    }
    let refused = try_from(&server, "ada", PASSWORD, "").await.expect(429);
    assert!(refused.has("retry-after"));
}
