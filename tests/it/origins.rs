//! Pages of other origins: those that are allowed may register, log in and chat, others do nothing. Requests for a host
//! that is not the server's are refused, which ends DNS rebinding.

use reqwest::RequestBuilder;
use serde_json::json;

use crate::harness::account::{Account, PASSWORD};
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, client, page_accept, post_json, send};
use crate::harness::server::Server;
use crate::harness::socket::{Received, Socket};

const EVIL: &str = "https://evil.example";
const NEIGHBOR: &str = "http://localhost:5500";
const APP: &str = "https://app.example.com";
const CHAT: &str = "https://chat.example.com";

/// Outcome of each request that a page of an origin makes.
#[derive(Debug, PartialEq)]
struct Access {
    register: u16,
    log_in: u16,
    read_home: u16,
    preflight: u16,
    socket: u16,
    post_with_token: u16,
    read_with_token: u16,
}

const ALL: Access = Access {
    register: 200,
    log_in: 200,
    read_home: 200,
    preflight: 204,
    socket: 101,
    post_with_token: 201,
    read_with_token: 200,
};

const NONE: Access = Access {
    register: 403,
    log_in: 403,
    read_home: 403,
    preflight: 403,
    socket: 403,
    post_with_token: 403,
    read_with_token: 403,
};

/// Tries everything from a page of `origin`, and checks the CORS headers of each response.
async fn try_all(server: &Server, ada: &Account, origin: &str, name: &str) -> Access {
    let url = |path: &str| format!("{}{path}", server.origin());
    let account = json!({"username": name, "password": PASSWORD});
    let ask = |request: RequestBuilder| async move {
        let request = request.header("origin", origin);
        let reply = send(request.header("sec-fetch-site", "cross-site")).await;
        let allowed = reply.header("access-control-allow-origin");
        if reply.status < 300 {
            assert!([origin, "*"].contains(&allowed), "{origin}: {allowed:?}");
        } else {
            assert_eq!(allowed, "", "{origin} reads a refusal");
        }
        let varies = reply.headers.get_all("vary");
        assert!(varies.iter().any(|names| names == "origin"), "{origin}");
        reply.status
    };
    let home = client().get(url("/")).header("accept", "application/json");
    let preflight = client().request("OPTIONS".parse().expect("a method"), url("/login"));
    let message = json!({"body": format!("from {origin}")});
    let post = ada.ask("POST", "/rooms/1/messages").json(&message);
    let read = ada.ask("GET", "/rooms/1/messages");
    let other = |request: RequestBuilder| async move {
        let reply = send(request.header("origin", origin)).await;
        assert!(!reply.has("access-control-allow-origin"), "{origin}");
        reply.status
    };
    Access {
        register: ask(client().post(url("/register")).json(&account)).await,
        log_in: ask(client().post(url("/login")).json(&account)).await,
        read_home: ask(home).await,
        preflight: ask(preflight).await,
        socket: match Socket::open(&ada.socket_url(&text_path(ada)), &[("origin", origin)]).await {
            Ok(_) => 101,
            Err(status) => status,
        },
        post_with_token: other(post).await,
        read_with_token: other(read).await,
    }
}

fn text_path(account: &Account) -> String {
    format!("/ws?token={}", account.token)
}

/// Checks which origins may do everything, and that the others do nothing.
async fn check(server: &Server, allowed: &[&str], refused: &[&str]) {
    let ada = Account::register(server, "ada").await;
    for (number, origin) in allowed.iter().enumerate() {
        let name = format!("guest{number}");
        assert_eq!(try_all(server, &ada, origin, &name).await, ALL, "{origin}");
    }
    for origin in refused {
        let access = try_all(server, &ada, origin, "intruder").await;
        assert_eq!(access, NONE, "{origin}");
    }
    let account = json!({"username": "intruder", "password": PASSWORD});
    let url = format!("{}/login", server.origin());
    post_json(&url, &account).await.expect(401);
    let messages = ada.history().await;
    assert_eq!(messages.len(), allowed.len(), "{messages:?}");
}

