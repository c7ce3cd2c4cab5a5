//! Pages a second and CPU time per page, for 16 clients with persistent connections.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Options,
    fixture::Fixture,
    http::HttpClient,
    report::{Figures, Report},
    sequence_tag,
    server::Server,
};

const CLIENTS: usize = 16;
/// Messages in the room, enough for a full page.
const MESSAGES: u64 = 60;
/// `Accept-Encoding` of a browser without TLS.
const GZIP: &str = "Accept-Encoding: gzip, deflate\r\n";
/// The room page without compression.
pub const ROOM: &str = "room";
/// The room page with compression.
pub const ROOM_GZIP: &str = "room, gzip";

/// A request and its expected status.
pub struct PageRequest {
    pub name: &'static str,
    path: String,
    headers: String,
    status: u16,
}

/// Every kind of page in turn.
pub fn run(options: &Options, fixture: &Fixture, report: &mut Report) {
    let (server, requests) = start(options, fixture);
    for round in 0..options.rounds {
        for request in &requests {
            let figures = measure(options, &server, request);
            report.add("pages", request.name, round, figures);
        }
    }
}

/// A server with a full room, and the requests for its pages.
pub fn start(options: &Options, fixture: &Fixture) -> (Server, Vec<PageRequest>) {
    let server = fixture.start(options);
    let mut http = HttpClient::connect(server.address);
    for number in 0..MESSAGES {
        let token = &fixture.tokens[number as usize % fixture.tokens.len()];
        let body = json!({ "body": sequence_tag::body(number) });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
    }
    let requests = page_requests(&mut http, &fixture.tokens[0]);
    (server, requests)
}

fn page_requests(http: &mut HttpClient, token: &str) -> Vec<PageRequest> {
    let session = format!("Cookie: chatterbox={token}\r\nAccept: text/html\r\n");
    let page = http.get("/rooms/1", &session);
    assert_eq!(page.status, 200);
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let is_stylesheet = |part: &&str| part.starts_with("/assets/app-") && part.ends_with(".css");
    let stylesheet = page.split('"').find(is_stylesheet);
    let stylesheet = stylesheet.expect("the page has a stylesheet");
    let with_gzip = format!("{session}{GZIP}");
    let page = http.get("/rooms/1", &with_gzip);
    let etag = page.header("etag").expect("the page has an entity tag");
    let as_json = format!("Authorization: Bearer {token}\r\nAccept: application/json\r\n");
    let older = "/rooms/1/messages?before=60";
    [
        ("health", "/health", String::new(), 200),
        ("asset, gzip", stylesheet, GZIP.into(), 200),
        (ROOM, "/rooms/1", session.clone(), 200),
        (ROOM_GZIP, "/rooms/1", with_gzip.clone(), 200),
        (
            "older messages, gzip",
            older,
            format!("{with_gzip}HX-Request: true\r\n"),
            200,
        ),
        (
            "50 messages as JSON",
            "/rooms/1/messages",
            as_json.clone(),
            200,
        ),
        ("search as JSON", "/messages?q=build", as_json, 200),
        ("search, page", "/messages?q=build", session.clone(), 200),
        ("log-in, gzip", "/login", GZIP.into(), 200),
        (
            "room, not modified",
            "/rooms/1",
            format!("{with_gzip}If-None-Match: {etag}\r\n"),
            304,
        ),
    ]
    .map(|(name, path, headers, status)| PageRequest {
        name,
        path: path.into(),
        headers,
        status,
    })
    .into()
}

/// A `GET` that succeeds.
pub fn get(name: &'static str, path: &str, headers: String) -> PageRequest {
    let path = path.into();
    PageRequest {
        name,
        path,
        headers,
        status: 200,
    }
}

/// Sends one request from all clients for 1.5 s.
pub fn measure(options: &Options, server: &Server, request: &PageRequest) -> Figures {
    let mut http = HttpClient::connect(server.address);
    let bytes = http.get(&request.path, &request.headers).body.len();
    let end = Instant::now() + options.time(1.5);
    let (cpu, started) = (server.cpu(), Instant::now());
    let count: u64 = thread::scope(|scope| {
        let client = |_| scope.spawn(|| repeat_until(end, server, request));
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let joined = clients.into_iter().map(|client| client.join());
        joined
            .map(|count| count.expect("the client does not panic"))
            .sum()
    });
    let cpu = server.cpu() - cpu;
    let time = started.elapsed().max(Duration::from_millis(1));
    Figures::from([
        ("per_s", count as f64 / time.as_secs_f64()),
        ("cpu_us", cpu.as_secs_f64() * 1e6 / count as f64),
        ("bytes", bytes as f64),
    ])
}

fn repeat_until(end: Instant, server: &Server, request: &PageRequest) -> u64 {
    let (mut http, mut count) = (HttpClient::connect(server.address), 0);
    while Instant::now() < end {
        let status = http.get(&request.path, &request.headers).status;
        assert_eq!(status, request.status, "{}", request.path);
        count += 1;
    }
    count
}
