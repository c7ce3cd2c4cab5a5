//! A browser without scripts: cookies, forms, pages and fragments.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::{Client, RequestBuilder};

use super::html::{self, MessageElement};
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
    /// A browser without a session.
    pub fn new(origin: &str) -> Browser {
        Browser {
            origin: origin.to_string(),
            http: http::client(),
            jar: Arc::default(),
        }
    }

    /// A browser that has logged in with the form.
    pub async fn log_in(origin: &str, name: &str, password: &str) -> Browser {
        let browser = Browser::new(origin);
        let form = [("username", name), ("password", password)];
        browser.submit("/login", &form).await.expect(303);
        browser
    }

    /// The `Cookie` header of the next request.
    pub fn cookie(&self) -> String {
        let jar = self.jar.lock().expect("the cookie jar is not poisoned");
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// The value of the first cookie, which is the session token.
    pub fn session(&self) -> String {
        let jar = self.jar.lock().expect("the cookie jar is not poisoned");
        jar.values()
            .next()
            .expect("the browser has logged in")
            .clone()
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

    /// Sends a request and stores the cookies of the response.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let reply = send(request).await;
        self.store_cookies(&reply);
        reply
    }

    /// Loads a page.
    pub async fn page(&self, path: &str) -> Reply {
        self.send(self.ask("GET", path).header("accept", page_accept()))
            .await
    }

    /// Loads a fragment as htmx does.
    pub async fn fragment(&self, path: &str) -> Reply {
        self.send(
            self.ask("GET", path)
                .header("accept", "text/html")
                .header("hx-request", "true"),
        )
        .await
    }

    /// Submits a form with the origin of the server.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.submission(path, fields).header("origin", &self.origin))
            .await
    }

    /// A form request without `Origin` and `Sec-Fetch-Site`.
    pub fn submission(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.ask("POST", path)
            .header("accept", page_accept())
            .form(fields)
    }

    /// The messages that the room page shows.
    pub async fn message_elements(&self) -> Vec<MessageElement> {
        html::message_elements(&self.page("/rooms/1").await.expect(200).text())
    }

    /// Opens the page's socket with the cookie and an `Origin` header.
    pub async fn live_from(&self, origin: &str) -> Result<LiveSocket, u16> {
        let url = format!(
            "{}/rooms/1/live?after=0",
            self.origin.replacen("http", "ws", 1)
        );
        let headers = [("cookie", &*self.cookie()), ("origin", origin)];
        Ok(LiveSocket::over(Socket::open(&url, &headers).await?).await)
    }

    fn store_cookies(&self, reply: &Reply) {
        let mut jar = self.jar.lock().expect("the cookie jar is not poisoned");
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
