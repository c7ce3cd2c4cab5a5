//! Random actions of the users, one at a time, applied to the server and to the model.

use std::sync::Arc;

use chatterbox::db::ids::MessageId;
use chatterbox::error::Error;
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::{Mark, Preference};
use chatterbox::rooms::Kind;
use chatterbox::rooms::RoomList;

use super::fixtures::{Fixture, LOBBY, NAMES};
use super::model::{MessageModel, RoomModel, UserIndex, rows};
use crate::harness::random::Random;

/// Number of messages of a single post and of a burst.
const FEW: usize = 1;
const MANY: usize = 60;

/// A sequence of random actions, and the model that follows them.
pub struct RandomChanges<'a> {
    fixture: &'a Fixture,
    random: Random,
    models: Vec<RoomModel>,
    /// The list of each user at the last comparison.
    last_lists: Vec<Option<Arc<RoomList>>>,
    pub coverage: Coverage,
}

/// Counts of the cases that occurred, so that a test can require them.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Lists in which only changed rows were read again.
    pub partly_reread: usize,
    /// Unchanged lists from the cache.
    pub cached: usize,
    /// Rows with more unread messages than the limit.
    pub over_limit: usize,
    /// Rows with more mentions than the limit.
    pub mentions_over_limit: usize,
}

impl Coverage {
    pub fn add(&mut self, other: &Coverage) {
        self.partly_reread += other.partly_reread;
        self.cached += other.cached;
        self.over_limit += other.over_limit;
        self.mentions_over_limit += other.mentions_over_limit;
    }
}

impl<'a> RandomChanges<'a> {
    /// Creates four rooms and adds the current state of the lobby.
    pub async fn new(fixture: &'a Fixture, seed: u64) -> RandomChanges<'a> {
        let users = 0..NAMES.len();
        let open = fixture.create(0, &format!("open {seed}"), Kind::Open).await;
        let closed = fixture
            .create(1, &format!("closed {seed}"), Kind::Closed)
            .await;
        let pair = fixture.direct(0, &[1]).await;
        let three = fixture.direct(2, &[0, 3]).await;
        let mut models = vec![fixture.load_room(LOBBY).await];
        models.push(RoomModel::new(open, [0]));
        models.push(RoomModel::new(closed, [1]));
        models.push(fixture.load_room(pair).await);
        models.push(fixture.load_room(three).await);
        RandomChanges {
            fixture,
            random: Random::new(seed),
            models,
            last_lists: users.map(|_| None).collect(),
            coverage: Coverage::default(),
        }
    }

    /// Performs one random action and describes it.
    pub async fn step(&mut self) -> String {
        let at = self.random.below(self.models.len());
        let user = self.random.below(NAMES.len());
        let done = match self.random.below(100) {
            0..=25 => self.post(at, FEW).await,
            26..=33 => self.answer(user, at).await,
            34..=38 => self.post(at, MANY).await,
            39..=45 => self.mark(user, at).await,
            46..=48 => self.mark_thread(user, at).await,
            49..=50 => self.set_following(user, at).await,
            51..=53 => self.mark_all(user).await,
            54..=70 => self.edit_or_delete(at, true).await,
            71..=77 => self.edit_or_delete(at, false).await,
            78..=84 => self.prefer(user, at).await,
            85..=91 => self.join(user, at).await,
            92..=94 => self.remove_member(user, at).await,
            95..=97 => self.leave(user, at).await,
            _ => self.reopen_direct(user).await,
        };
        format!("{} in {}: {done}", NAMES[user], self.models[at].room)
    }

    async fn post(&mut self, at: usize, count: usize) -> String {
        let room = self.models[at].room;
        let members: Vec<UserIndex> = self.models[at].members.keys().copied().collect();
        let (mut sent, mut drafts) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let Some(&author) = self.random.of(&members) else {
                return "the room has no members".into();
            };
            let mut mentioned: Vec<UserIndex> = (0..NAMES.len()).collect();
            mentioned.retain(|_| self.random.below(4) < if count > 1 { 3 } else { 1 });
            let member = self.fixture.member(author, room).await;
            drafts.push((member.expect("the user is a member"), mentioned.clone()));
            mentioned.retain(|user| members.contains(user));
            sent.push((author, mentioned));
        }
        for ((member, words), (author, mentioned)) in drafts.iter().zip(sent) {
            let id = self.fixture.post(member, words, None).await;
            self.models[at].add_message(MessageModel {
                id: id.expect("members may post"),
                author,
                mentioned,
                late: Vec::new(),
                deleted: false,
                thread: None,
            });
        }
        format!("{count} posted")
    }

    /// One of the last three messages of a room that are not deleted.
    fn root(&mut self, at: usize) -> Option<i64> {
        let message = self.models[at].messages.iter();
        let there = message.filter(|message| message.thread.is_none() && !message.deleted);
        let ids: Vec<i64> = there.map(|message| message.id).collect();
        self.random.of(&ids[ids.len().saturating_sub(3)..]).copied()
    }

