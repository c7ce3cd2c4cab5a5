//! Pages of other sites in a real browser: they read nothing, post nothing and open no socket, also when their name is
//! pointed to the server. The page of the original project, on another port of this machine, works unchanged.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::account::{Account, PASSWORD};
use crate::harness::server::Server;
use crate::window::{Window, WindowOptions};

/// Script that tries everything a page can do to the server at `arguments[0].server`, with the token in
/// `arguments[0].token`. Each result is an empty text, or what the page learned or changed.
const ATTEMPTS: &str = r#"
    const { server, token, account } = arguments[0];
    const read = async (path, options = {}) => {
        try {
            const response = await fetch(server + path, options);
            return response.type === 'opaque' ? '' : await response.text();
        } catch { return ''; }
    };
    const json = { 'Content-Type': 'application/json' };
    const post = (body, headers) => ({ method: 'POST', headers, body: JSON.stringify(body) });
    const socket = address => new Promise(done => {
        const socket = new WebSocket(server.replace('http', 'ws') + address);
        socket.onopen = socket.onmessage = () => done('open');
        socket.onerror = socket.onclose = () => done('');
    });
    const bearer = { ...json, Authorization: `Bearer ${token}` };
    return {
        home: await read('/', { headers: { Accept: 'application/json' } }),
        page: await read('/rooms/1', { credentials: 'include' }),
        register: await read('/register', post(account, json)),
        registerAsText: await read('/register', { ...post(account), mode: 'no-cors' }),
        logIn: await read('/login', post(account, json)),
        history: await read('/rooms/1/messages', { headers: bearer }),
        message: await read('/rooms/1/messages', post({ body: 'forged' }, bearer)),
        form: await read('/rooms/1/messages', {
            method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ body: 'forged' }),
        }),
        textSocket: await socket(`/ws?token=${token}`),
        roomSocket: await socket(`/rooms/1/live?token=${token}`),
        cookieSocket: await socket('/rooms/1/live'),
    };
"#;

/// The steps of the original project's page: it registers, logs in, and chats over the plain-text socket.
const ORIGINAL: &str = r#"
    const { server, account } = arguments[0];
    const post = path => fetch(server + path, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(account),
    }).then(response => response.json());
    const { message } = await post('/register');
    const { token } = await post('/login');
    const socket = new WebSocket(`${server.replace('http', 'ws')}/ws?token=${token}`);
    const lines = [];
    await new Promise((done, failed) => {
        socket.onerror = failed;
        socket.onmessage = ({ data }) => {
            lines.push(data);
            if (data.endsWith('joined the chat!')) socket.send('hello from the original page');
            if (data.includes('Me: ')) done();
        };
    });
    socket.close();
    return { message, line: lines.at(-1).replace(/^\[.*?\] /, '') };
"#;

/// Serves an empty page at each path, on a port of its own.
async fn serve_page() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("the listener has an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(respond(stream));
        }
    });
    address
}

async fn respond(mut stream: TcpStream) {
    let page = "<!doctype html><title>page</title>";
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(response.as_bytes()).await;
}

/// A window on a page of a host, which may log that its requests fail.
async fn window_at(host: &str, port: u16) -> Window {
    let origin = format!("http://{host}:{port}");
    let mut window = Window::open(&origin, WindowOptions::default()).await;
    for part in [
        "status of 403",
        "status of 421",
        "CORS policy",
        "Cross-Origin-Opener-Policy header has been ignored",
        "ERR_BLOCKED_BY_RESPONSE",
        "ERR_FAILED",
        "WebSocket connection to",
    ] {
        window.expect_log(part);
    }
    window.goto("/").await;
    window
}

/// Lets a page try everything, and checks that it learned and changed nothing.
async fn assert_shut_out(window: &Window, server: &Server, target: &str, ada: &Account) {
    let account = json!({"username": "intruder", "password": PASSWORD});
    let argument = json!({"server": target, "token": ada.token, "account": account});
    let results = window.run_with(ATTEMPTS, argument).await;
    for (attempt, result) in results.as_object().expect("the results") {
        let learned = result.as_str().is_some_and(|text| {
            let refusals = ["another site", "another address"];
            !text.is_empty() && !refusals.iter().any(|refusal| text.contains(refusal))
        });
        assert!(!learned, "{}: {attempt}: {result}", window.origin);
    }
    let known = ada.get("/people/intruder").await;
    assert_eq!(known.status, 404, "an account was made");
    let bodies: Vec<Value> = ada
        .history()
        .await
        .into_iter()
        .map(|m| m["body"].clone())
        .collect();
    assert_eq!(bodies, ["for members only"], "{}", server.origin());
}

#[tokio::test]
async fn a_page_of_another_site_reads_nothing_posts_nothing_and_opens_no_socket() {
    let page = serve_page().await;
    for (listen, args, host) in [
        ("127.0.0.1:0", &[][..], "foreign.test"),
        (
            "0.0.0.0:0",
            &["--allow-origin", "http://app.test"],
            "127.0.0.1",
        ),
    ] {
        let server = Server::start_on(listen, args);
        let ada = Account::register(&server, "ada").await;
        ada.post("for members only").await;
        let window = window_at(host, page.port()).await;
        let cookie = json!({
            "name": "chatterbox", "value": ada.token, "url": server.origin(), "sameSite": "Lax", "httpOnly": true,
        });
        window.cdp("Network.setCookie", cookie).await;
        assert_shut_out(&window, &server, &server.origin(), &ada).await;
        window.end().await;
    }
}

#[tokio::test]
async fn a_page_whose_name_is_pointed_to_the_server_is_shut_out() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    ada.post("for members only").await;
    let window = window_at("rebound.test", server.address().port()).await;
    let shown = window.js("document.body.innerText").await;
    let shown = shown.as_str().expect("a text");
    assert!(shown.contains("another address"), "{shown}");
    assert_shut_out(&window, &server, &window.origin, &ada).await;
    window.end().await;
}

#[tokio::test]
async fn the_original_page_on_another_port_registers_logs_in_and_chats() {
    let server = Server::start();
    let page = serve_page().await;
    for (host, name) in [("127.0.0.1", "first"), ("localhost", "second")] {
        let window = window_at(host, page.port()).await;
        let account = json!({"username": name, "password": PASSWORD});
        let argument = json!({"server": server.origin(), "account": account});
        let result = window.run_with(ORIGINAL, argument).await;
        assert_eq!(result["message"], "User registered successfully");
        assert_eq!(result["line"], "Me: hello from the original page");
        window.end().await;
    }
}
