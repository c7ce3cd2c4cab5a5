//! A WebSocket client over one TCP connection, with a time limit for each step.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::PATIENCE;

/// The close code of a connection that ended without a close frame.
pub const GONE: u16 = 1006;

/// A connected socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The reason in the close frame, if one was received.
    pub reason: Option<String>,
}

/// A received frame, or the end of the socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    Text(String),
    Closed(u16),
}

impl Socket {
    /// Opens `ws://…` with more headers; the error is the HTTP status code of the refusal, or 0 without a response.
    pub async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let mut request = url.into_client_request().expect("a valid socket address");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, value.parse().expect("a valid header"));
        }
        let address = request
            .uri()
            .authority()
            .expect("an address with a host")
            .to_string();
        let stream = TcpStream::connect(address).await.map_err(|_| 0_u16)?;
        stream.set_nodelay(true).map_err(|_| 0_u16)?;
        match tokio::time::timeout(PATIENCE, client_async(request, stream)).await {
            Ok(Ok((stream, _))) => Ok(Socket {
                stream,
                reason: None,
            }),
            Ok(Err(Error::Http(answer))) => Err(answer.status().as_u16()),
            Ok(Err(_)) => Err(0),
            Err(_) => panic!("timeout while upgrading {url}"),
        }
    }

    /// Receives the next text frame or the close code, and answers pings.
    pub async fn receive(&mut self) -> Received {
        match tokio::time::timeout(PATIENCE * 2, self.receive_without_limit()).await {
            Ok(received) => received,
            Err(_) => panic!("timeout while waiting for a frame"),
        }
    }

    async fn receive_without_limit(&mut self) -> Received {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Received::Text(text.to_string()),
                Some(Ok(Message::Binary(_))) => panic!("the server never sends binary"),
                Some(Ok(Message::Close(frame))) => {
                    self.reason = frame.as_ref().map(|frame| frame.reason.to_string());
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    // The next poll sends the echo of the close frame; the peer may have disconnected.
                    let _ = self.stream.next().await;
                    return Received::Closed(code);
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Received::Closed(GONE),
            }
        }
    }

    /// Sends a text frame; returns `false` if the socket is closed.
    pub async fn send(&mut self, text: &str) -> bool {
        self.stream.send(Message::text(text)).await.is_ok()
    }

    /// Sends a binary frame.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.stream
            .send(Message::binary(bytes))
            .await
            .expect("the socket accepts a frame");
    }

    /// Sends a close frame and waits for the echo.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
        let _ = tokio::time::timeout(PATIENCE, async {
            while let Some(Ok(_)) = self.stream.next().await {}
        })
        .await;
    }

    /// Reads until the socket is closed and returns the close code.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            if let Received::Closed(code) = self.receive().await {
                return code;
            }
        }
    }
}
