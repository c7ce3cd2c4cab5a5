//! Small blocking HTTP client with one persistent connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// Bytes of a body that is sent together with its head.
const MAX_JOINED: usize = 64 << 10;

/// One connection to a server.
pub struct HttpClient {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

/// Status, headers and body of a response.
pub struct Response {
    pub status: u16,
    /// Names in lower case, with values.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// Value of the header with a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }
}

impl HttpClient {
    pub fn connect(host: SocketAddr) -> HttpClient {
        let stream = TcpStream::connect(host).expect("the server accepts");
        stream.set_nodelay(true).expect("a TCP socket");
        HttpClient {
            stream: BufReader::new(stream),
            host,
        }
    }

    /// Sends a `GET`; every line of `headers` ends in CRLF.
    pub fn get(&mut self, path: &str, headers: &str) -> Response {
        self.send("GET", path, headers, b"")
    }

    /// Sends a `POST` with a JSON body.
    pub fn post(&mut self, path: &str, token: &str, body: &serde_json::Value) -> Response {
        self.send_json("POST", path, token, body)
    }

    /// Sends a request with a JSON body.
    pub fn send_json(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &serde_json::Value,
    ) -> Response {
        let body = body.to_string();
        let headers = format!(
            "Authorization: Bearer {token}\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
        );
        self.send(method, path, &headers, body.as_bytes())
    }

    /// Sends a request with a body; every line of `headers` ends in CRLF.
    pub fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Response {
        let length = match (method, body.len()) {
            ("GET", 0) => String::new(),
            (_, length) => format!("Content-Length: {length}\r\n"),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}{length}\r\n",
            self.host
        );
        let stream = self.stream.get_mut();
        let written = match body.len() {
            // One segment for the whole request.
            ..=MAX_JOINED => stream.write_all(&[head.as_bytes(), body].concat()),
            _ => stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body)),
        };
        written.expect("the server reads");
        self.receive()
    }

    fn receive(&mut self) -> Response {
        let mut line = String::new();
        let mut next = |stream: &mut BufReader<TcpStream>| {
            line.clear();
            stream.read_line(&mut line).expect("the server answers");
            line.trim_end().to_owned()
        };
        let first = next(&mut self.stream);
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut headers = Vec::new();
        while let Some((name, value)) = next(&mut self.stream).split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response {
            status: status.expect("a status"),
            headers,
            body: Vec::new(),
        };
        let length = response.header("content-length");
        let length = length.map_or(0, |length| length.parse().expect("a length"));
        response.body = vec![0; length];
        let read = self.stream.read_exact(&mut response.body);
        read.expect("a whole body");
        response
    }
}
