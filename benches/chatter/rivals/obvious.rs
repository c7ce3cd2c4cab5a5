//! What one would write first: poem's WebSocket, a task a connection, a broadcast channel.

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

use super::{Template, number};

/// Messages that a connection may be behind before it loses some.
const BEHIND: usize = 16_384;

struct Room {
    template: Template,
    everyone: broadcast::Sender<String>,
}

/// Serves for ever.
pub fn run(template: Template) {
    let (everyone, _) = broadcast::channel(BEHIND);
    let room = Arc::new(Room { template, everyone });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let door = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let door = door.expect("a free port");
        println!("{}", door.local_addr()[0]);
        let routes = Route::new().at("/*path", get(listen)).data(room);
        Server::new_with_acceptor(door)
            .run(routes)
            .await
            .expect("it runs");
    });
}

#[handler]
fn listen(socket: WebSocket, room: Data<&Arc<Room>>) -> impl IntoResponse {
    let room = room.clone();
    let mut news = room.everyone.subscribe(); // before the answer: who has it misses nothing
    socket.on_upgrade(move |socket| async move {
        let (mut out, mut inbound) = socket.split();
        loop {
            tokio::select! {
                said = inbound.next() => match said {
                    Some(Ok(Message::Text(text))) => {
                        let Some(number) = number(text.as_bytes()) else { continue };
                        let payload = room.template.stamped(number);
                        let _ = room.everyone.send(String::from_utf8_lossy(&payload).into_owned());
                    }
                    Some(Ok(_)) => {}
                    _ => return,
                },
                text = news.recv() => match text {
                    Ok(text) => if out.send(Message::Text(text)).await.is_err() { return },
                    Err(_) => return,
                },
            }
        }
    })
}
