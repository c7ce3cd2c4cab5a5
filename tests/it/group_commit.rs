//! Posts that the writer stores in one transaction share what they have read: the result is that of single transactions.

use std::{future::Future, pin::Pin};

use chatterbox::{
    accounts::Accounts,
    app::App,
    db::ids::{MessageId, RoomId},
    emoji::EmojiCatalog,
    error::Result,
    files::Files,
    messages::{Draft, Messages, Posted},
    rooms::{Member, Rooms},
};
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query};
use tempfile::TempDir;

use crate::harness::in_process::{app, block_writer, register};

/// A change of the database, or a post.
enum Step {
    Sql(&'static str),
    /// Member, client id, and message of the thread.
    Post(usize, &'static str, Option<i64>),
}

/// Members 0 and 1 are Ada and Grace in the Lobby, 2 and 3 in a second room.
const STEPS: [Step; 26] = [
    Step::Post(0, "a", None),
    Step::Post(0, "b", None),
    Step::Post(1, "c", None),
    Step::Post(2, "d", None),
    Step::Post(1, "e", None),
    Step::Post(3, "f", None),
    Step::Post(2, "a", None), // the client id of a message in the other room
    Step::Post(0, "b", None), // repeated
    Step::Post(1, "b", None), // a client id of Ada's
    Step::Post(1, "g", Some(2)), // the first reply in a thread
    Step::Post(0, "h", Some(2)),
    Step::Post(0, "h", Some(2)), // repeated
    Step::Post(0, "i", None),
    Step::Post(0, "j", Some(99)), // no such message
    Step::Post(0, "k", None),
    Step::Sql("UPDATE users SET display_name = 'Countess' WHERE id = 1"),
    Step::Post(0, "l", None),
    Step::Sql("UPDATE rooms SET rev = rev + 10 WHERE id = 1"),
    Step::Post(0, "m", None),
    Step::Post(1, "n", None),
    Step::Sql("DELETE FROM members WHERE room_id = 1 AND user_id = 2"),
    Step::Post(1, "o", None), // no longer a member
    Step::Post(3, "p", None), // still one of the second room
    Step::Sql("UPDATE rooms SET archived_at = 1 WHERE id = 2"),
    Step::Post(2, "q", None), // archived
    Step::Post(0, "r", None),
];

#[derive(Debug, PartialEq, QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    row: String,
}

/// A server without a network, and the members.
async fn open(home: &TempDir) -> (App, Vec<Member>) {
    let app = app(home);
    let (accounts, rooms) = (Accounts::new(app.clone()), Rooms::new(app.clone()));
    let users = [
        register(&accounts, "ada").await,
        register(&accounts, "grace").await,
    ];
    let second = "
        INSERT INTO rooms (id, name, kind, name_key, created_at) VALUES (2, 'Second', 0, 'second', 0);
        INSERT INTO members (room_id, user_id, joined_at) VALUES (2, 1, 0), (2, 2, 0);";
    let added = app.db.write(move |tx| Ok(tx.conn.batch_execute(second)?));
    added.await.expect("the room is new");
    let mut members = Vec::new();
    for room in [RoomId(1), RoomId(2)] {
        for user in &users {
            let member = rooms.admit(user.clone(), room).await;
            members.push(member.expect("both are members of both rooms"));
        }
    }
    (app, members)
}

type Outcome = Pin<Box<dyn Future<Output = String>>>;

/// Queues a step. Its outcome is a text.
fn queue(app: &App, messages: &Messages, members: &[Member], step: &Step) -> Outcome {
    match *step {
        Step::Sql(sql) => {
            let write = app.db.write(move |tx| Ok(tx.conn.batch_execute(sql)?));
            Box::pin(async move { format!("{:?}", write.await) })
        }
        Step::Post(member, client_id, thread) => {
            let draft = Draft::parse("hello", Some(client_id)).expect("a message");
            let draft = draft.in_thread(thread.map(MessageId));
            let posted = messages.post(&members[member], draft);
            Box::pin(async move { told(posted.await) })
        }
    }
}

fn told(posted: Result<Posted>) -> String {
    let (what, message) = match posted {
        Ok(Posted::New(message)) => ("new", message),
        Ok(Posted::Before(message)) => ("before", message),
        Err(error) => return format!("{error:?}"),
    };
    let name = message.author.name();
    format!("{what} {} {} {name}", message.id, message.rev)
}

async fn stored(app: &App) -> Vec<Row> {
    let rows = app.db.read(|conn| {
        let messages = "SELECT concat_ws(' ', id, room_id, author_id, client_id, place, created_rev, rev, thread_id, \
                        answers) AS row FROM messages UNION ALL SELECT concat_ws(' ', 'room', id, rev) FROM rooms";
        Ok(sql_query(messages).load::<Row>(conn)?)
    });
    rows.await.expect("the tables are there")
}

#[tokio::test]
async fn posts_of_one_transaction_have_the_result_of_single_ones() {
    let homes = [(); 2].map(|()| TempDir::new().expect("a temporary folder"));
    let (app, members) = open(&homes[0]).await;
    let messages = Messages::new(
        app.clone(),
        EmojiCatalog::new(app.clone(), Files::new(app.clone())),
    );
    let mut expected = Vec::new();
    for step in &STEPS {
        expected.push(queue(&app, &messages, &members, step).await);
    }
    let expected_rows = stored(&app).await;
    let kinds = expected.iter().map(|told| told.split([' ', '(']).next());
    let kinds: Vec<&str> = kinds.flatten().collect();
    let refused: Vec<&str> = kinds
        .iter()
        .copied()
        .filter(|kind| !["new", "Ok"].contains(kind))
        .collect();
    let expected_refusals = [
        "Conflict",
        "before",
        "before",
        "Conflict",
        "NotFound",
        "Forbidden",
    ];
    assert_eq!(refused, expected_refusals, "{expected:?}");

    let (app, members) = open(&homes[1]).await;
    let messages = Messages::new(
        app.clone(),
        EmojiCatalog::new(app.clone(), Files::new(app.clone())),
    );
    let (busy, release) = block_writer(&app).await;
    let queued: Vec<Outcome> = STEPS
        .iter()
        .map(|step| queue(&app, &messages, &members, step))
        .collect();
    release.send(()).expect("the writer is blocked");
    busy.await.expect("the job succeeds");
    for (outcome, expected) in queued.into_iter().zip(expected) {
        assert_eq!(outcome.await, expected);
    }
    assert_eq!(stored(&app).await, expected_rows);
}
