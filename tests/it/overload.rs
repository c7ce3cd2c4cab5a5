//! A writer that is overloaded: refused requests fail at once, and accepted ones are stored.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use chatterbox::app::App;
use chatterbox::error::Error;
use chatterbox::routes::routes;
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, Request, Response};
use tempfile::TempDir;

use crate::harness::in_process::app;

/// More than may wait.
const MANY: usize = 5_000;

async fn post(
    door: &impl Endpoint<Output = Response>,
    path: &str,
    token: &str,
    body: &str,
) -> Response {
    let request = Request::builder()
        .method(Method::POST)
        .uri_str(path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    door.get_response(request.body(body.to_owned())).await
}

/// Registers and logs in.
async fn ada(door: &impl Endpoint<Output = Response>) -> String {
    let ada = r#"{"username":"ada","password":"lovelace 1815"}"#;
    let registered = post(door, "/register", "", ada).await;
    assert_eq!(registered.status(), StatusCode::OK);
    let session = post(door, "/login", "", ada).await;
    let session = session.into_body().into_json::<serde_json::Value>().await;
    let token = session.expect("JSON")["token"].as_str().map(str::to_owned);
    token.expect("a token")
}

/// The writer is in a job until told to go on.
async fn keep_busy(
    app: &App,
) -> (
    impl Future<Output = Result<(), Error>> + use<>,
    mpsc::Sender<()>,
) {
    let (begun, is_busy) = tokio::sync::oneshot::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let busy = app.db.write(move |_| {
        let _ = (begun.send(()), wait.recv());
        Ok(())
    });
    is_busy.await.expect("the writer begins");
    (busy, go_on)
}

async fn room(door: &impl Endpoint<Output = Response>, token: &str) -> StatusCode {
    let request = Request::builder()
        .uri_str("/rooms/1")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    door.get_response(request.finish()).await.status()
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_again_and_keeps_what_it_took() {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let door = routes(app.clone());
    let token = ada(&door).await;

    // The writer is busy; what comes now has to wait, and what does not fit is refused.
    let (busy, go_on) = keep_busy(&app).await;
    let waiting: Vec<_> = (0..MANY).map(|n| app.db.write(move |_| Ok(n))).collect();
    let message = r#"{"body":"still here?","client_id":"a"}"#;
    let refused = post(&door, "/rooms/1/messages", &token, message).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let after = refused.headers()[header::RETRY_AFTER]
        .to_str()
        .expect("text");
    assert!(
        after.parse::<u64>().is_ok_and(|seconds| seconds > 0),
        "{after}"
    );
    let body = refused.into_body().into_string().await.expect("text");
    assert!(body.starts_with(r#"{"detail":""#), "{body}");

    go_on.send(()).expect("the writer waits");
    busy.await.expect("it was taken");
    let (mut taken, mut refused) = (0, 0);
    for (n, write) in waiting.into_iter().enumerate() {
        match write.await {
            Ok(answer) => {
                assert_eq!((answer, refused), (n, 0), "in order, until it was full");
                taken += 1;
            }
            Err(error) => {
                assert_eq!(error, Error::Unavailable(Duration::from_secs(1)));
                refused += 1;
            }
        }
    }
    assert!(taken > 1_000 && refused > 0, "{taken} and {refused}");
    let posted = post(&door, "/rooms/1/messages", &token, message).await;
    assert_eq!(
        posted.status(),
        StatusCode::CREATED,
        "it was not stored before"
    );
}

#[tokio::test]
async fn a_log_out_counts_also_when_nobody_waits_for_its_answer() {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let door = routes(app.clone());
    let token = ada(&door).await;
    assert_eq!(room(&door, &token).await, StatusCode::OK);

    let (busy, go_on) = keep_busy(&app).await;
    let mut log_out = Box::pin(post(&door, "/logout", &token, ""));
    let waits = poll_fn(|cx| Poll::Ready(log_out.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "it is in the writer's queue");
    drop(log_out);
    go_on.send(()).expect("the writer waits");
    busy.await.expect("it was taken");
    app.db
        .write(|_| Ok(()))
        .await
        .expect("what was queued before is done");
    assert_eq!(room(&door, &token).await, StatusCode::UNAUTHORIZED);
}
