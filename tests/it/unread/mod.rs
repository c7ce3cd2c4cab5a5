//! Unread counts are compared with a simple model after random and concurrent changes.

mod fixtures;
mod model;
mod random_changes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chatterbox::db::ids::{MessageId, RoomId};
use chatterbox::reading::Mark;
use chatterbox::rooms::Kind;
use chatterbox::rooms::Rooms;

use crate::harness::random::Random;
use fixtures::{Fixture, LOBBY, NAMES};
use model::{UserIndex, rows};
use random_changes::{Coverage, RandomChanges};

/// Number of random sequences, and steps in each.
const SEQUENCES: u64 = 6;
const STEPS: usize = 200;

/// Rounds of concurrent changes, and actions of each user in a round.
const ROUNDS: u64 = 60;
const ACTIONS: usize = 6;

#[tokio::test]
async fn every_room_list_agrees_with_the_model_after_each_random_change() {
    let fixture = Fixture::open().await;
    let mut coverage = Coverage::default();
    for seed in 1..=SEQUENCES {
        let mut changes = RandomChanges::new(&fixture, seed).await;
        changes.compare("nothing").await;
        for number in 0..STEPS {
            let done = changes.step().await;
            changes
                .compare(&format!("step {number} of {seed}, {done}"))
                .await;
        }
        coverage.add(&changes.coverage);
    }
    let steps = SEQUENCES as usize * STEPS;
    assert!(
        coverage.partly_reread > steps && coverage.cached > steps,
        "cached lists were returned: {coverage:?}"
    );
    assert!(
        coverage.over_limit > steps && coverage.mentions_over_limit > steps / 4,
        "counts exceeded the limit: {coverage:?}"
    );
}

#[tokio::test]
async fn serials_of_room_lists_differ_after_a_restart() {
    let fixture = Fixture::open().await;
    let before = fixture.list(0).await.serial;
    let restarted = Rooms::new(fixture.app.clone());
    let after = restarted.list(fixture.users[0].id).await;
    let after = after.expect("the database answers").serial;
    assert!(before.abs_diff(after) > 1_000, "{before} and {after}");
    assert!(
        before.max(after) < 1 << 53,
        "JavaScript can represent these numbers"
    );
}

/// The fixture of concurrent users, with the rooms and messages that they change.
struct SharedFixture {
    fixture: Fixture,
    rooms: Vec<RoomId>,
    messages: Mutex<Vec<(RoomId, i64, UserIndex)>>,
    /// The current round; 0 between rounds.
    round: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn room_lists_are_correct_after_concurrent_changes() {
    let fixture = Fixture::open().await;
    let open = fixture.create(0, "all at once", Kind::Open).await;
    for user in &fixture.users {
        fixture
            .rooms
            .join(user, open)
            .await
            .expect("the room is open");
    }
    let direct = fixture.direct(0, &[1, 2, 3, 4]).await;
    let shared = Arc::new(SharedFixture {
        fixture,
        rooms: vec![LOBBY, open, direct],
        messages: Mutex::default(),
        round: AtomicU64::new(0),
    });
    for round in 1..=ROUNDS {
        shared.round.store(round, Ordering::Release);
        let users = 0..NAMES.len();
        let reading = users
            .clone()
            .map(|user| tokio::spawn(read_lists(shared.clone(), user, round)));
        let reading: Vec<_> = reading.collect();
        let changing = users.map(|user| {
            let random = Random::new(round * 100 + user as u64);
            tokio::spawn(perform_actions(shared.clone(), user, random))
        });
        for task in changing.collect::<Vec<_>>() {
            task.await.expect("no task panics");
        }
        shared.round.store(0, Ordering::Release);
        for task in reading {
            task.await.expect("no task panics");
        }
        let mut models = Vec::new();
        for room in &shared.rooms {
            models.push(shared.fixture.load_room(*room).await);
        }
        for (user, name) in NAMES.iter().enumerate() {
            let actual = shared.fixture.rows(user).await;
            assert_eq!(actual, rows(&models, user), "{name} in round {round}");
        }
    }
}

/// Reads a list repeatedly during a round, so that reads overlap with changes.
async fn read_lists(shared: Arc<SharedFixture>, user: UserIndex, round: u64) {
    while shared.round.load(Ordering::Acquire) == round {
        shared.fixture.list(user).await;
        tokio::task::yield_now().await;
    }
}

/// Performs random actions as one user. Only this task moves the user's read positions, so it can check them.
async fn perform_actions(shared: Arc<SharedFixture>, user: UserIndex, mut random: Random) {
    for _ in 0..ACTIONS {
        let room = *random.of(&shared.rooms).expect("there are rooms");
        let all = shared.messages.lock().expect("no task panics").clone();
        let here: Vec<(i64, UserIndex)> = all
            .iter()
            .filter(|message| message.0 == room)
            .map(|message| (message.1, message.2))
            .collect();
        let recent = &here[here.len().saturating_sub(30)..];
        let one = random.of(recent).copied();
        match (random.below(10), one) {
            (0..=2, _) | (_, None) => post(&shared, user, room, &mut random).await,
            (3, Some((id, _))) => answer(&shared, user, room, id, &mut random).await,
            (4..=6, Some((id, _))) => read(&shared, user, room, id, &mut random).await,
            (action, Some((id, author))) => {
                let author = shared.fixture.member(author, room).await;
                let author = author.expect("everyone is in all rooms");
                let mentioned = [random.below(NAMES.len())];
                match action {
                    7 => drop(shared.fixture.edit(&author, id, &mentioned).await),
                    _ => drop(shared.fixture.delete(&author, id).await),
                }
            }
        }
    }
}

async fn post(shared: &SharedFixture, user: UserIndex, room: RoomId, random: &mut Random) {
    let mentioned = [random.below(NAMES.len())];
    let member = shared.fixture.member(user, room).await;
    let member = member.expect("everyone is in all rooms");
    let id = shared.fixture.post(&member, &mentioned, None).await;
    let id = id.expect("members may post");
    let message = (room, id, user);
    shared
        .messages
        .lock()
        .expect("no task panics")
        .push(message);
    let actual = shared.fixture.rows(mentioned[0]).await[&room];
    assert!(
        actual.newest >= id,
        "a list that is read after the post contains the message"
    );
}

/// Answers a message, unless it has been deleted.
async fn answer(
    shared: &SharedFixture,
    user: UserIndex,
    room: RoomId,
    root: i64,
    random: &mut Random,
) {
    let mentioned = [random.below(NAMES.len())];
    let member = shared.fixture.member(user, room).await;
    let member = member.expect("everyone is in all rooms");
    if let Ok(id) = shared.fixture.post(&member, &mentioned, Some(root)).await {
        let message = (room, id, user);
        shared
            .messages
            .lock()
            .expect("no task panics")
            .push(message);
    }
}

async fn read(shared: &SharedFixture, user: UserIndex, room: RoomId, id: i64, random: &mut Random) {
    let before = shared.fixture.rows(user).await[&room].read;
    let (mark, least, most) = match random.below(3) {
        0 => (Mark::From(MessageId(id)), id - 1, id - 1),
        1 => (Mark::All, before.max(id), i64::MAX),
        _ => (Mark::UpTo(MessageId(id)), before.max(id), before.max(id)),
    };
    let member = shared.fixture.member(user, room).await;
    let member = member.expect("everyone is in all rooms");
    let marked = shared.fixture.reading.mark(&member, mark).await;
    marked.expect("the message is in the room");
    let actual = shared.fixture.rows(user).await[&room].read;
    assert!(
        (least..=most).contains(&actual),
        "{mark:?} from {before} is {actual}"
    );
}
