//! Small blocking HTTP client with one persistent connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// One connection to a server.
pub struct HttpClient {
    stream: BufReader<TcpStream>,
    host: SocketAddr,
}

/// Status, entity tag and body of a response.
pub struct Response {
    pub status: u16,
    pub etag: Option<String>,
    pub body: Vec<u8>,
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
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
            self.host
        ))
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
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        ))
    }

    fn send(&mut self, request: &str) -> Response {
        let stream = self.stream.get_mut();
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        let mut line = String::new();
        let mut next = |stream: &mut BufReader<TcpStream>| {
            line.clear();
            stream.read_line(&mut line).expect("the server answers");
            line.trim_end().to_owned()
        };
        let first = next(&mut self.stream);
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let (mut length, mut etag) = (0, None);
        loop {
            let header = next(&mut self.stream);
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().expect("a length"),
                "etag" => etag = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a whole body");
        Response {
            status: status.expect("a status"),
            etag,
            body,
        }
    }
}
