//! A browser without scripts: cookies, forms, pages and fragments.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::{Client, RequestBuilder};

use super::html::{self, Line};
use super::http::{self, Reply, page_accept, send};
use super::live::LiveSocket;
use super::socket::Socket;

/// A cookie jar and a way to send forms.
#[derive(Clone)]
pub struct Browser {
    pub origin: String,
    http: Client,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    /// Somebody who has not logged in.
    pub fn new(origin: &str) -> Browser {
        Browser {
            origin: origin.to_string(),
            http: http::client(),
            jar: Arc::default(),
        }
    }

    /// Somebody who logs in by the form.
    pub async fn log_in(origin: &str, name: &str, password: &str) -> Browser {
        let browser = Browser::new(origin);
        let form = [("username", name), ("password", password)];
        browser.submit("/login", &form).await.expect(303);
        browser
    }

    /// The `Cookie` header that it would send.
    pub fn cookie(&self) -> String {
        let jar = self.jar.lock().expect("no holder panics");
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// The value of its one cookie.
    pub fn session(&self) -> String {
        let jar = self.jar.lock().expect("no holder panics");
        jar.values().next().expect("it has logged in").clone()
    }

    /// A request with the cookies.
    pub fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a known method");
        let request = self.http.request(method, format!("{}{path}", self.origin));
        match self.cookie() {
            cookie if cookie.is_empty() => request,
            cookie => request.header("cookie", cookie),
        }
    }

    /// Sends it and keeps the cookies of the answer.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let reply = send(request).await;
        self.keep(&reply);
        reply
    }

    /// Loads a page.
    pub async fn page(&self, path: &str) -> Reply {
        self.send(self.ask("GET", path).header("accept", page_accept()))
            .await
    }

    /// Loads what htmx would.
    pub async fn fragment(&self, path: &str) -> Reply {
        self.send(
            self.ask("GET", path)
                .header("accept", "text/html")
                .header("hx-request", "true"),
        )
        .await
    }

    /// Submits a form of its own page.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.submission(path, fields).header("origin", &self.origin))
            .await
    }

    /// A form on its way, before anybody said which page it comes from.
    pub fn submission(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.ask("POST", path)
            .header("accept", page_accept())
            .form(fields)
    }

    /// The messages that the room page shows.
    pub async fn lines(&self) -> Vec<Line> {
        html::lines(&self.page("/rooms/1").await.expect(200).text())
    }

    /// The page's socket by cookie, from a page of this origin.
    pub async fn live_from(&self, origin: &str) -> Result<LiveSocket, u16> {
        let url = format!(
            "{}/rooms/1/live?after=0",
            self.origin.replacen("http", "ws", 1)
        );
        let headers = [("cookie", &*self.cookie()), ("origin", origin)];
        Socket::open(&url, &headers).await.map(LiveSocket::over)
    }

    fn keep(&self, reply: &Reply) {
        let mut jar = self.jar.lock().expect("no holder panics");
        for line in reply.cookies() {
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie is a pair");
            match value {
                "" => jar.remove(name),
                _ => jar.insert(name.to_string(), value.to_string()),
            };
        }
    }
}
