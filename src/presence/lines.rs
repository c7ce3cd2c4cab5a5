//! Lines on pages about users who came back or left: only after a real absence, users who come or go together in one
//! line. Plain-text clients are told of every join and leave instead.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::db::ids::UserId;

/// Time without a socket after which a user counts as absent, and in which users come or go together.
pub const ABSENCE: Duration = Duration::from_secs(10 * 60);
/// Absences in a room before old ones are forgotten.
const REMEMBERED: usize = 64;
/// Names in a line; the others are counted.
const NAMED: usize = 3;

/// Absences in one room, and its newest line.
pub struct RoomLines {
    /// Start of the recording: an absence that began before it is unknown.
    since: Instant,
    /// When each user left who is not present and may not yet be absent.
    left: HashMap<UserId, Instant>,
    newest: Option<Line>,
}

/// A line, as long as nothing else was said after it.
struct Line {
    at: Instant,
    /// Rev of the room at that time.
    rev: Option<i64>,
    joined: Vec<(UserId, Arc<str>)>,
    left: Vec<(UserId, Arc<str>)>,
}

/// Change of a user's presence that gets a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceChange {
    Joined,
    Left,
}

impl RoomLines {
    /// Lines of a room of which nothing is known before `since`.
    pub fn new(since: Instant) -> RoomLines {
        RoomLines {
            since,
            left: HashMap::new(),
            newest: None,
        }
    }

    /// Records that a user left, or was last seen, at `now`.
    pub fn record_left(&mut self, user: UserId, now: Instant) {
        if self.left.len() >= REMEMBERED {
            self.forget_old(now);
        }
        self.left.insert(user, now);
    }

    /// Records that a user came. Returns whether they were absent before.
    pub fn record_joined(&mut self, user: UserId, now: Instant) -> bool {
        let left = self.left.remove(&user).unwrap_or(self.since);
        now.duration_since(left) >= ABSENCE
    }

    /// Whether a user who left at `left` is absent now, so that their leave gets a line.
    pub fn ends_absent(&mut self, user: UserId, left: Instant) -> bool {
        let is_absent = self.left.get(&user) == Some(&left);
        if is_absent {
            self.left.remove(&user);
        }
        is_absent
    }

    /// Forgets users who left long ago: not to know them means the same.
    pub fn forget_old(&mut self, now: Instant) {
        let is_recent = |left: &mut Instant| now.duration_since(*left) < 2 * ABSENCE;
        self.left.retain(|_, left| is_recent(left));
    }

    /// Whether the room needs no memory any more.
    pub fn is_unused(&self, now: Instant) -> bool {
        let is_old = |line: &Line| now.duration_since(line.at) >= ABSENCE;
        self.left.is_empty() && self.newest.as_ref().is_none_or(is_old)
    }

    /// The line for a change at the room's rev. It replaces the newest one on pages if nothing was said in between, and
    /// then names its users, too.
    pub fn line(
        &mut self,
        (user, name): (UserId, &Arc<str>),
        change: PresenceChange,
        rev: Option<i64>,
        now: Instant,
    ) -> String {
        let newest = self.newest.take();
        let continued =
            newest.filter(|line| line.rev == rev && now.duration_since(line.at) < ABSENCE);
        let mut line = continued.unwrap_or(Line {
            at: now,
            rev,
            joined: Vec::new(),
            left: Vec::new(),
        });
        line.joined.retain(|(id, _)| *id != user);
        line.left.retain(|(id, _)| *id != user);
        let users = match change {
            PresenceChange::Joined => &mut line.joined,
            PresenceChange::Left => &mut line.left,
        };
        users.push((user, name.clone()));
        let text = line.text();
        self.newest = Some(line);
        text
    }
}

impl Line {
    fn text(&self) -> String {
        let parts = [
            (&self.joined, "joined the chat"),
            (&self.left, "left the chat"),
        ];
        let parts = parts.iter().filter(|(users, _)| !users.is_empty());
        let parts: Vec<String> = parts
            .map(|(users, verb)| format!("{} {verb}", names(users)))
            .collect();
        parts.join(" · ")
    }
}

