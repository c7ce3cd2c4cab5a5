//! An overloaded database writer: refused requests fail immediately, and accepted ones are stored.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use chatterbox::error::Error;
use chatterbox::routes::routes;
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, Request, Response};
use tempfile::TempDir;

use crate::harness::in_process::{app, block_writer};

/// More jobs than the queue of the writer holds.
const MANY: usize = 5_000;

async fn post(
    endpoint: &impl Endpoint<Output = Response>,
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
    endpoint.get_response(request.body(body.to_owned())).await
}

/// Registers Ada, logs in and returns the token.
async fn register_ada(endpoint: &impl Endpoint<Output = Response>) -> String {
    let ada = r#"{"username":"ada","password":"lovelace 1815"}"#;
    let registered = post(endpoint, "/register", "", ada).await;
    assert_eq!(registered.status(), StatusCode::OK);
    let session = post(endpoint, "/login", "", ada).await;
    let session = session.into_body().into_json::<serde_json::Value>().await;
    let token = session.expect("JSON")["token"].as_str().map(str::to_owned);
    token.expect("a token")
}

async fn room_status(endpoint: &impl Endpoint<Output = Response>, token: &str) -> StatusCode {
    let request = Request::builder()
        .uri_str("/rooms/1")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    endpoint.get_response(request.finish()).await.status()
}

#[tokio::test]
async fn a_full_queue_refuses_with_retry_after_and_stores_what_it_accepted() {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let endpoint = routes(app.clone());
    let token = register_ada(&endpoint).await;

    // While the writer is blocked, jobs wait in its queue until the queue is full; later jobs are refused.
    let (busy, release) = block_writer(&app).await;
    let waiting: Vec<_> = (0..MANY).map(|n| app.db.write(move |_| Ok(n))).collect();
    let message = r#"{"body":"still here?","client_id":"a"}"#;
    let refused = post(&endpoint, "/rooms/1/messages", &token, message).await;
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

    release.send(()).expect("the writer is blocked");
    busy.await.expect("the job succeeds");
    let (mut accepted, mut refused) = (0, 0);
    for (n, write) in waiting.into_iter().enumerate() {
        match write.await {
            Ok(answer) => {
                assert_eq!(
                    (answer, refused),
                    (n, 0),
                    "jobs are accepted in order until the queue is full"
                );
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(error, Error::Unavailable(Duration::from_secs(1)));
                refused += 1;
            }
        }
    }
    assert!(
        accepted > 1_000 && refused > 0,
        "accepted {accepted}, refused {refused}"
    );
    let posted = post(&endpoint, "/rooms/1/messages", &token, message).await;
    assert_eq!(
        posted.status(),
        StatusCode::CREATED,
        "the refused message was not stored"
    );
}

#[tokio::test]
async fn a_logout_takes_effect_when_its_request_is_cancelled() {
    let home = TempDir::new().expect("a temporary folder");
    let app = app(&home);
    let endpoint = routes(app.clone());
    let token = register_ada(&endpoint).await;
    assert_eq!(room_status(&endpoint, &token).await, StatusCode::OK);

    let (busy, release) = block_writer(&app).await;
    let mut log_out = Box::pin(post(&endpoint, "/logout", &token, ""));
    let waits = poll_fn(|cx| Poll::Ready(log_out.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "the logout is in the writer's queue");
    drop(log_out);
    release.send(()).expect("the writer is blocked");
    busy.await.expect("the job succeeds");
    app.db
        .write(|_| Ok(()))
        .await
        .expect("earlier jobs are done");
    assert_eq!(
        room_status(&endpoint, &token).await,
        StatusCode::UNAUTHORIZED
    );
}