#[tokio::test]
async fn on_loopback_pages_of_this_machine_may_call_and_others_may_not() {
    let server = Server::start();
    let allowed = [NEIGHBOR, "http://127.0.0.1:5500", "http://[::1]:5500"];
    let refused = [
        EVIL,
        "null",
        "http://127.0.0.2:5500",
        "http://localhost.evil.example",
        "http://10.0.0.7:8000",
        "https://127.0.0.1.evil.example",
        "file://",
    ];
    check(&server, &allowed, &refused).await;
}

#[tokio::test]
async fn beyond_loopback_only_named_origins_may_call() {
    let args = [
        "--allow-origin",
        APP,
        "--allow-origin",
        "http://intranet:8080,app://desk",
    ];
    let server = Server::start_on("0.0.0.0:0", &args);
    let allowed = [APP, "http://intranet:8080", "app://desk"];
    let refused = [
        EVIL,
        NEIGHBOR,
        "null",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
    ];
    check(&server, &allowed, &refused).await;
}

#[tokio::test]
async fn null_and_all_origins_may_be_allowed_with_a_warning() {
    let server = Server::start_with(&["--allow-origin", "null"]);
    check(&server, &["null", NEIGHBOR], &[EVIL]).await;
    let server = Server::start_with(&["--allow-origin", "*"]);
    check(&server, &["null", EVIL], &[]).await;
    for (value, warning) in [
        ("*", "--allow-origin is *"),
        ("null", "--allow-origin is null"),
    ] {
        let server = Server::executable(&["--allow-origin", value]);
        server.wait_for_output(warning).await;
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_cannot_act_with_the_cookie() {
    let server = Server::start_with(&["--allow-origin", APP]);
    let ada = Account::register(&server, "ada").await;
    let browser = ada.browser().await;
    for origin in [APP, NEIGHBOR, EVIL] {
        let post = browser.submission("/rooms/1/messages", &[("body", "forged")]);
        send(post.header("origin", origin)).await.expect(403);
        let read = browser.ask("GET", "/rooms/1/messages");
        send(read.header("origin", origin)).await.expect(403);
        let form = Browser::new(&server.origin());
        let log_in = form.submission("/login", &[("username", "ada"), ("password", PASSWORD)]);
        let reply = send(log_in.header("origin", origin)).await.expect(403);
        assert!(!reply.has("set-cookie"), "{origin}");
        let live = browser.live_from(origin).await;
        assert_eq!(live.err(), Some(403), "{origin}");
    }
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn a_refusal_has_words_and_links_of_other_sites_work() {
    let server = Server::start();
    let url = |path: &str| format!("{}{path}", server.origin());
    let account = json!({"username": "ada", "password": PASSWORD});
    let json = client()
        .post(url("/register"))
        .json(&account)
        .header("origin", EVIL);
    let refused = send(json).await.expect(403);
    assert!(
        refused.detail().contains("another site"),
        "{}",
        refused.detail()
    );
    let link = client().get(url("/login")).header("accept", page_accept());
    let link = link
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate");
    let page = send(link).await.expect(303); // to the setup
    assert!(!page.has("access-control-allow-origin"));
    let ada = Account::register(&server, "ada").await;
    ada.post("programs send no origin").await;
    let mut socket = Socket::open(&ada.socket_url("/ws?token=wrong"), &[("origin", NEIGHBOR)])
        .await
        .expect("a bad token is accepted and then refused");
    assert_eq!(socket.receive().await, Received::Closed(1008));
}

/// Asks for the page of a host, through a proxy that says so if `proxied`.
async fn at(server: &Server, host: &str, path: &str, proxied: bool) -> Reply {
    let request = client()
        .get(format!("{}{path}", server.origin()))
        .header("host", host);
    let request = request.header("accept", page_accept());
    match proxied {
        true => send(request.header("x-forwarded-for", "10.0.0.1")).await,
        false => send(request).await,
    }
}

#[tokio::test]
async fn requests_for_another_host_are_refused() {
    let here = [
        "localhost",
        "localhost:9",
        "127.0.0.1:1",
        "[::1]:8000",
        "LOCALHOST:8000",
    ];
    let elsewhere = [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "10.0.0.7",
        "chat",
    ];
    let public = [
        "chat.example.com",
        "chat.example.com:443",
        "Chat.Example.Com",
    ];
    let not_public = [
        "chat.example.com:8443",
        "www.chat.example.com",
        "evil.example",
    ];
    let url = ["--public-url", CHAT];
    for (listen, args, ours, others) in [
        ("127.0.0.1:0", &[][..], &here[..], &elsewhere[..]),
        (
            "127.0.0.1:0",
            &url,
            &[&public[..], &here].concat(),
            &not_public,
        ),
        (
            "0.0.0.0:0",
            &url,
            &public,
            &[&not_public[..], &here].concat(),
        ),
        ("0.0.0.0:0", &[], &[&public[..], &elsewhere].concat(), &[]),
    ] {
        let server = Server::start_on(listen, args);
        for host in ours {
            at(&server, host, "/login", false).await.expect(303); // leads to the setup
        }
        for host in others {
            for path in ["/login", "/", "/ws", "/rooms/1"] {
                let refused = at(&server, host, path, false).await.expect(421).text();
                assert!(refused.contains("another address"), "{host}{path}");
                let link = format!("href=\"{CHAT}\"");
                assert_eq!(refused.contains(&link), !args.is_empty(), "{host}{path}");
            }
            at(&server, host, "/health", false).await.expect(200);
            at(&server, host, "/assets/missing.css", false)
                .await
                .expect(404);
        }
    }
}

#[tokio::test]
async fn a_page_whose_name_was_pointed_here_reads_and_posts_nothing() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let host = format!("evil.example:{}", server.address().port());
    let origin = format!("http://{host}");
    let account = json!({"username": "intruder", "password": PASSWORD});
    let register = client().post(format!("{}/register", server.origin()));
    let register = register.header("host", &host).header("origin", &origin);
    let refused = send(register.json(&account)).await.expect(421);
    assert!(
        refused.detail().contains("--public-url"),
        "{}",
        refused.detail()
    );
    let post = ada
        .ask("POST", "/rooms/1/messages")
        .json(&json!({"body": "x"}));
    send(post.header("host", &host)).await.expect(421);
    let url = ada.socket_url(&text_path(&ada));
    let headers = [("host", &*host), ("origin", &*origin)];
    assert_eq!(Socket::open(&url, &headers).await.err(), Some(421));
    assert!(ada.history().await.is_empty());
}

#[tokio::test]
async fn behind_a_proxy_the_public_url_is_the_origin() {
    for args in [
        &["--trusted-proxies", "127.0.0.1", "--public-url", CHAT][..],
        &["--trusted-proxies", "127.0.0.1"],
    ] {
        let server = Server::start_with(args);
        let form = [("username", "ada"), ("password", PASSWORD)];
        for (number, (host, origin, status)) in [
            ("chat.example.com:443", CHAT, 303),
            ("chat.example.com", CHAT, 303),
            ("chat.example.com", "https://chat.example.com:443", 303),
            ("chat.example.com", "http://chat.example.com", 403),
            ("chat.example.com", "https://chat.example.com:8443", 403),
            ("chat.example.com", NEIGHBOR, 403),
            ("chat.example.com", EVIL, 403),
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("ada{number}");
            let browser = Browser::new(&server.origin());
            let form = [("username", &*name), form[1]];
            let request = browser.submission("/register", &form).header("host", host);
            let request = request
                .header("x-forwarded-proto", "https")
                .header("origin", origin);
            let reply = send(request).await;
            assert_eq!(reply.status, status, "{args:?} {host} {origin}");
        }
        let direct = at(&server, "evil.example", "/login", false).await;
        assert_eq!(direct.status, 421, "it did not come through the proxy");
        let proxied = at(&server, "evil.example", "/login", true).await.status;
        assert_eq!(
            proxied == 421,
            args.len() > 2,
            "only --public-url names the host"
        );
    }
}