/// Names in a sentence: "ada", "ada and bob", "ada, bob, cleo and 2 others".
fn names(users: &[(UserId, Arc<str>)]) -> String {
    let mut shown: Vec<String> = users
        .iter()
        .take(NAMED)
        .map(|(_, name)| name.to_string())
        .collect();
    match users.len().saturating_sub(NAMED) {
        0 => {}
        1 => shown.push("1 other".into()),
        more => shown.push(format!("{more} others")),
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId(1);
    const BOB: UserId = UserId(2);

    fn name(id: UserId) -> Arc<str> {
        ["ada", "bob", "cleo", "dan", "eve"][id.0 as usize - 1].into()
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_join_gets_a_line_only_after_ten_minutes() {
        let start = Instant::now();
        for (absent, expected) in [
            (0, false),
            (5, false),
            (599, false),
            (600, true),
            (9000, true),
        ] {
            let mut lines = RoomLines::new(start);
            lines.record_left(ADA, after(start, 100));
            let returned = after(start, 100 + absent);
            assert_eq!(lines.record_joined(ADA, returned), expected, "{absent} s");
        }
    }

    #[test]
    fn right_after_a_restart_a_return_gets_no_line() {
        let start = Instant::now();
        let mut lines = RoomLines::new(start);
        assert!(!lines.record_joined(ADA, after(start, 30)));
        assert!(lines.record_joined(BOB, after(start, 600)));
    }

    #[test]
    fn a_leave_gets_a_line_only_if_the_user_has_not_returned() {
        let start = Instant::now();
        let mut lines = RoomLines::new(start);
        lines.record_left(ADA, start);
        lines.record_joined(ADA, after(start, 10));
        assert!(!lines.ends_absent(ADA, start), "returned");
        let again = after(start, 20);
        lines.record_left(ADA, again);
        assert!(!lines.ends_absent(ADA, start), "left again later");
        assert!(lines.ends_absent(ADA, again));
        assert!(lines.is_unused(again));
    }

    #[test]
    fn old_absences_are_forgotten() {
        let start = Instant::now();
        let mut lines = RoomLines::new(start);
        for id in 0..REMEMBERED as i64 {
            lines.record_left(UserId(id), start);
        }
        lines.record_left(UserId(-1), after(start, 1200));
        assert_eq!(lines.left.len(), 1);
        assert!(lines.record_joined(UserId(5), after(start, 1200)), "absent");
    }

    #[test]
    fn users_who_come_or_go_together_share_a_line_until_something_is_said() {
        let start = Instant::now();
        let mut lines = RoomLines::new(start);
        let mut line = |user: UserId, change, rev, seconds| {
            lines.line(
                (user, &name(user)),
                change,
                Some(rev),
                after(start, seconds),
            )
        };
        use PresenceChange::{Joined, Left};
        for (user, change, rev, at, expected) in [
            (1, Joined, 7, 0, "ada joined the chat"),
            (2, Joined, 7, 5, "ada and bob joined the chat"),
            (
                3,
                Left,
                7,
                9,
                "ada and bob joined the chat · cleo left the chat",
            ),
            (
                2,
                Left,
                7,
                20,
                "ada joined the chat · cleo and bob left the chat",
            ),
            (2, Joined, 8, 30, "bob joined the chat"),
            (1, Joined, 8, 700, "ada joined the chat"),
        ] {
            assert_eq!(line(UserId(user), change, rev, at), expected);
        }
    }

    #[test]
    fn a_line_names_three_users_and_counts_the_others() {
        let all: Vec<_> = (1..=5).map(|id| (UserId(id), name(UserId(id)))).collect();
        let texts = [1, 2, 3, 4, 5].map(|count| names(&all[..count]));
        assert_eq!(
            texts,
            [
                "ada",
                "ada and bob",
                "ada, bob and cleo",
                "ada, bob, cleo and 1 other",
                "ada, bob, cleo and 2 others",
            ]
        );
    }
}
