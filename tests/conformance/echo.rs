//! WebSocket echo server for the conformance cases. Prints its address, `ws://127.0.0.1:PORT`, and runs until
//! it is killed.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use chatterbox::live::{
    FrameEncoding, Received, Upgrade,
    frame::{self, Opcode},
    upgrade,
};
use http_body_util::combinators::BoxBody;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use poem::{
    IntoResponse, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// Limit of a message (bytes); the largest cases send 16 MiB.
const MAX_MESSAGE: usize = 32 << 20;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

async fn serve(stream: TcpStream) {
    let service = service_fn(|mut request| async move {
        let permits = Arc::new(Semaphore::new(1));
        let permit = permits.try_acquire_owned().expect("one permit");
        let upgrade = hyper::upgrade::on(&mut request);
        request
            .extensions_mut()
            .insert(Upgrade::new(upgrade, Arc::new(permit)));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (local, remote) = (LocalAddr(address.into()), RemoteAddr(address.into()));
        let response = answer(&Request::from((request, local, remote, Scheme::HTTP)));
        Ok::<hyper::Response<BoxBody<Bytes, std::io::Error>>, Infallible>(response.into())
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

fn answer(request: &Request) -> Response {
    let (response, upgrading) = match upgrade(request) {
        Ok(upgraded) => upgraded,
        Err(error) => {
            return error
                .to_string()
                .with_status(error.status())
                .into_response();
        }
    };
    tokio::spawn(async move {
        let Some(mut socket) = upgrading.socket(MAX_MESSAGE, false).await else {
            return;
        };
        loop {
            let event = socket.next().await;
            let mut echo = Vec::new();
            // The compression cases require compressed replies, also for short messages.
            let encode = match socket.encoding() {
                FrameEncoding::Plain => frame::encode,
                FrameEncoding::Compressed => frame::encode_compressed,
            };
            match socket.handle_control(event).await {
                Received::Text(text) => encode(&mut echo, Opcode::Text, text.as_bytes()),
                Received::Binary(bytes) => encode(&mut echo, Opcode::Binary, &bytes),
                Received::Control => {}
                Received::Closed => return,
            }
            if socket.write(&[echo]).await.is_err() {
                return;
            }
        }
    });
    response
}
