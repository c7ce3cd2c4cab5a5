//! Lists of rooms, posts and notifier where there are 1,000 rooms and 10,000 people, in this process.

use std::{
    fs,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use chatterbox::{
    db::ids::{RoomId, UserId},
    live::{Invalidations, Publication, Subscription},
    people::People,
    rooms::{Member, Rooms},
    routes,
    sidebar::SidebarView,
};
use diesel::{RunQueryDsl, sql_query};
use hdrhistogram::Histogram;
use poem::{Endpoint, Request, http::StatusCode};
use tokio::runtime::Runtime;

use crate::{
    Setting,
    inside::Inside,
    prepare::Prepared,
    record::{Figures, Report},
    town::{self, Mix, Number, Town},
};

/// All of the list of somebody who reads most rooms,
pub const TYPICAL: &str = "list of 200 rooms";
/// and of somebody for whom 150 messages wait in each.
pub const ALL_UNREAD: &str = "list of 200 rooms, all unread";
/// A post where two people are,
pub const POST_2: &str = "post in a room of 2";
/// and where everyone is.
pub const POST_10_000: &str = "post in a room of 10,000";

const LOBBY: RoomId = RoomId(1);

/// A full server, its reader and somebody in three rooms.
struct Full {
    runtime: Runtime,
    inside: Inside,
    town: Town,
    rooms: Rooms,
    small: bool,
}

/// Everything in turn.
pub fn run(setting: &Setting, _: &Prepared, report: &mut Report) {
    let mut full = Full::open(setting);
    for round in 0..setting.rounds {
        for (mix, name) in [(Mix::Typical, TYPICAL), (Mix::AllUnread, ALL_UNREAD)] {
            full.town.read(mix);
            report.check(full.counts_well(), || format!("the counts of the {name}"));
            report.add("sidebar", name, round, full.whole_list());
        }
        full.town.read(Mix::Typical);
        report.add("sidebar", "one stale room of 200", round, full.stale_room());
        report.add("sidebar", "the list that is kept", round, full.kept_list());
        for (member, name) in [(1, "HTML of 3 rooms"), (0, "HTML of 200 rooms")] {
            report.add("sidebar", name, round, full.html(member));
        }
        for (member, name) in [(1, "page beside 3 rooms"), (0, "page beside 200 rooms")] {
            report.add("sidebar", name, round, full.page(member));
        }
        for (words, name) in [("", "rooms by name"), ("room-7", "rooms with a word")] {
            report.add("sidebar", name, round, full.directory(words));
        }
        for (words, name) in [("", "people by name"), ("ada", "people with a word")] {
            report.add("sidebar", name, round, full.people(words));
        }
        let notifier = full.subscribe();
        full.posts(report, round);
        let figures = full.ring(&notifier);
        report.add("sidebar", "notifier of 10,000", round, figures);
    }
}

impl Full {
    fn open(setting: &Setting) -> Full {
        let runtime = Runtime::new().expect("a runtime");
        let inside = Inside::open(&runtime, &setting.scratch(), 2);
        let size = match setting.small {
            true => town::SMALL,
            false => town::FULL,
        };
        let town = Town::build(&inside.app.config.data, size);
        let rooms = Rooms::new(inside.app.clone());
        Full {
            runtime,
            inside,
            town,
            rooms,
            small: setting.small,
        }
    }

    /// A list of which nothing is kept.
    fn fresh_rooms(&self) -> Rooms {
        Rooms::new(self.inside.app.clone())
    }

    fn member(&self, number: usize, room: RoomId) -> Member {
        let user = self.inside.members[number].user.clone();
        let member = self.runtime.block_on(self.rooms.admit(user, room));
        member.expect("they are in it")
    }

    /// Whether the list says what a plain count says.
    fn counts_well(&mut self) -> bool {
        let reader = &self.inside.members[0].user;
        let list = self.runtime.block_on(self.fresh_rooms().list(reader.id));
        let list = list.expect("the database reads");
        let counts = |(room, ..): &(i64, i64, i64)| {
            let entry = list.entry(RoomId(*room))?;
            Some((*room, entry.counts.unread, entry.counts.mentions))
        };
        let counted = self.town.counted();
        let said: Vec<_> = counted.iter().filter_map(counts).collect();
        list.entries.len() == self.town.size.mine && said == counted
    }

    /// Times `step`, and the median of that.
    fn time(&self, mut step: impl FnMut()) -> Figures {
        let (most, end) = (if self.small { 3 } else { 400 }, Duration::from_secs(2));
        let (mut times, started) = (
            Histogram::<u64>::new(3).expect("valid digits"),
            Instant::now(),
        );
        while times.len() < most && started.elapsed() < end {
            let begun = Instant::now();
            step();
            let nanos = begun.elapsed().as_nanos() as u64;
            times.record(nanos).expect("it grows by itself");
        }
        spread(&times)
    }

    fn whole_list(&self) -> Figures {
        let reader = &self.inside.members[0].user;
        self.time(|| {
            let list = self.runtime.block_on(self.fresh_rooms().list(reader.id));
            black_box(list.expect("the database reads"));
        })
    }

    fn stale_room(&self) -> Figures {
        let (rooms, live) = (self.fresh_rooms(), &self.inside.app.live);
        let reader = &self.inside.members[0].user;
        let list = || self.runtime.block_on(rooms.list(reader.id));
        let (mut rev, mut serial) = (1 << 40, list().expect("the database reads").serial);
        self.time(|| {
            rev += 1;
            live.publish(RoomId(7), Publication::new(Some(rev), "", None));
            let fresh = list().expect("the database reads").serial;
            assert_ne!(fresh, serial, "it was read again");
            serial = fresh;
        })
    }

    fn kept_list(&self) -> Figures {
        let (rooms, reader) = (self.fresh_rooms(), &self.inside.members[0].user);
        let list = || self.runtime.block_on(rooms.list(reader.id));
        let serial = list().expect("the database reads").serial;
        self.time(|| {
            let kept = list().expect("it is kept");
            assert_eq!(kept.serial, serial, "nothing was read");
        })
    }

    fn html(&self, number: usize) -> Figures {
        let member = self.member(number, LOBBY);
        let list = self
            .runtime
            .block_on(self.fresh_rooms().list(member.user.id));
        let list = list.expect("the database reads");
        let live = &self.inside.app.live;
        let sidebar = SidebarView::new(&member.user.viewer(), list, Some(LOBBY), live);
        let mut figures = self.time(|| {
            black_box(sidebar.whole().expect("it renders"));
        });
        let bytes = sidebar.whole().expect("it renders").len();
        figures.insert("bytes", bytes as f64);
        figures
    }

    /// The page of room 1, through all of the server but its sockets.
    fn page(&self, number: usize) -> Figures {
        let door = routes::routes(self.inside.app.clone());
        let bearer = format!("Bearer {}", self.inside.tokens[number]);
        let ask = || {
            let request = Request::builder().uri_str("/rooms/1");
            let request = request
                .header("accept", "text/html")
                .header("authorization", &bearer);
            let response = self.runtime.block_on(door.get_response(request.finish()));
            assert_eq!(response.status(), StatusCode::OK);
            response
        };
        let body = self.runtime.block_on(ask().into_body().into_bytes());
        let mut figures = self.time(|| drop(black_box(ask())));
        figures.insert("bytes", body.expect("a page").len() as f64);
        figures
    }

    fn directory(&self, words: &str) -> Figures {
        let reader = &self.inside.members[0].user;
        self.time(|| {
            let find = self.rooms.directory(reader, words, false, 0);
            let found = self.runtime.block_on(find).expect("the database reads");
            assert!(!found.items.is_empty());
        })
    }

    fn people(&self, words: &str) -> Figures {
        let people = People::new(self.inside.app.clone());
        self.time(|| {
            let found = self.runtime.block_on(people.search(words, 0));
            assert!(!found.expect("the database reads").items.is_empty());
        })
    }

    /// Some posts here, some there, while everyone has a bell; no row is written for each of those who
    /// are in the room.
    fn posts(&self, report: &mut Report, round: usize) {
        let turns = if self.small { 2 } else { 8 };
        let rooms = [(POST_2, RoomId(2)), (POST_10_000, LOBBY)];
        let mut figures = rooms.map(|(name, room)| Posts {
            name,
            member: self.member(1, room),
            times: Histogram::new(3).expect("valid digits"),
            cpu: Duration::ZERO,
            rows: 0,
        });
        for _ in 0..turns {
            figures.iter_mut().for_each(|posts| posts.some(self));
        }
        let rows = figures.each_ref().map(|posts| posts.rows);
        report.check(rows[0] == rows[1] && rows[0] > 0, || {
            format!("a post changes as many rows in any room: {rows:?}")
        });
        for posts in figures {
            report.add("sidebar", posts.name, round, posts.figures());
        }
    }

    /// Rows that the writing connection has changed so far.
    async fn changes(&self) -> i64 {
        let changes = self.inside.app.db.write(|tx| {
            let changes = sql_query("SELECT total_changes() AS number");
            Ok(changes.get_result::<Number>(tx.conn)?.number)
        });
        changes.await.expect("the writer answers")
    }

    /// A subscription of everyone, who are in room 1.
    fn subscribe(&self) -> Vec<Subscription> {
        let notifier = self.inside.app.live.notifier();
        let subscribe = |user: usize| {
            let user = UserId(user as i64);
            let subscription = notifier.subscribe(user, None);
            notifier.add_rooms(user, [LOBBY]);
            subscription
        };
        (1..=self.town.size.people).map(subscribe).collect()
    }

    /// From a change in the room until all have been woken.
    fn ring(&self, notifier: &[Subscription]) -> Figures {
        let calm = Duration::from_micros(250_000 + 60 * notifier.len() as u64);
        let live = &self.inside.app.live;
        let add = |news: &mut Invalidations| {
            news.rooms.insert(LOBBY);
        };
        let all = || {
            self.runtime.block_on(async {
                for subscription in notifier {
                    subscription.signal.notified().await;
                    assert!(
                        subscription.signal.take().rooms.contains(&LOBBY),
                        "it says where"
                    );
                }
            });
        };
        thread::sleep(2 * calm); // then the posts are rung out
        live.notifier().notify_room(LOBBY, add);
        all();
        let begun = Instant::now();
        live.notifier().room_changed(LOBBY);
        all();
        let woken = begun.elapsed();
        let begun = Instant::now();
        live.notifier().notify_room(LOBBY, add);
        let rung = begun.elapsed();
        Figures::from([
            ("p50_us", rung.as_secs_f64() * 1e6),
            ("woken_ms", woken.as_secs_f64() * 1e3),
        ])
    }
}

/// Posts in one room.
struct Posts {
    name: &'static str,
    member: Member,
    times: Histogram<u64>,
    cpu: Duration,
    rows: i64,
}

impl Posts {
    fn some(&mut self, full: &Full) {
        let count = if full.small { 3 } else { 200 };
        full.runtime.block_on(async {
            let (changes, cpu) = (full.changes().await, cpu_now());
            for _ in 0..count {
                let begun = Instant::now();
                full.inside.post_as(&self.member, "What is new?").await;
                let nanos = begun.elapsed().as_nanos() as u64;
                self.times.record(nanos).expect("it grows by itself");
            }
            self.cpu += cpu_now().saturating_sub(cpu);
            self.rows += full.changes().await - changes;
        });
    }

    fn figures(&self) -> Figures {
        let (posts, mut figures) = (self.times.len() as f64, spread(&self.times));
        figures.insert("cpu_us", self.cpu.as_secs_f64() * 1e6 / posts);
        figures.insert("rows", self.rows as f64 / posts);
        figures
    }
}

fn spread(nanos: &Histogram<u64>) -> Figures {
    let us = |quantile| nanos.value_at_quantile(quantile) as f64 / 1e3;
    Figures::from([("p50_us", us(0.5)), ("p99_us", us(0.99))])
}

/// CPU time of all threads of this process that are there now, to the nanosecond (procfs).
pub fn cpu_now() -> Duration {
    let threads = fs::read_dir("/proc/self/task").expect("procfs");
    let of = |thread: fs::DirEntry| {
        let stat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(threads.flatten().filter_map(of).sum())
}
