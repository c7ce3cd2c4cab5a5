//! Users online in each room, counted by sockets; changes are published with a rate limit.
//!
//! Invariants: several sockets of one user count once; a leave counts only after 5 s without a socket, so that a
//! reload is silent; pages show lines only about real absences; a room has at most one push a second; nothing is
//! stored.

mod attendance;
mod html;
mod lines;
mod names;
mod typing;

pub use html::{Attendee, PresenceHtml, RoomAttendees};

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use askama::Template;
use parking_lot::Mutex;

use crate::{
    app::App,
    db::{
        ids::{RoomId, UserId},
        time,
    },
    events::Event,
    live::{OnlineGuard, Publication, TextLine},
    rooms::Member,
    web::state::Handle,
};
use attendance::{Attendance, LISTED};
use html::Typist;
use lines::{ABSENCE, PresenceChange, RoomLines};

/// Time without a socket after which a user has left.
const GRACE: Duration = Duration::from_secs(5);
/// Minimum interval between two updates of a room's list, or of its typing users.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);
/// Rooms with recent absences before old ones are forgotten.
const REMEMBERED: usize = 4096;
/// Largest room (users online) that announces joins and leaves.
const ANNOUNCED: usize = 50;

/// Operations on presence, and its state. Cheap to clone.
#[derive(Clone)]
pub struct Presence(Arc<PresenceInner>);

impl Handle for Presence {}

struct PresenceInner {
    app: App,
    rooms: Mutex<HashMap<RoomId, Attendance>>,
    /// Change count of the server: a room removed from memory must not reuse a version that a page has
    /// seen.
    changes: AtomicU64,
    typing: Mutex<HashMap<RoomId, Vec<Typist>>>,
    lines: Mutex<HashMap<RoomId, RoomLines>>,
    started: Instant,
}

/// Presence of one socket in a room; ends when dropped.
pub struct RoomPresence {
    presence: Presence,
    room: RoomId,
    user: UserId,
    _online: OnlineGuard,
}

impl Presence {
    /// Presence without any user.
    pub fn new(app: App) -> Presence {
        let events = app.events.clone();
        let presence = Presence(Arc::new(PresenceInner {
            app,
            rooms: Mutex::default(),
            changes: AtomicU64::new(1),
            typing: Mutex::default(),
            lines: Mutex::default(),
            started: Instant::now(),
        }));
        let weak = Arc::downgrade(&presence.0);
        events.after_commit(move |event| {
            // The line about the new member is enough.
            if let (Event::MemberJoined { room, user, .. }, Some(inner)) = (event, weak.upgrade()) {
                Presence(inner).with_lines(*room, |lines| lines.record_left(*user, Instant::now()));
            }
        });
        presence.follow_names();
        presence
    }

    /// Counts one more socket of `member`.
    pub fn enter(&self, member: &Member) -> RoomPresence {
        let (room, user) = (member.room.id, member.user.id);
        let mut rooms = self.0.rooms.lock();
        let attendance = rooms.entry(room).or_default();
        let joined = attendance.enter(Attendee::of(member));
        if joined {
            attendance.version = self.next_version();
        }
        let count = attendance.people.len();
        let name = attendance.people[&user].attendee.name.clone();
        drop(rooms);
        if joined {
            let what = format!("{} joined the chat!", member.user.username);
            let was_absent =
                self.with_lines(room, |lines| lines.record_joined(user, Instant::now()));
            let returned = was_absent.then_some((user, &name, PresenceChange::Joined));
            self.announce(room, count, what, returned);
        }
        RoomPresence {
            presence: self.clone(),
            room,
            user,
            _online: self.0.app.live.online().connect(user),
        }
    }

    /// Users online in a room.
    pub fn now(&self, room: RoomId) -> RoomAttendees {
        let rooms = self.0.rooms.lock();
        rooms
            .get(&room)
            .map_or_else(RoomAttendees::default, Attendance::listed)
    }

    /// State that decides what [`Presence::with`] returns for `member`.
    pub fn version(&self, member: &Member) -> (u64, bool) {
        let rooms = self.0.rooms.lock();
        rooms.get(&member.room.id).map_or((0, false), |attendance| {
            let is_present = attendance.people.contains_key(&member.user.id);
            (attendance.version, is_present)
        })
    }

    /// Users online in the room of `member`, with `member` added, for the page that they are opening.
    pub fn with(&self, member: &Member) -> RoomAttendees {
        let mut present = self.now(member.room.id);
        let (_, is_present) = self.version(member);
        if !is_present {
            let attendee = Attendee::of(member);
            let people = &mut present.people;
            let at = people.partition_point(|one| one.sort_key() < attendee.sort_key());
            people.insert(at, attendee);
            present.count += 1;
            present.people.truncate(LISTED);
            present.more = present.count - present.people.len();
        }
        present
    }

    /// Announces a join or leave in small rooms and updates the list. Plain-text clients get `what`, pages get a line
    /// only about a real absence.
    fn announce(
        &self,
        room: RoomId,
        count: usize,
        what: String,
        shown: Option<(UserId, &Arc<str>, PresenceChange)>,
    ) {
        if count <= ANNOUNCED {
            let (at, text) = (time::now(), what);
            let html = match shown {
                Some((user, name, change)) => self.line(room, (user, name), change),
                None => heartbeat(),
            };
            self.publish(room, &html, Some(TextLine::Announcement { at, text }));
        }
        self.push_soon(room);
    }