    async fn answer(&mut self, author: UserIndex, at: usize) -> String {
        let room = self.models[at].room;
        let (Some(root), Ok(member)) = (self.root(at), self.fixture.member(author, room).await)
        else {
            return "nothing to answer".into();
        };
        let words: Vec<UserIndex> = (0..NAMES.len())
            .filter(|_| self.random.below(5) == 0)
            .collect();
        let id = self.fixture.post(&member, &words, Some(root)).await;
        let mut mentioned = words;
        mentioned.retain(|user| self.models[at].members.contains_key(user));
        self.models[at].add_message(MessageModel {
            id: id.expect("members may post"),
            author,
            mentioned,
            late: Vec::new(),
            deleted: false,
            thread: Some(root),
        });
        format!("an answer to {root}")
    }

    /// Marks the answers of a thread as read up to one of them.
    async fn mark_thread(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let Ok(member) = self.fixture.member(user, model.room).await else {
            return "not a member: no thread to mark".into();
        };
        let answers: Vec<(i64, i64)> = model
            .messages
            .iter()
            .filter_map(|message| Some((message.thread?, message.id)))
            .collect();
        let Some(&(root, id)) = self.random.of(&answers) else {
            return "no answers".into();
        };
        let (to, threads) = (MessageId(id), &self.fixture.threads);
        let marked = threads.mark(&member, MessageId(root), to).await;
        marked.expect("the answer is in the thread");
        if let Some(state) = model.follows.get_mut(&(user, root)) {
            state.read = state.read.max(id);
        }
        model.read_late(user, |message| message.thread == Some(root));
        format!("{root} is read to {id}")
    }

    /// Follows or unfollows a thread.
    async fn set_following(&mut self, user: UserIndex, at: usize) -> String {
        let (room, follows) = (self.models[at].room, self.random.below(2) == 0);
        let (Some(root), Ok(member)) = (self.root(at), self.fixture.member(user, room).await)
        else {
            return "nothing to follow".into();
        };
        let threads = &self.fixture.threads;
        let result = threads.set_following(&member, MessageId(root), follows);
        result.await.expect("the message is in the room");
        self.models[at].set_following(user, root, follows);
        format!("following {root}: {follows}")
    }

    async fn mark(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let Ok(member) = self.fixture.member(user, model.room).await else {
            assert!(!model.members.contains_key(&user), "the user is a member");
            return "not a member: nothing to mark".into();
        };
        let message = self.random.of(&model.messages).map(|message| message.id);
        let mark = match (self.random.below(4), message) {
            (0, _) | (_, None) => Mark::All,
            (1, Some(id)) => Mark::From(MessageId(id)),
            (_, Some(id)) => Mark::UpTo(MessageId(id)),
        };
        let marked = self.fixture.reading.mark(&member, mark).await;
        marked.expect("the message is in the room");
        match mark {
            Mark::All => model.read_all(user),
            Mark::UpTo(id) => model.read_up_to(user, id.0),
            Mark::From(id) => {
                let membership = model.members.get_mut(&user);
                membership.expect("the user is a member").read = id.0 - 1;
            }
        }
        format!("{mark:?}")
    }

    async fn mark_all(&mut self, user: UserIndex) -> String {
        let marked = self
            .fixture
            .reading
            .mark_all(&self.fixture.users[user])
            .await;
        marked.expect("the database answers");
        for model in &mut self.models {
            if model.members.contains_key(&user) {
                model.read_all(user);
            }
        }
        "marked everything as read".into()
    }

    /// Deletes or edits a message as its author; a deleted message cannot be edited.
    async fn edit_or_delete(&mut self, at: usize, delete: bool) -> String {
        let model = &mut self.models[at];
        let recent = model.messages.len().saturating_sub(60);
        let Some(message) = self.random.of(&model.messages[recent..]).cloned() else {
            return "no message to change".into();
        };
        let Ok(author) = self.fixture.member(message.author, model.room).await else {
            return "the author is not a member".into();
        };
        let mut mentioned: Vec<UserIndex> = (0..NAMES.len()).collect();
        mentioned.retain(|_| self.random.below(4) == 0);
        let result = match delete {
            true => self.fixture.delete(&author, message.id).await,
            false => self.fixture.edit(&author, message.id, &mentioned).await,
        };
        match (result, message.deleted && !delete) {
            (Ok(()), false) | (Err(Error::Conflict(_)), true) => {}
            (result, _) => panic!("{result:?} of {message:?}"),
        }
        let one = model.messages.iter_mut().find(|one| one.id == message.id);
        let one = one.expect("the message is in the model");
        one.deleted |= delete;
        if one.deleted {
            one.late.clear();
        } else {
            mentioned.retain(|user| model.members.contains_key(user));
            model.edit(message.id, mentioned);
        }
        format!("edited or deleted {}", message.id)
    }

