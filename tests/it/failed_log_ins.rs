//! Limits of failed log-ins over many addresses, and of registrations that reveal names.

use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::database::{connect, number};
use crate::harness::http::{Reply, client, send};
use crate::harness::server::Server;

const WRONG: &str = "wrong password";
/// Failures per name over all addresses.
const OF_NAME: usize = 30;
/// Failures per /48 network.
const OF_NETWORK: usize = 200;
/// Attempts per address that reveal taken names.
const TAKEN: usize = 20;

/// A server whose clients name their addresses.
fn start() -> Server {
    Server::start_with(&["--trusted-proxies", "127.0.0.1"])
}

async fn post(server: &Server, path: &str, (name, password): (&str, &str), from: &str) -> Reply {
    let account = json!({"username": name, "password": password});
    let request = client().post(format!("{}{path}", server.origin()));
    send(request.header("x-forwarded-for", from).json(&account)).await
}

/// Fails to log in as often as a name may, from as many addresses as needed.
async fn use_up(server: &Server, name: &str) {
    for number in 0..OF_NAME {
        let from = format!("10.0.{}.1", number / 3);
        post(server, "/login", (name, WRONG), &from)
            .await
            .expect(401);
    }
}

/// Logs in with the form of a browser.
async fn submit(browser: &Browser, name: &str, password: &str, from: &str) -> Reply {
    let form = [("username", name), ("password", password)];
    let request = browser
        .submission("/login", &form)
        .header("x-forwarded-for", from);
    browser.send(request).await
}

fn retry_after(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().expect("seconds")
}

#[tokio::test]
async fn failures_with_a_name_are_counted_over_all_addresses() {
    let server = start();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    use_up(&server, "ada").await;
    let refused = post(&server, "/login", ("Ada", PASSWORD), "10.1.0.1")
        .await
        .expect(429);
    assert!((1..=15 * 60).contains(&retry_after(&refused)));
    assert!(refused.detail().contains("Too many failed login attempts."));
    let fresh = Browser::new(&server.origin());
    submit(&fresh, "ada", PASSWORD, "10.1.0.2")
        .await
        .expect(429);
    post(&server, "/login", ("bob", PASSWORD), "10.1.0.3")
        .await
        .expect(200);
    ada.post("an open session goes on").await;
}

#[tokio::test]
async fn a_device_that_logged_in_before_is_not_locked_out() {
    let server = start();
    Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let [device, of_bob] = [(); 2].map(|()| Browser::new(&server.origin()));
    submit(&device, "ada", PASSWORD, "10.1.0.1")
        .await
        .expect(303);
    submit(&of_bob, "bob", PASSWORD, "10.1.0.2")
        .await
        .expect(303);
    device.submit("/logout", &[]).await.expect(303);
    use_up(&server, "ada").await;
    submit(&of_bob, "ada", PASSWORD, "10.1.0.2")
        .await
        .expect(429);
    submit(&device, "ada", PASSWORD, "10.1.0.9")
        .await
        .expect(303);
    device.page("/rooms/1").await.expect(200);

    // The limit of its address holds, and its failures are counted, too.
    for _ in 0..10 {
        submit(&device, "ada", WRONG, "10.1.0.5").await.expect(401);
    }
    submit(&device, "ada", PASSWORD, "10.1.0.5")
        .await
        .expect(429);
    for number in 10..OF_NAME {
        let from = format!("10.2.{number}.1");
        submit(&device, "ada", WRONG, &from).await.expect(401);
    }
    submit(&device, "ada", PASSWORD, "10.3.0.1")
        .await
        .expect(429);
}

