//! Pages a second and their CPU time, for 16 clients with kept connections.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Setting,
    http::Http,
    mark,
    prepare::Prepared,
    record::{Figures, Report},
    subject::Subject,
};

const CLIENTS: usize = 16;
/// Messages on a full page.
const MESSAGES: u64 = 60;
/// An `Accept-Encoding` as browsers send it to a server without TLS.
const GZIP: &str = "Accept-Encoding: gzip, deflate\r\n";

/// Every kind of page in turn.
pub fn run(setting: &Setting, prepared: &Prepared, report: &mut Report) {
    let subject = prepared.chatterbox(setting);
    let mut http = Http::open(subject.address);
    for number in 0..MESSAGES {
        let token = &prepared.tokens[number as usize % prepared.tokens.len()];
        let body = json!({ "body": mark::body(number) });
        assert_eq!(http.post("/rooms/1/messages", token, &body).status, 201);
    }
    let asks = asks(&mut http, &prepared.tokens[0]);
    for round in 0..setting.rounds {
        for (name, path, headers, status) in &asks {
            let figures = measure(setting, &subject, (path, headers, *status));
            report.add("pages", name, round, figures);
        }
    }
}

type Ask = (&'static str, String, String, u16);

fn asks(http: &mut Http, token: &str) -> Vec<Ask> {
    let mine = format!("Cookie: chatterbox={token}\r\nAccept: text/html\r\n");
    let room = http.get("/rooms/1", &mine);
    assert_eq!(room.status, 200, "the room page is shown");
    let page = String::from_utf8_lossy(&room.body).into_owned();
    let styles = page
        .split('"')
        .find(|part| part.starts_with("/assets/app-") && part.ends_with(".css"));
    let styles = styles.expect("the page has a stylesheet").to_owned();
    let fragment = format!("{mine}HX-Request: true\r\n");
    let (room, older) = (
        "/rooms/1".to_owned(),
        "/rooms/1/messages?before=60".to_owned(),
    );
    let mut asks = vec![
        ("health", "/health".into(), String::new(), 200),
        ("asset, gzip", styles, GZIP.into(), 200),
        ("room", room.clone(), mine.clone(), 200),
        ("room, gzip", room.clone(), format!("{mine}{GZIP}"), 200),
        ("older, gzip", older, format!("{fragment}{GZIP}"), 200),
        ("log-in, gzip", "/login".into(), GZIP.into(), 200),
    ];
    let etag = http.get(&room, &format!("{mine}{GZIP}")).etag;
    let etag = etag.expect("the page has a tag");
    let again = format!("{mine}{GZIP}If-None-Match: {etag}\r\n");
    asks.push(("room, 304", room, again, 304));
    asks
}

fn measure(
    setting: &Setting,
    subject: &Subject,
    (path, headers, status): (&str, &str, u16),
) -> Figures {
    let bytes = Http::open(subject.address).get(path, headers).body.len();
    let end = Instant::now() + setting.time(1.5);
    let (cpu, started) = (subject.cpu(), Instant::now());
    let count: u64 = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| ask_until(end, Http::open(subject.address), (path, headers, status)))
            })
            .collect();
        let joined = clients.into_iter().map(|client| client.join());
        joined.map(|count| count.expect("it does not panic")).sum()
    });
    let (cpu, wall) = (
        subject.cpu() - cpu,
        started.elapsed().max(Duration::from_millis(1)),
    );
    Figures::from([
        ("per_s", count as f64 / wall.as_secs_f64()),
        ("cpu_us", cpu.as_secs_f64() * 1e6 / count as f64),
        ("bytes", bytes as f64),
    ])
}

fn ask_until(end: Instant, mut http: Http, (path, headers, status): (&str, &str, u16)) -> u64 {
    let mut count = 0;
    while Instant::now() < end {
        assert_eq!(http.get(path, headers).status, status, "{path}");
        count += 1;
    }
    count
}
