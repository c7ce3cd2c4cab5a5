//! Sidebar lists, directories, posts and notifications in a workspace of 1,000 rooms and 10,000 users, in this
//! process.

use std::{
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
    Options,
    dataset::{
        Number,
        workspace::{self, Unread, Workspace},
    },
    fixture::Fixture,
    in_process::InProcess,
    report::{Figures, Report},
    server::thread_cpu,
};

/// List of a user who has read most rooms, with an empty cache.
pub const TYPICAL: &str = "list of 200 rooms";
/// The same with 150 unread messages in each room.
pub const ALL_UNREAD: &str = "list of 200 rooms, all unread";
pub const POST_2: &str = "post in a room of 2";
pub const POST_10_000: &str = "post in a room of 10,000";

/// The room of all users.
const LOBBY: RoomId = RoomId(1);

/// The application with the workspace. Account 0 is the reader in 200 rooms, account 1 is in three rooms.
struct SidebarFixture {
    runtime: Runtime,
    app: InProcess,
    workspace: Workspace,
    rooms: Rooms,
    small: bool,
}

/// All measurements in turn.
pub fn run(options: &Options, _: &Fixture, report: &mut Report) {
    let mut fixture = SidebarFixture::open(options);
    for round in 0..options.rounds {
        for (unread, name) in [(Unread::Typical, TYPICAL), (Unread::Everywhere, ALL_UNREAD)] {
            fixture.workspace.set_unread(unread);
            report.check(fixture.counts_are_right(), || {
                format!("counts of the {name}")
            });
            report.add("sidebar", name, round, fixture.uncached_list());
        }
        fixture.workspace.set_unread(Unread::Typical);
        report.add(
            "sidebar",
            "list of 200 rooms, one outdated",
            round,
            fixture.outdated_room(),
        );
        report.add(
            "sidebar",
            "list of 200 rooms, cached",
            round,
            fixture.cached_list(),
        );
        for (account, name) in [(1, "HTML of 3 rooms"), (0, "HTML of 200 rooms")] {
            report.add("sidebar", name, round, fixture.html(account));
        }
        for (account, name) in [(1, "page with 3 rooms"), (0, "page with 200 rooms")] {
            report.add("sidebar", name, round, fixture.page(account));
        }
        for (words, name) in [("", "directory"), ("room-7", "directory search")] {
            report.add("sidebar", name, round, fixture.directory(words));
        }
        for (words, name) in [("", "people"), ("ada", "people search")] {
            report.add("sidebar", name, round, fixture.people(words));
        }
        let subscriptions = fixture.subscribe_all();
        fixture.posts(report, round);
        let figures = fixture.notify(&subscriptions);
        report.add("sidebar", "notify 10,000 users", round, figures);
    }
}

impl SidebarFixture {
    fn open(options: &Options) -> SidebarFixture {
        let runtime = Runtime::new().expect("a runtime");
        let app = InProcess::open(&runtime, &options.scratch(), 2);
        let size = match options.small {
            true => workspace::SMALL,
            false => workspace::FULL,
        };
        let workspace = Workspace::fill(&app.app.config.data, size);
        let rooms = Rooms::new(app.app.clone());
        SidebarFixture {
            runtime,
            app,
            workspace,
            rooms,
            small: options.small,
        }
    }

    /// Rooms with an empty cache.
    fn fresh_rooms(&self) -> Rooms {
        Rooms::new(self.app.app.clone())
    }

    fn member(&self, account: usize, room: RoomId) -> Member {
        let user = self.app.members[account].user.clone();
        let member = self.runtime.block_on(self.rooms.admit(user, room));
        member.expect("the account is a member")
    }

    /// Whether the list agrees with a plain count.
    fn counts_are_right(&mut self) -> bool {
        let reader = &self.app.members[0].user;
        let list = self.runtime.block_on(self.fresh_rooms().list(reader.id));
        let list = list.expect("the database reads");
        let counts = |(room, ..): &(i64, i64, i64)| {
            let entry = list.entry(RoomId(*room))?;
            Some((*room, entry.counts.unread, entry.counts.mentions))
        };
        let expected = self.workspace.expected_counts();
        let listed: Vec<_> = expected.iter().filter_map(counts).collect();
        list.entries.len() == self.workspace.size.joined && listed == expected
    }

    /// Times `step` at most 400 times or for two seconds.
    fn time(&self, mut step: impl FnMut()) -> Figures {
        let (repeats, end) = (if self.small { 3 } else { 400 }, Duration::from_secs(2));
        let (mut times, started) = (
            Histogram::<u64>::new(3).expect("valid digits"),
            Instant::now(),
        );
        while times.len() < repeats && started.elapsed() < end {
            let step_started = Instant::now();
            step();
            let nanos = step_started.elapsed().as_nanos() as u64;
            times.record(nanos).expect("the histogram resizes itself");
        }
        spread(&times)
    }

    fn uncached_list(&self) -> Figures {
        let reader = &self.app.members[0].user;
        self.time(|| {
            let list = self.runtime.block_on(self.fresh_rooms().list(reader.id));
            black_box(list.expect("the database reads"));
        })
    }

    fn outdated_room(&self) -> Figures {
        let (rooms, live) = (self.fresh_rooms(), &self.app.app.live);
        let reader = &self.app.members[0].user;
        let list = || self.runtime.block_on(rooms.list(reader.id));
        let (mut rev, mut serial) = (1 << 40, list().expect("the database reads").serial);
        self.time(|| {
            rev += 1;
            live.publish(RoomId(7), Publication::new(Some(rev), "", None));
            let fresh = list().expect("the database reads").serial;
            assert_ne!(fresh, serial, "the list was read again");
            serial = fresh;
        })
    }

