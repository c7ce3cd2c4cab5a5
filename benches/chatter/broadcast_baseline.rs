//! Baseline: poem's WebSocket with one task per connection and a broadcast channel.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use poem::{
    EndpointExt, IntoResponse, Route, Server, get, handler,
    listener::{Acceptor, Listener, TcpListener},
    web::{
        Data,
        websocket::{Message, WebSocket},
    },
};
use tokio::sync::broadcast;

use crate::{baseline::SampleFrame, sequence_tag::number_in};

/// Capacity of the channel: a connection that lags further loses messages.
const CAPACITY: usize = 16_384;

struct Room {
    sample: SampleFrame,
    sender: broadcast::Sender<String>,
}

/// Serves until the process is killed.
pub fn run(sample: SampleFrame) {
    let (sender, _) = broadcast::channel(CAPACITY);
    let room = Arc::new(Room { sample, sender });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let acceptor = acceptor.expect("a free port");
        println!("{}", acceptor.local_addr()[0]);
        let routes = Route::new().at("/*path", get(listen)).data(room);
        Server::new_with_acceptor(acceptor)
            .run(routes)
            .await
            .expect("the server runs");
    });
}

#[handler]
fn listen(socket: WebSocket, room: Data<&Arc<Room>>) -> impl IntoResponse {
    let room = room.clone();
    let mut messages = room.sender.subscribe(); // before the response, so that no message is missed
    socket.on_upgrade(move |socket| async move {
        let (mut out, mut inbound) = socket.split();
        loop {
            tokio::select! {
                received = inbound.next() => match received {
                    Some(Ok(Message::Text(text))) => {
                        let Some(number) = number_in(text.as_bytes()) else { continue };
                        let payload = room.sample.with_number(number);
                        let _ = room.sender.send(String::from_utf8_lossy(&payload).into_owned());
                    }
                    Some(Ok(_)) => {}
                    _ => return,
                },
                text = messages.recv() => match text {
                    Ok(text) => if out.send(Message::Text(text)).await.is_err() { return },
                    Err(_) => return,
                },
            }
        }
    })
}