#[tokio::test]
async fn a_device_is_a_random_cookie_of_which_only_the_hash_is_stored() {
    let server = start();
    Account::register(&server, "ada").await;
    let browser = Browser::new(&server.origin());
    let device = |reply: &Reply| reply.cookies().remove(1);
    let first = device(
        &submit(&browser, "ada", PASSWORD, "10.1.0.1")
            .await
            .expect(303),
    );
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"] {
        assert!(first.split("; ").any(|one| one == part), "{part}: {first}");
    }
    let again = device(
        &submit(&browser, "ada", PASSWORD, "10.1.0.1")
            .await
            .expect(303),
    );
    assert_eq!(first, again, "the device is known");
    let other = Browser::new(&server.origin());
    let other = device(
        &submit(&other, "ada", PASSWORD, "10.1.0.1")
            .await
            .expect(303),
    );
    assert_ne!(first, other, "another browser has a cookie of its own");
    let account = post(&server, "/login", ("ada", PASSWORD), "10.1.0.1")
        .await
        .expect(200);
    assert!(!account.has("set-cookie"), "programs get none");

    let value = first.split(['=', ';']).nth(1).expect("a value");
    let raw = value.replace('-', "").to_uppercase();
    let mut conn = connect(&server.data());
    let mut count = |condition: &str| {
        let query = format!("SELECT count(*) AS number FROM devices {condition}");
        number(&mut conn, &query)
    };
    assert_eq!(count(""), 2);
    let known = format!("WHERE hex(token_hash) = '{raw}' OR token_hash = '{value}'");
    assert_eq!(count(&known), 0);
}

#[tokio::test]
async fn failures_of_a_network_are_counted_together() {
    let server = start();
    Account::register(&server, "ada").await;
    for number in 0..OF_NETWORK {
        let from = format!("2001:db8:7:{number:x}::1");
        let name = format!("nobody{number}");
        post(&server, "/login", (&name, WRONG), &from)
            .await
            .expect(401);
    }
    let inside = post(&server, "/login", ("ada", PASSWORD), "2001:db8:7:ffff::1").await;
    assert!(retry_after(&inside.expect(429)) >= 1);
    post(&server, "/login", ("ada", PASSWORD), "2001:db8:8::1")
        .await
        .expect(200);
}

#[tokio::test]
async fn registrations_that_reveal_taken_names_are_counted() {
    let server = start();
    Account::register(&server, "ada").await;
    for _ in 0..TAKEN {
        post(&server, "/register", ("Ada", PASSWORD), "10.0.0.1")
            .await
            .expect(400);
    }
    for name in ["ada", "free"] {
        let refused = post(&server, "/register", (name, PASSWORD), "10.0.0.1")
            .await
            .expect(429);
        assert!((1..=3600).contains(&retry_after(&refused)));
        assert!(refused.detail().contains("Too many usernames tried"));
    }
    let form = Browser::new(&server.origin());
    let fields = [("username", "free"), ("password", PASSWORD)];
    let request = form
        .submission("/register", &fields)
        .header("x-forwarded-for", "10.0.0.1");
    let page = form.send(request).await.expect(429).text();
    assert!(page.contains("role=\"alert\"") && page.contains("value=\"free\""));
    post(&server, "/register", ("free", PASSWORD), "10.0.0.2")
        .await
        .expect(200);
    for number in 0..100 {
        let from = format!("2001:db8:7:{number:x}::1");
        post(&server, "/register", ("ada", PASSWORD), &from)
            .await
            .expect(400);
    }
    post(
        &server,
        "/register",
        ("ada", PASSWORD),
        "2001:db8:7:ffff::1",
    )
    .await
    .expect(429);
    post(&server, "/register", ("ada", PASSWORD), "2001:db8:8::1")
        .await
        .expect(400);
}

#[tokio::test]
async fn a_proxy_that_is_not_named_is_logged_once() {
    let warning = "all log-ins come from 127.0.0.1";
    let server = Server::executable(&["--limits", "off"]);
    Account::register(&server, "ada").await;
    assert!(!server.output().contains(warning), "{}", server.output());
    for number in 1..=3 {
        let from = format!("192.0.2.{number}");
        post(&server, "/login", ("ada", PASSWORD), &from)
            .await
            .expect(200);
    }
    server.wait_for_output(warning).await;
    server
        .wait_for_output("set --trusted-proxies 127.0.0.1")
        .await;
    assert_eq!(server.output().matches(warning).count(), 1);

    let server = Server::executable(&[
        "--limits",
        "off",
        "--public-url",
        "https://chat.example.com",
    ]);
    let request = client().get(format!("{}/login", server.origin()));
    let request = request
        .header("host", "chat.example.com")
        .header("accept", "text/html");
    send(request).await.expect(303); // leads to the setup
    server.wait_for_output(warning).await;

    let named = ["--limits", "off", "--trusted-proxies", "127.0.0.1"];
    let server = Server::executable(&named);
    post(&server, "/login", ("ada", WRONG), "192.0.2.1")
        .await
        .expect(401);
    assert!(!server.output().contains(warning), "{}", server.output());
}
