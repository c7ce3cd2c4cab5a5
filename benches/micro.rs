//! Micro-benchmarks of the steps of a delivery and of a page: `cargo bench --bench micro`.

#[path = "chatter/in_process.rs"]
mod in_process;

use std::{hint::black_box, sync::LazyLock};

use bytes::BytesMut;
use chatterbox::{
    db::ids::{RoomId, UserId},
    live::{
        Live, Publication,
        frame::{self, Decoder},
    },
    messages::{self, Message, Window},
    routes,
};
use divan::{Bencher, counter::BytesCount};
use in_process::InProcess;
use poem::{Endpoint, Request, Response, http::StatusCode};
use tokio::runtime::Runtime;

const TEXT: &str = "The build is green again and the release can go out after lunch, I think.";

fn main() {
    divan::main();
}

/// The application with a full page of messages, and one of the messages.
struct Fixture {
    runtime: Runtime,
    app: InProcess,
    message: Message,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let app = InProcess::open(&runtime, &std::env::temp_dir(), 2);
    let message = runtime.block_on(async {
        for number in 0..60 {
            app.post(number, TEXT).await;
        }
        read(&app, Window::Newest(1)).await.remove(0)
    });
    Fixture {
        runtime,
        app,
        message,
    }
});

async fn read(app: &InProcess, window: Window) -> Vec<Message> {
    let read = app.messages.read(&app.members[0], window).await;
    read.expect("the database reads").messages
}

mod delivery {
    use super::*;

    #[divan::bench]
    fn render_a_message(bencher: Bencher) {
        let message = &FIXTURE.message;
        bencher.bench(|| messages::push(black_box(message)));
    }

    #[divan::bench]
    fn encode_a_frame(bencher: Bencher) {
        let html = messages::push(&FIXTURE.message).expect("the template renders");
        let bytes = BytesCount::of_str(&html);
        bencher
            .counter(bytes)
            .bench(|| frame::text_message(black_box(&html)));
    }

    #[divan::bench]
    fn compress_a_frame(bencher: Bencher) {
        let html = messages::push(&FIXTURE.message).expect("the template renders");
        let bytes = BytesCount::of_str(&html);
        bencher
            .counter(bytes)
            .bench(|| frame::compressed_text(black_box(html.as_bytes())));
    }

    #[divan::bench]
    fn decode_a_frame(bencher: Bencher) {
        let key = [7, 0, 129, 66];
        let masked = TEXT.bytes().zip(key.into_iter().cycle());
        let mut frame = vec![0x81, 0x80 | TEXT.len() as u8];
        frame.extend(key);
        frame.extend(masked.map(|(byte, key)| byte ^ key));
        let mut decoder = Decoder::new(64 << 10);
        bencher
            .counter(BytesCount::new(frame.len()))
            .with_inputs(|| BytesMut::from(&frame[..]))
            .bench_local_refs(|bytes| decoder.next(bytes));
    }

    #[divan::bench]
    fn append_to_a_log(bencher: Bencher) {
        let (live, mut rev) = (Live::start(), 0);
        bencher
            .with_inputs(|| {
                rev += 1;
                Publication::new(Some(rev), TEXT, None)
            })
            .bench_local_values(|publication| live.publish(RoomId(1), publication));
    }

    /// Eight publications, the number that a log retains without subscribers.
    #[divan::bench]
    fn read_8_from_a_log(bencher: Bencher) {
        let live = Live::start();
        for rev in 1..=8 {
            live.publish(RoomId(1), Publication::new(Some(rev), TEXT, None));
        }
        let channel = live.channel(RoomId(1));
        bencher
            .with_inputs(|| channel.cursor_after(0, 8).expect("the log is whole"))
            .bench_refs(|cursor| black_box(channel.read(cursor)));
    }
}

/// Rendering of Markdown to HTML, done once before a message is stored.
mod text {
    use super::*;
    use chatterbox::messages::markup;

    const CODE: &str =
        "```rust\nfn main() {\n    // a comment\n    println!(\"{}\", 1 + 2);\n}\n```";

    #[divan::bench]
    fn render_plain(bencher: Bencher) {
        render(bencher, TEXT);
    }

    #[divan::bench]
    fn render_a_mention_and_a_link(bencher: Bencher) {
        render(bencher, "@ada see https://example.com/a/b?c=d :tada:");
    }

    #[divan::bench]
    fn render_formatting(bencher: Bencher) {
        render(
            bencher,
            "**The build** is *green* again, `main` too:\n- one\n- [two](https://example.com)",
        );
    }

    #[divan::bench]
    fn render_code(bencher: Bencher) {
        render(bencher, CODE);
    }

    #[divan::bench]
    fn insert_mentions(bencher: Bencher) {
        let rendered = markup::render("@ada and @grace, look");
        let known = |_: &str| Some((UserId(7), "ada".to_owned()));
        bencher.bench(|| black_box(&rendered).html(&known, false));
    }

    fn render(bencher: Bencher, text: &str) {
        bencher.bench(|| markup::render(black_box(text)));
    }
}

mod page {
    use super::*;

    #[divan::bench]
    fn read_50_messages(bencher: Bencher) {
        let Fixture { runtime, app, .. } = &*FIXTURE;
        bencher.bench(|| runtime.block_on(read(app, Window::Newest(50))));
    }

    #[divan::bench(args = ["/rooms/1", "/rooms/1/messages?before=55", "/login", "/health"])]
    fn plain(bencher: Bencher, path: &str) {
        get(bencher, path, "identity");
    }

    #[divan::bench(args = ["/rooms/1", "/rooms/1/messages?before=55", "/login"])]
    fn gzip(bencher: Bencher, path: &str) {
        get(bencher, path, "gzip");
    }

    /// Sends a request through the whole application, without a network.
    fn get(bencher: Bencher, path: &str, encoding: &str) {
        let Fixture { runtime, app, .. } = &*FIXTURE;
        let endpoint = routes::routes(app.app.clone());
        let bearer = format!("Bearer {}", app.tokens[0]);
        let request = || {
            let request = Request::builder()
                .uri_str(path)
                .header("accept", "text/html")
                .header("accept-encoding", encoding);
            let request = match path {
                "/login" => request, // redirects a user who is logged in
                _ => request.header("authorization", &bearer),
            };
            match path.contains('?') {
                true => request.header("hx-request", "true").finish(),
                false => request.finish(),
            }
        };
        bencher.with_inputs(request).bench_values(|request| {
            let response: Response = runtime.block_on(endpoint.get_response(request));
            assert_eq!(response.status(), StatusCode::OK);
            response
        });
    }
}
