//! What is unread follows from the messages and the positions, whatever happened and in whatever order.

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
use fixtures::{LOBBY, NAMES, World};
use model::{Who, rows};
use random_changes::{RandomChanges, Tally};

/// Sequences, and steps in each.
const STORIES: u64 = 6;
const STEPS: usize = 200;

/// Rounds of people who act at once, and what each of them does.
const ROUNDS: u64 = 60;
const DEEDS: usize = 6;

#[tokio::test]
async fn every_list_says_what_a_plain_model_says_after_every_step() {
    let world = World::open().await;
    let mut tally = Tally::default();
    for seed in 1..=STORIES {
        let mut story = RandomChanges::new(&world, seed).await;
        story.compare("nothing").await;
        for number in 0..STEPS {
            let done = story.step().await;
            story
                .compare(&format!("step {number} of {seed}, {done}"))
                .await;
        }
        tally.add(&story.tally);
    }
    let steps = STORIES as usize * STEPS;
    assert!(
        tally.refreshed > steps && tally.kept > steps,
        "memory was used: {tally:?}"
    );
    assert!(
        tally.beyond > steps && tally.named_beyond > steps / 4,
        "there was more than is counted: {tally:?}"
    );
}

#[tokio::test]
async fn a_list_from_before_a_restart_is_never_taken_for_one_of_now() {
    let world = World::open().await;
    let before = world.list(0).await.serial;
    let again = Rooms::new(world.app.clone());
    let after = again.list(world.people[0].id).await;
    let after = after.expect("the database answers").serial;
    assert!(before.abs_diff(after) > 1_000, "{before} and {after}");
    assert!(
        before.max(after) < 1 << 53,
        "JavaScript can say these numbers"
    );
}

/// What they do at once happens in these rooms, to these messages.
struct Stage {
    world: World,
    rooms: Vec<RoomId>,
    said: Mutex<Vec<(RoomId, i64, Who)>>,
    /// The round that is going on.
    round: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_people_do_at_once_leaves_lists_that_are_right() {
    let world = World::open().await;
    let open = world.create(0, "all at once", Kind::Open).await;
    for person in &world.people {
        world
            .rooms
            .join(person, open)
            .await
            .expect("the room is open");
    }
    let direct = world.direct(0, &[1, 2, 3, 4]).await;
    let stage = Arc::new(Stage {
        world,
        rooms: vec![LOBBY, open, direct],
        said: Mutex::default(),
        round: AtomicU64::new(0),
    });
    for round in 1..=ROUNDS {
        stage.round.store(round, Ordering::Release);
        let people = 0..NAMES.len();
        let looking = people
            .clone()
            .map(|who| tokio::spawn(look(stage.clone(), who, round)));
        let looking: Vec<_> = looking.collect();
        let acting = people.map(|who| {
            let random = Random::new(round * 100 + who as u64);
            tokio::spawn(act(stage.clone(), who, random))
        });
        for task in acting.collect::<Vec<_>>() {
            task.await.expect("nobody panics");
        }
        stage.round.store(0, Ordering::Release);
        for task in looking {
            task.await.expect("nobody panics");
        }
        let mut places = Vec::new();
        for room in &stage.rooms {
            places.push(stage.world.told(*room).await);
        }
        for (who, name) in NAMES.iter().enumerate() {
            let seen = stage.world.rows(who).await;
            assert_eq!(seen, rows(&places, who), "{name} in {round}");
        }
    }
}

/// Reads a list again and again, so that one of these reads meets the last change of the round.
async fn look(stage: Arc<Stage>, who: Who, round: u64) {
    while stage.round.load(Ordering::Acquire) == round {
        stage.world.list(who).await;
        tokio::task::yield_now().await;
    }
}

/// One of them. Nobody else moves their positions, so each list that they see has to know these.
async fn act(stage: Arc<Stage>, who: Who, mut random: Random) {
    for _ in 0..DEEDS {
        let room = *random.of(&stage.rooms).expect("there are rooms");
        let all = stage.said.lock().expect("nobody panics").clone();
        let here: Vec<(i64, Who)> = all
            .iter()
            .filter(|said| said.0 == room)
            .map(|said| (said.1, said.2))
            .collect();
        let recent = &here[here.len().saturating_sub(30)..];
        let one = random.of(recent).copied();
        match (random.below(10), one) {
            (0..=2, _) | (_, None) => speak(&stage, who, room, &mut random).await,
            (3, Some((id, _))) => answer(&stage, who, room, id, &mut random).await,
            (4..=6, Some((id, _))) => read(&stage, who, room, id, &mut random).await,
            (doing, Some((id, author))) => {
                let author = stage.world.admit(author, room).await;
                let author = author.expect("everyone is in all rooms");
                let named = [random.below(NAMES.len())];
                match doing {
                    7 => drop(stage.world.edit(&author, id, &named).await),
                    _ => drop(stage.world.delete(&author, id).await),
                }
            }
        }
    }
}

async fn speak(stage: &Stage, who: Who, room: RoomId, random: &mut Random) {
    let named = [random.below(NAMES.len())];
    let member = stage.world.admit(who, room).await;
    let member = member.expect("everyone is in all rooms");
    let id = stage.world.post(&member, &named, None).await;
    let id = id.expect("they may write");
    let said = (room, id, who);
    stage.said.lock().expect("nobody panics").push(said);
    let seen = stage.world.rows(named[0]).await[&room];
    assert!(
        seen.newest >= id,
        "who looks after the answer sees the message"
    );
}

/// Unless it was deleted meanwhile.
async fn answer(stage: &Stage, who: Who, room: RoomId, root: i64, random: &mut Random) {
    let named = [random.below(NAMES.len())];
    let member = stage.world.admit(who, room).await;
    let member = member.expect("everyone is in all rooms");
    if let Ok(id) = stage.world.post(&member, &named, Some(root)).await {
        let said = (room, id, who);
        stage.said.lock().expect("nobody panics").push(said);
    }
}

async fn read(stage: &Stage, who: Who, room: RoomId, id: i64, random: &mut Random) {
    let before = stage.world.rows(who).await[&room].read;
    let (mark, least, most) = match random.below(3) {
        0 => (Mark::From(MessageId(id)), id - 1, id - 1),
        1 => (Mark::All, before.max(id), i64::MAX),
        _ => (Mark::UpTo(MessageId(id)), before.max(id), before.max(id)),
    };
    let member = stage.world.admit(who, room).await;
    let member = member.expect("everyone is in all rooms");
    let marked = stage.world.reading.mark(&member, mark).await;
    marked.expect("the message is in the room");
    let seen = stage.world.rows(who).await[&room].read;
    assert!(
        (least..=most).contains(&seen),
        "{mark:?} from {before} is {seen}"
    );
}