    async fn prefer(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let Ok(member) = self.fixture.member(user, model.room).await else {
            return "not a member: no preferences".into();
        };
        let levels = [
            NotifyLevel::Everything,
            NotifyLevel::Mentions,
            NotifyLevel::Nothing,
        ];
        let flag = |random: &mut Random| [Some(true), Some(false), None][random.below(3)];
        let preference = Preference {
            notify: self.random.of(&levels).copied(),
            hidden: flag(&mut self.random),
            favourite: flag(&mut self.random),
        };
        let preferred = self.fixture.reading.prefer(&member, preference).await;
        preferred.expect("the user is a member");
        model.prefer(user, preference);
        format!("{preference:?}")
    }

    /// Joins a room, or is added or invited by a member.
    async fn join(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let members: Vec<UserIndex> = model.members.keys().copied().collect();
        let result = match self.random.of(&members).filter(|_| at != 1) {
            None => {
                let join = self
                    .fixture
                    .rooms
                    .join(&self.fixture.users[user], model.room);
                join.await
            }
            Some(inviter) => {
                let inviter = self.fixture.member(*inviter, model.room).await;
                let inviter = inviter.expect("the user is a member");
                let names = vec![NAMES[user].to_owned()];
                let rooms = &self.fixture.rooms;
                match rooms.invite(&inviter, names).await {
                    Ok(added) if !added.invited.is_empty() => {
                        let invited = &self.fixture.users[user];
                        rooms.accept(invited, model.room).await
                    }
                    added => added.map(drop),
                }
            }
        };
        match result {
            Ok(()) if !model.members.contains_key(&user) => model.join(user),
            Ok(()) => assert_eq!(at, 1, "a member cannot be added again"),
            Err(Error::Conflict(_) | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", model.members.keys())
    }

    async fn leave(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let Ok(member) = self.fixture.member(user, model.room).await else {
            return "not a member: cannot leave".into();
        };
        match self.fixture.rooms.leave(&member).await {
            Ok(()) => drop(model.members.remove(&user)),
            Err(Error::Conflict(_) | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", model.members.keys())
    }

    async fn remove_member(&mut self, user: UserIndex, at: usize) -> String {
        let model = &mut self.models[at];
        let members: Vec<UserIndex> = model
            .members
            .keys()
            .copied()
            .filter(|o| *o != user)
            .collect();
        let Some(other) = self.random.of(&members) else {
            return "no other member can remove the user".into();
        };
        let other = self.fixture.member(*other, model.room).await;
        let other = other.expect("the user is a member");
        match self.fixture.rooms.remove(&other, NAMES[user]).await {
            Ok(()) => assert!(
                model.members.remove(&user).is_some(),
                "the user was a member"
            ),
            Err(Error::NotFound | Error::Forbidden(_)) => {}
            Err(error) => panic!("{error}"),
        }
        format!("{:?}", model.members.keys())
    }

    /// Opens a direct conversation again, which shows it in the list.
    async fn reopen_direct(&mut self, user: UserIndex) -> String {
        let (at, others): (usize, &[UserIndex]) = match user {
            0 => (3, &[1]),
            1 => (3, &[0]),
            2 => (4, &[0, 3]),
            _ => return "the user has no direct conversation".into(),
        };
        let opened = self.fixture.direct(user, others).await;
        let model = &mut self.models[at];
        assert_eq!(opened, model.room, "the same users, the same conversation");
        let membership = model.members.get_mut(&user);
        membership.expect("the user is a member").hidden = false;
        "opened a direct conversation again".into()
    }

    /// Compares the room list of every user with the model.
    pub async fn compare(&mut self, after: &str) {
        for (user, name) in NAMES.iter().enumerate() {
            let expected = rows(&self.models, user);
            let mut actual = self.fixture.rows(user).await;
            actual.retain(|room, _| self.models.iter().any(|model| model.room == *room));
            assert_eq!(actual, expected, "{name} after {after}");
            self.count(user, self.fixture.list(user).await);
        }
    }

    fn count(&mut self, user: UserIndex, list: Arc<RoomList>) {
        assert!(
            list.entries.is_sorted_by_key(|entry| entry.sort_key()),
            "the rows are in order"
        );
        if let Some(before) = &self.last_lists[user] {
            // A list that is read completely has new strings.
            let same_text = before.entries.first().is_some_and(|old| {
                let new = list.entry(old.room);
                new.is_some_and(|new| Arc::ptr_eq(&old.name, &new.name))
            });
            self.coverage.cached += usize::from(before.serial == list.serial);
            self.coverage.partly_reread += usize::from(before.serial != list.serial && same_text);
        }
        for model in self.models.iter().filter(|p| p.members.contains_key(&user)) {
            let unread = model.unread(user);
            let mentioned = unread
                .iter()
                .filter(|message| message.mentioned.contains(&user));
            self.coverage.over_limit += usize::from(unread.len() > 100);
            self.coverage.mentions_over_limit += usize::from(mentioned.count() > 100);
        }
        self.last_lists[user] = Some(list);
    }
}
