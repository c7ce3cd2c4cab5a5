//! A TCP proxy that can cut all connections and refuse WebSockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy in front of a server. It runs until its tokio runtime ends.
pub struct Proxy {
    address: SocketAddr,
    cuts: watch::Sender<u64>,
    refuses_sockets: Arc<AtomicBool>,
    refuses_everything: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy that forwards all connections to `server`.
    pub async fn before(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let (cuts, _) = watch::channel(0);
        let refuses_sockets = Arc::new(AtomicBool::new(false));
        let refuses_everything = Arc::new(AtomicBool::new(false));
        let (cut, refuse) = (cuts.clone(), Arc::clone(&refuses_sockets));
        let refuse_all = Arc::clone(&refuses_everything);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if refuse_all.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(forward(
                    client,
                    server,
                    cut.subscribe(),
                    Arc::clone(&refuse),
                ));
            }
        });
        Proxy {
            address,
            cuts,
            refuses_sockets,
            refuses_everything,
        }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Closes all current connections without a close frame.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    /// Closes new connections immediately while `refuse` is set, as if the server were down.
    pub fn refuse_everything(&self, refuse: bool) {
        self.refuses_everything.store(refuse, Ordering::SeqCst);
    }

    /// Answers all later upgrade requests with 502, as some company proxies do.
    pub fn refuse_sockets(&self) {
        self.refuses_sockets.store(true, Ordering::SeqCst);
    }
}

async fn forward(
    client: TcpStream,
    server: SocketAddr,
    mut cut: watch::Receiver<u64>,
    refuse: Arc<AtomicBool>,
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            if refuse.load(Ordering::SeqCst) && wants_socket(&buffer[..count]) {
                return true;
            }
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
        false
    };
    let down = async {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    let (mut up, mut down) = (Box::pin(up), Box::pin(down));
    let refused = tokio::select! {
        refused = &mut up => refused || { down.as_mut().await; false },
        () = &mut down => false,
        _ = cut.changed() => false,
    };
    drop(down);
    if refused {
        let answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = to_client.write_all(answer.as_bytes()).await;
    }
}

fn wants_socket(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    text.contains("\r\nupgrade: websocket")
}
