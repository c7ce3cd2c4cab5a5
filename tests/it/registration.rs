//! Registration: open to anyone, by invitation, or closed.

use chatterbox::config::{Command, Config, SetupCodeFlag, read};
use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, post_json, send};
use crate::harness::server::Server;

async fn register(server: &Server, name: &str) -> Reply {
    let account = json!({"username": name, "password": PASSWORD});
    post_json(&format!("{}/register", server.origin()), &account).await
}

/// Sets the registration mode as an admin.
async fn set_mode(admin: &Account, mode: &str) {
    let change = admin.ask("PATCH", "/admin/settings");
    send(change.json(&json!({"registration": mode})))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_mode_is_enforced_for_json_and_the_form_and_the_page_says_so() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for (mode, words) in [
        (
            "invitation",
            "You need an invitation to join Chatterbox. Ask someone who’s already here to send you one.",
        ),
        ("closed", "Chatterbox isn’t accepting new accounts."),
    ] {
        set_mode(&ada, mode).await;
        let refused = register(&server, "bob").await.expect(403);
        assert_eq!(refused.json(), json!({"detail": words}));
        let stranger = Browser::new(&server.origin());
        let page = stranger.page("/register").await.expect(200).text();
        assert!(page.contains(words), "{page}");
        assert!(!page.contains("name=\"password\""), "no form is offered");
        let form = [("username", "bob"), ("password", PASSWORD)];
        let refused = stranger.submit("/register", &form).await.expect(403).text();
        assert!(refused.contains(words), "{refused}");
        let log_in = stranger.page("/login").await.expect(200).text();
        assert_eq!(log_in.contains("href=\"/register\""), mode != "closed");
    }
    set_mode(&ada, "open").await;
    register(&server, "bob").await.expect(200);
    Account::log_in(&server, "ada").await;
}

#[tokio::test]
async fn a_page_in_a_cache_is_outdated_when_the_mode_changes() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let stranger = Browser::new(&server.origin());
    let open = stranger.page("/register").await.expect(200);
    let tag = open.header("etag").to_owned();
    let again = |tag: &str| {
        let ask = stranger.ask("GET", "/register");
        send(
            ask.header("accept", "text/html")
                .header("if-none-match", tag.to_owned()),
        )
    };
    again(&tag).await.expect(304);
    set_mode(&ada, "closed").await;
    let closed = again(&tag).await.expect(200);
    assert!(closed.text().contains("isn’t accepting new accounts"));
}

#[test]
fn a_server_needs_a_setup_if_others_can_reach_it() {
    let config = |args: &[&str]| -> Config {
        match read(args.iter().map(Into::into)) {
            Ok(Command::Serve(config)) => config,
            other => panic!("{args:?}: {other:?}"),
        }
    };
    for args in [
        &[][..],
        &["--listen", "127.0.0.1:80"],
        &["--listen", "[::1]:80"],
    ] {
        assert!(!config(args).needs_setup(), "{args:?}");
    }
    for args in [
        ["--listen", "0.0.0.0:80"],
        ["--public-url", "https://chat.example.com"],
        ["--trusted-proxies", "127.0.0.1"],
    ] {
        assert!(config(&args).needs_setup(), "{args:?}");
    }
    let off = ["--listen", "0.0.0.0:80", "--setup-code", "off"];
    let refused = read(off.iter().map(Into::into)).expect_err("it is for tests only");
    assert!(refused.contains("--limits off"), "{refused}");
    let off = config(&[&off[..], &["--limits", "off"]].concat());
    assert_eq!(
        (off.setup_code.as_ref(), off.needs_setup()),
        (Some(&SetupCodeFlag::Off), false)
    );
    assert!(!format!("{:?}", config(&["--setup-code", "open sesame"])).contains("sesame"));
}
