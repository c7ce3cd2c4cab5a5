//! Whatever is done to a room and whatever happens to the connections of its pages: what stands on them in
//! the end is, byte for byte, what a page shows that is loaded then.
//!
//! Seen to fail when the server is broken on purpose: a catch-up in several frames, new messages in another
//! order, changes without the quotes of them (`quoted_by`), a gap without what was revised, new messages
//! without their changes since, the root of a thread only while it has answers.
//!
//! More steps: `ORACLE_STORIES=100 cargo test --test it oracle::`. A failure names its seed.

mod dom;
mod page;
mod story;

use crate::harness::browser::Browser;
use crate::harness::person::Person;
use crate::harness::server::{Server, UNLIMITED};
use page::Tally;
use story::Watched;

/// Sequences, and steps in each.
const STORIES: u64 = 4;
const STEPS: usize = 400;
/// Pages are compared after so many.
const OFTEN: usize = 50;

struct World {
    server: Server,
    people: Vec<Person>,
    browsers: Vec<Browser>,
}

impl World {
    async fn open() -> World {
        let server = Server::executable(&UNLIMITED);
        let (mut people, mut browsers) = (Vec::new(), Vec::new());
        for name in ["ada", "bob", "cleo", "dan"] {
            let person = Person::register(&server, name).await;
            browsers.push(person.browser().await);
            people.push(person);
        }
        World {
            server,
            people,
            browsers,
        }
    }
}

fn stories() -> u64 {
    let asked = std::env::var("ORACLE_STORIES").ok();
    asked
        .and_then(|count| count.parse().ok())
        .unwrap_or(STORIES)
}

#[tokio::test]
async fn what_comes_in_makes_the_page_that_is_loaded() {
    let mut world = World::open().await;
    let mut tally = Tally::default();
    for seed in 1..=stories() {
        let mut watched = Watched::begin(&world.people, &world.browsers, seed).await;
        for number in 1..=STEPS {
            let done = watched.step().await;
            if number == STEPS / 2 {
                // As the power goes: pages come back to a server that remembers nothing.
                world.server.kill9();
                world.server.start_again();
            }
            if number % OFTEN == 0 {
                watched
                    .compare(&format!("seed {seed}, step {number}, {done}"))
                    .await;
            }
        }
        tally.add(watched.tally());
    }
    let enough = stories() as usize;
    assert!(
        tally.cuts > 10 * enough
            && tally.quotes > 10 * enough
            && tally.duplicates > 0
            && tally.answers > 5 * enough
            && tally.roots > 5 * enough
            && tally.old > 0,
        "it came about: {tally:?}"
    );
}

#[tokio::test]
async fn who_was_away_for_long_gets_a_mark_and_loads_the_rest() {
    let world = World::open().await;
    let mut watched = Watched::begin(&world.people, &world.browsers, 101).await;
    for _ in 0..40 {
        watched.story.deed().await;
    }
    let root = watched.story.post().await;
    for page in &mut watched.pages[..3] {
        page.open_thread(root).await;
        page.cut();
    }
    for _ in 0..260 {
        watched.story.post().await;
        watched.story.deed().await;
    }
    watched.compare("after a gap").await;
    assert!(watched.tally().gaps >= 3, "{:?}", watched.tally());
    watched.pages[1].cut();
    watched.story.flood(2_040).await;
    for _ in 0..20 {
        watched.story.deed().await;
    }
    watched.compare("far behind").await;
    assert_eq!(watched.pages[1].tally.anew, 1);
    assert_eq!(watched.pages[0].tally.anew, 0);
}
