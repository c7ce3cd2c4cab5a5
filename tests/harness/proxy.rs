//! A TCP proxy that can cut all connections, hold what they carry, and refuse WebSockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Traffic that a proxy passes on at the moment.
#[derive(Clone, Copy)]
struct Holds {
    /// Bytes that each connection may send to the server.
    most_up: u64,
    /// Whether the server's bytes wait.
    down: bool,
}

/// A proxy in front of a server. It runs until its tokio runtime ends.
pub struct Proxy {
    address: SocketAddr,
    cuts: watch::Sender<u64>,
    holds: watch::Sender<Holds>,
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
        let (holds, _) = watch::channel(NO_HOLDS);
        let refuses_sockets = Arc::new(AtomicBool::new(false));
        let refuses_everything = Arc::new(AtomicBool::new(false));
        let (cut, refuse) = (cuts.clone(), Arc::clone(&refuses_sockets));
        let refuse_all = Arc::clone(&refuses_everything);
        let held = holds.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if refuse_all.load(Ordering::SeqCst) {
                    continue;
                }
                tokio::spawn(forward(
                    client,
                    server,
                    (cut.subscribe(), held.subscribe()),
                    Arc::clone(&refuse),
                ));
            }
        });
        Proxy {
            address,
            cuts,
            holds,
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

    /// Lets each connection send about this many bytes to the server. The rest waits.
    pub fn hold_after(&self, most_up: u64) {
        self.holds.send_replace(Holds {
            most_up,
            down: false,
        });
    }

    /// Passes on everything to the server, and keeps back everything that the server sends.
    pub fn hold_answers(&self) {
        let most_up = u64::MAX;
        self.holds.send_replace(Holds {
            most_up,
            down: true,
        });
    }

    /// Passes on everything again.
    pub fn release(&self) {
        self.holds.send_replace(NO_HOLDS);
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

const NO_HOLDS: Holds = Holds {
    most_up: u64::MAX,
    down: false,
};

async fn forward(
    client: TcpStream,
    server: SocketAddr,
    (mut cut, holds): (watch::Receiver<u64>, watch::Receiver<Holds>),
    refuse: Arc<AtomicBool>,
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut up_holds, mut down_holds) = (holds.clone(), holds);
    let up = async {
        let mut buffer = vec![0; 64 * 1024];
        let mut sent = 0;
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            if refuse.load(Ordering::SeqCst) && wants_socket(&buffer[..count]) {
                return true;
            }
            sent += count as u64;
            // Fails only when the proxy ends.
            let _ = up_holds.wait_for(|holds| sent <= holds.most_up).await;
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
        false
    };
    let down = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            let _ = down_holds.wait_for(|holds| !holds.down).await;
            if to_client.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
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
