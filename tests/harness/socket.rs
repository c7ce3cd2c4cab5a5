//! A WebSocket client over one TCP connection, with patience built in.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::PATIENCE;

/// The code that stands for "the connection went away without a word".
pub const GONE: u16 = 1006;

/// A connected socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// What the close frame said beside its code, once one came.
    pub reason: Option<String>,
}

/// What comes out of a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Text(String),
    Closed(u16),
}

impl Socket {
    /// Opens `ws://…` with more headers; the error is the HTTP status of the refusal (0: no answer at all).
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
            Err(_) => panic!("the upgrade of {url} hangs"),
        }
    }

    /// The next text frame, or how the socket ended. Pings are answered on the way.
    pub async fn hear(&mut self) -> Heard {
        match tokio::time::timeout(PATIENCE * 2, self.hear_for_ever()).await {
            Ok(heard) => heard,
            Err(_) => panic!("the socket is silent"),
        }
    }

    async fn hear_for_ever(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Heard::Text(text.to_string()),
                Some(Ok(Message::Binary(_))) => panic!("the server never sends binary"),
                Some(Ok(Message::Close(frame))) => {
                    self.reason = frame.as_ref().map(|frame| frame.reason.to_string());
                    let code = frame.map_or(1005, |frame| u16::from(frame.code));
                    // The echo of the close goes out with the next poll; the peer may be gone already.
                    let _ = self.stream.next().await;
                    return Heard::Closed(code);
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Heard::Closed(GONE),
            }
        }
    }

    /// Sends a text frame; false when the socket is gone.
    pub async fn say(&mut self, text: &str) -> bool {
        self.stream.send(Message::text(text)).await.is_ok()
    }

    /// Sends a binary frame.
    pub async fn say_binary(&mut self, bytes: Vec<u8>) {
        self.stream
            .send(Message::binary(bytes))
            .await
            .expect("the socket takes a frame");
    }

    /// Closes politely and waits for the echo.
    pub async fn close(mut self) {
        let _ = self.stream.close(None).await;
        let _ = tokio::time::timeout(PATIENCE, async {
            while let Some(Ok(_)) = self.stream.next().await {}
        })
        .await;
    }

    /// Reads on until the socket has ended; the code says how.
    pub async fn ended(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }
}