    fn cached_list(&self) -> Figures {
        let (rooms, reader) = (self.fresh_rooms(), &self.app.members[0].user);
        let list = || self.runtime.block_on(rooms.list(reader.id));
        let serial = list().expect("the database reads").serial;
        self.time(|| {
            let cached = list().expect("the list is cached");
            assert_eq!(cached.serial, serial, "nothing was read");
        })
    }

    fn html(&self, account: usize) -> Figures {
        let member = self.member(account, LOBBY);
        let list = self
            .runtime
            .block_on(self.fresh_rooms().list(member.user.id));
        let list = list.expect("the database reads");
        let live = &self.app.app.live;
        let sidebar = SidebarView::new(&member.user.viewer(), list, Some(LOBBY), live);
        let mut figures = self.time(|| {
            black_box(sidebar.whole().expect("the template renders"));
        });
        let bytes = sidebar.whole().expect("the template renders").len();
        figures.insert("bytes", bytes as f64);
        figures
    }

    /// The page of the lobby through the whole application, without a network.
    fn page(&self, account: usize) -> Figures {
        let endpoint = routes::routes(self.app.app.clone());
        let bearer = format!("Bearer {}", self.app.tokens[account]);
        let get = || {
            let request = Request::builder().uri_str("/rooms/1");
            let request = request
                .header("accept", "text/html")
                .header("authorization", &bearer);
            let response = self
                .runtime
                .block_on(endpoint.get_response(request.finish()));
            assert_eq!(response.status(), StatusCode::OK);
            response
        };
        let body = self.runtime.block_on(get().into_body().into_bytes());
        let mut figures = self.time(|| drop(black_box(get())));
        figures.insert("bytes", body.expect("a page").len() as f64);
        figures
    }

    fn directory(&self, words: &str) -> Figures {
        let reader = &self.app.members[0].user;
        self.time(|| {
            let find = self.rooms.directory(reader, words, false, 0);
            let found = self.runtime.block_on(find).expect("the database reads");
            assert!(!found.items.is_empty());
        })
    }

    fn people(&self, words: &str) -> Figures {
        let people = People::new(self.app.app.clone());
        let reader = &self.app.members[0].user;
        self.time(|| {
            let found = self.runtime.block_on(people.search(reader, words, 0));
            assert!(!found.expect("the database reads").items.is_empty());
        })
    }

    /// Posts in a small and in a large room in turn, while every user has a subscription. A post must not
    /// write a row per member.
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
            figures.iter_mut().for_each(|posts| posts.post_batch(self));
        }
        let rows = figures.each_ref().map(|posts| posts.rows);
        report.check(rows[0] == rows[1] && rows[0] > 0, || {
            format!("a post writes as many rows in a large room as in a small one: {rows:?}")
        });
        for posts in figures {
            report.add("sidebar", posts.name, round, posts.figures());
        }
    }

    /// Rows changed by the writer so far.
    async fn rows_changed(&self) -> i64 {
        let changes = self.app.app.db.write(|tx| {
            let changes = sql_query("SELECT total_changes() AS number");
            Ok(changes.get_result::<Number>(tx.conn)?.number)
        });
        changes.await.expect("the writer answers")
    }

    /// Subscribes every user to notifications of the lobby.
    fn subscribe_all(&self) -> Vec<Subscription> {
        let notifier = self.app.app.live.notifier();
        let subscribe = |user: usize| {
            let user = UserId(user as i64);
            let subscription = notifier.subscribe(user, None);
            notifier.add_rooms(user, [LOBBY]);
            subscription
        };
        (1..=self.workspace.size.users).map(subscribe).collect()
    }

    /// Time to notify every user of a change in the lobby, and until all have received it.
    fn notify(&self, subscriptions: &[Subscription]) -> Figures {
        let debounce = Duration::from_micros(250_000 + 60 * subscriptions.len() as u64);
        let live = &self.app.app.live;
        let add = |changed: &mut Invalidations| {
            changed.rooms.insert(LOBBY);
        };
        let receive_all = || {
            self.runtime.block_on(async {
                for subscription in subscriptions {
                    subscription.signal.notified().await;
                    assert!(
                        subscription.signal.take().rooms.contains(&LOBBY),
                        "the room is named"
                    );
                }
            });
        };
        thread::sleep(2 * debounce); // until the notifications of the posts are delivered
        live.notifier().notify_room(LOBBY, add);
        receive_all();
        let started = Instant::now();
        live.notifier().room_changed(LOBBY);
        receive_all();
        let received = started.elapsed();
        let started = Instant::now();
        live.notifier().notify_room(LOBBY, add);
        let notified = started.elapsed();
        Figures::from([
            ("p50_us", notified.as_secs_f64() * 1e6),
            ("received_ms", received.as_secs_f64() * 1e3),
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
    fn post_batch(&mut self, fixture: &SidebarFixture) {
        let count = if fixture.small { 3 } else { 200 };
        fixture.runtime.block_on(async {
            let (rows, cpu) = (fixture.rows_changed().await, thread_cpu("self"));
            for _ in 0..count {
                let started = Instant::now();
                fixture.app.post_as(&self.member, "What is new?").await;
                let nanos = started.elapsed().as_nanos() as u64;
                self.times
                    .record(nanos)
                    .expect("the histogram resizes itself");
            }
            self.cpu += thread_cpu("self").saturating_sub(cpu);
            self.rows += fixture.rows_changed().await - rows;
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
