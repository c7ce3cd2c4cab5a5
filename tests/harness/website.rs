//! A website and a DNS server on loopback, for tests of outgoing requests.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// Public address that the tests' website seems to have.
pub const PUBLIC: &str = "93.184.216.34";

/// Behaviour of a test website once it has read a request.
#[derive(Clone)]
pub enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends this head, then these bytes without end.
    Endless(String, Vec<u8>),
    /// Sends these bytes, then nothing more.
    Stalled(Vec<u8>),
    /// Sends nothing.
    Silence,
}

/// A website that counts its connections.
pub struct Website {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
}

impl Website {
    /// A website without pages.
    pub async fn start() -> Website {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let site = Website {
            address: listener.local_addr().expect("an address"),
            connections: Arc::default(),
            requests: Arc::default(),
            answers: Arc::default(),
        };
        let (connections, requests) = (site.connections.clone(), site.requests.clone());
        let answers = site.answers.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, requests.clone(), answers.clone()));
            }
        });
        site
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Heads of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }

    /// Sets the answer for a path.
    pub fn set(&self, path: &str, answer: Answer) {
        self.answers.lock().insert(path.to_owned(), answer);
    }

    /// Sets a page whose head contains this HTML.
    pub fn set_page(&self, path: &str, head: &str) {
        let html = format!("<!doctype html><html><head>{head}</head><body>Text</body></html>");
        self.set_body(path, "text/html; charset=utf-8", html.as_bytes());
    }

    /// Sets the body of a path.
    pub fn set_body(&self, path: &str, content_type: &str, body: &[u8]) {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.set(path, Answer::Bytes([head.as_bytes(), body].concat()));
    }

    /// Makes a path redirect.
    pub fn redirect(&self, path: &str, to: &str) {
        let head = format!(
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        self.set(path, Answer::Bytes(head.into_bytes()));
    }

    /// Arguments of a server for which this website has the address [`PUBLIC`], and names are resolved by `dns`.
    pub fn args(&self, dns: &Dns) -> Vec<String> {
        let route = format!("{PUBLIC}={}", self.address);
        let dns = dns.address.to_string();
        let network = ["--test-dns", &dns, "--test-routes", &route];
        let args = [&network[..], &["--limits", "off", "--link-previews", "on"]].concat();
        args.into_iter().map(str::to_owned).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte).await {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().push(head);
    let answer = answers.lock().get(&path).cloned();
    let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    match answer.unwrap_or(Answer::Bytes(missing.to_vec())) {
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Answer::Endless(head, bytes) => {
            let mut sent = stream.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sent = stream.write_all(&bytes).await;
            }
        }
        Answer::Stalled(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0]).await; // until the client closes the connection
        }
        Answer::Silence => {
            let _ = stream.read(&mut [0]).await; // until the client closes the connection
        }
    }
}

type Names = HashMap<String, Vec<Vec<IpAddr>>>;

/// A DNS server. Names that it does not know have the address [`PUBLIC`].
pub struct Dns {
    address: SocketAddr,
    names: Arc<Mutex<Names>>,
}

impl Dns {
    pub async fn start() -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let dns = Dns {
            address: socket.local_addr().expect("an address"),
            names: Arc::default(),
        };
        let names = dns.names.clone();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((size, from)) = socket.recv_from(&mut question).await {
                let answer = answer(&question[..size], &mut names.lock());
                let _ = socket.send_to(&answer, from).await;
            }
        });
        dns
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the addresses of a name: one list for each time that it is resolved; the last one stays.
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |list: &&[&str]| -> Vec<IpAddr> {
            let parse = |one: &&str| one.parse().expect("an address");
            list.iter().map(parse).collect()
        };
        let answers = answers.iter().map(parse).collect();
        self.names.lock().insert(name.to_owned(), answers);
    }
}

/// Answers a question for the addresses of a name. IPv6 is asked last, so it moves on to the next list.
fn answer(question: &[u8], names: &mut Names) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..=at + length]).into_owned());
        at += 1 + length;
    }
    let is_v6 = question[at + 2] == 28;
    let public = || vec![PUBLIC.parse().expect("an address")];
    let addresses: Vec<IpAddr> = match names.get_mut(&labels.join(".")) {
        None => public(),
        Some(lists) if is_v6 && lists.len() > 1 => lists.remove(0),
        Some(lists) => lists[0].clone(),
    };
    let wanted = addresses.iter().filter(|one| one.is_ipv6() == is_v6);
    let mut out = question[..2].to_vec();
    out.extend([
        0x81,
        0x80,
        0,
        1,
        0,
        wanted.clone().count() as u8,
        0,
        0,
        0,
        0,
    ]);
    out.extend(&question[12..at + 5]);
    for address in wanted {
        let bytes = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        out.extend([
            0xC0,
            12,
            0,
            question[at + 2],
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            bytes.len() as u8,
        ]);
        out.extend(bytes);
    }
    out
}