    /// HTML of the line about a user who came back or left.
    fn line(&self, room: RoomId, user: (UserId, &Arc<str>), change: PresenceChange) -> String {
        let rev = self.0.app.live.newest([room].into_iter()).pop().flatten();
        let text = self.with_lines(room, |lines| lines.line(user, change, rev, Instant::now()));
        let line = PresenceHtml::Line { text: &text };
        line.render().unwrap_or_default()
    }

    fn with_lines<T>(&self, room: RoomId, act: impl FnOnce(&mut RoomLines) -> T) -> T {
        let mut rooms = self.0.lines.lock();
        if rooms.len() >= REMEMBERED && !rooms.contains_key(&room) {
            let now = Instant::now();
            rooms.retain(|_, lines| {
                lines.forget_old(now);
                !lines.is_unused(now)
            });
        }
        let lines = rooms.entry(room);
        act(lines.or_insert_with(|| RoomLines::new(self.0.started)))
    }

    /// Shows a line about a user who left and has not returned since.
    fn show_absence(&self, room: RoomId, (user, name): (UserId, &Arc<str>), left: Instant) {
        if self.with_lines(room, |lines| lines.ends_absent(user, left)) {
            let count = self.now(room).count;
            if (1..=ANNOUNCED).contains(&count) {
                let html = self.line(room, (user, name), PresenceChange::Left);
                self.publish(room, &html, None);
            }
        }
        let mut rooms = self.0.lines.lock();
        if rooms
            .get(&room)
            .is_some_and(|lines| lines.is_unused(Instant::now()))
        {
            rooms.remove(&room);
        }
    }

    /// Schedules one update of the list, as early as the interval allows.
    fn push_soon(&self, room: RoomId) {
        let mut rooms = self.0.rooms.lock();
        let attendance = rooms.entry(room).or_default();
        if std::mem::replace(&mut attendance.push_is_due, true) {
            return;
        }
        let remaining = |at: Instant| UPDATE_INTERVAL.saturating_sub(at.elapsed());
        let wait = attendance.pushed_at.map_or(Duration::ZERO, remaining);
        drop(rooms);
        let presence = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            presence.push(room);
        });
    }

    fn push(&self, room: RoomId) {
        let mut rooms = self.0.rooms.lock();
        let mut attendance = rooms.remove(&room).unwrap_or_default();
        attendance.push_is_due = false;
        attendance.pushed_at = Some(Instant::now());
        let present = attendance.listed();
        let list_changed = std::mem::take(&mut attendance.list_changed);
        if !attendance.people.is_empty() {
            rooms.insert(room, attendance);
        }
        drop(rooms);
        let html = match list_changed {
            true => present.html(),
            false => present.counts_html(),
        };
        match html {
            Ok(html) => self.publish(room, &html, Some(TextLine::Status(present.line()))),
            Err(error) => tracing::error!(%error, "a presence list could not be rendered"),
        }
    }

    fn publish(&self, room: RoomId, html: &str, line: Option<TextLine>) {
        let live = &self.0.app.live;
        live.publish(room, Publication::new(None, html, line));
        live.flush();
    }

    /// Removes one socket; the user leaves after [`GRACE`].
    fn leave(&self, room: RoomId, user: UserId) {
        let mut rooms = self.0.rooms.lock();
        let people = rooms
            .get_mut(&room)
            .map(|attendance| &mut attendance.people);
        let Some(visit) = people.and_then(|people| people.get_mut(&user)) else {
            return;
        };
        visit.sockets = visit.sockets.saturating_sub(1);
        if visit.sockets > 0 {
            return;
        }
        let (presence, arrivals) = (self.clone(), visit.arrivals);
        drop(rooms);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(GRACE).await;
                presence.gone(room, user, arrivals);
            });
        }
    }

    /// Removes a user who has not returned since.
    fn gone(&self, room: RoomId, user: UserId, arrivals: u64) {
        let mut rooms = self.0.rooms.lock();
        let Some(attendance) = rooms.get_mut(&room) else {
            return;
        };
        let count = attendance.people.len();
        let Some(attendee) = attendance.leave(user, arrivals) else {
            return;
        };
        attendance.version = self.next_version();
        drop(rooms);
        let left = Instant::now();
        self.with_lines(room, |lines| lines.record_left(user, left));
        let what = format!("{} left the chat!", attendee.username);
        self.announce(room, count, what, None);
        let presence = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(ABSENCE).await;
            presence.show_absence(room, (user, &attendee.name), left);
        });
    }

    fn next_version(&self) -> u64 {
        self.0.changes.fetch_add(1, Ordering::Relaxed)
    }
}

/// Frame for pages that have nothing to show.
fn heartbeat() -> String {
    format!(r#"{{"heartbeat":{}}}"#, time::now())
}

impl Drop for RoomPresence {
    fn drop(&mut self) {
        self.presence.leave(self.room, self.user);
    }
}
