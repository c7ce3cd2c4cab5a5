//! HTTP client that follows no redirects, and its responses.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;

/// A complete response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("the answer is UTF-8")
    }

    pub fn json(&self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON ({}): {text}", self.status))
    }

    /// The `detail` of a JSON error.
    pub fn detail(&self) -> String {
        let json = self.json();
        json["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("no detail in {json}"))
            .to_string()
    }

    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("the header is text"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// All `Set-Cookie` lines.
    pub fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all("set-cookie").iter();
        lines
            .map(|line| line.to_str().expect("the cookie is text").to_string())
            .collect()
    }

    /// Checks the status code; fails with the start of the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Reply {
        let text = String::from_utf8_lossy(&self.bytes);
        let shown: String = text.chars().take(600).collect();
        assert_eq!(self.status, status, "{shown}");
        self
    }
}

/// A client with one connection per request: a pooled connection would be stale after a restart.
pub fn client() -> Client {
    Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .expect("a client without TLS can be built")
}

/// Sends a request and reads the whole response.
pub async fn send(request: RequestBuilder) -> Reply {
    try_send(request).await.expect("the server answers")
}

/// Like [`send`], for a server that may be down.
pub async fn try_send(request: RequestBuilder) -> Result<Reply, reqwest::Error> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await?.to_vec();
    Ok(Reply {
        status,
        headers,
        bytes,
    })
}

/// `GET` that accepts anything.
pub async fn get(url: &str) -> Reply {
    send(client().get(url)).await
}

/// `GET` as a program that wants JSON.
pub async fn get_json(url: &str) -> Reply {
    send(client().get(url).header("accept", "application/json")).await
}

/// `GET` as a browser that loads a page.
pub async fn get_page(url: &str) -> Reply {
    send(client().get(url).header("accept", page_accept())).await
}

/// `POST` of JSON that accepts anything, as the original project's page sends it.
pub async fn post_json(url: &str, body: &Value) -> Reply {
    send(client().post(url).json(body)).await
}

/// The `Accept` header of a browser that loads a page.
pub fn page_accept() -> &'static str {
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
}
