//! Simple model of the unread counts that each user should see.

use std::collections::BTreeMap;

use chatterbox::db::ids::RoomId;
use chatterbox::notifications::NotifyLevel;
use chatterbox::reading::Preference;
use chatterbox::rooms::RoomEntry;

/// Largest count.
const LIMIT: usize = 100;

/// Index of a user in the fixture.
pub type UserIndex = usize;

/// A message.
#[derive(Clone, Debug)]
pub struct MessageModel {
    pub id: i64,
    pub author: UserIndex,
    /// The mentioned members.
    pub mentioned: Vec<UserIndex>,
    /// The mentioned members who had read the message before an edit mentioned them.
    pub late: Vec<UserIndex>,
    pub deleted: bool,
    /// The root message of the thread, if the message is an answer.
    pub thread: Option<i64>,
}

/// State of a thread for one user.
#[derive(Clone, Copy, Debug)]
pub struct ThreadState {
    pub following: bool,
    pub read: i64,
}

/// Membership of one user in a room.
#[derive(Clone, Copy, Debug)]
pub struct Membership {
    pub read: i64,
    pub notify: NotifyLevel,
    pub hidden: bool,
    pub favourite: bool,
}

/// A room with its messages in order, and its members.
#[derive(Clone, Debug)]
pub struct RoomModel {
    pub room: RoomId,
    pub messages: Vec<MessageModel>,
    pub members: BTreeMap<UserIndex, Membership>,
    /// Thread states by user and root message.
    pub follows: BTreeMap<(UserIndex, i64), ThreadState>,
}

/// A row of the room list of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub read: i64,
    pub newest: i64,
    pub unread: i64,
    /// All mentions, also those in threads.
    pub mentions: i64,
    /// Mentions in threads.
    pub thread_mentions: i64,
    pub threads: i64,
    pub first_unread: Option<i64>,
    pub notify: NotifyLevel,
    pub hidden: bool,
    pub favourite: bool,
}

impl RoomModel {
    /// An empty room with these members.
    pub fn new(room: RoomId, users: impl IntoIterator<Item = UserIndex>) -> RoomModel {
        let mut model = RoomModel {
            room,
            messages: Vec::new(),
            members: BTreeMap::new(),
            follows: BTreeMap::new(),
        };
        users.into_iter().for_each(|user| model.join(user));
        model
    }

    /// Adds a member; earlier messages count as read.
    pub fn join(&mut self, user: UserIndex) {
        let membership = Membership {
            read: self.newest(),
            notify: NotifyLevel::Everything,
            hidden: false,
            favourite: false,
        };
        self.members.insert(user, membership);
        for state in self.of(user) {
            state.read = membership.read;
        }
        self.read_late(user, |_| true);
    }

    /// Marks late mentions of a user as read, in the messages that `is_read` accepts.
    pub fn read_late(&mut self, user: UserIndex, is_read: impl Fn(&MessageModel) -> bool) {
        for message in self.messages.iter_mut().filter(|message| is_read(message)) {
            message.late.retain(|late| *late != user);
        }
    }

    /// Replaces the mentions of an edited message.
    pub fn edit(&mut self, id: i64, mentioned: Vec<UserIndex>) {
        let before = self.messages.iter().find(|one| one.id == id);
        let before = before.expect("the message is in the model").clone();
        let is_late = |user: &UserIndex| {
            let read = match before.thread {
                Some(root) => self.follows.get(&(*user, root)).map(|state| state.read),
                None => self.members.get(user).map(|membership| membership.read),
            };
            match before.mentioned.contains(user) {
                true => before.late.contains(user),
                false => read.is_some_and(|read| read >= id),
            }
        };
        let late = mentioned.iter().copied().filter(is_late).collect();
        let now = MessageModel {
            mentioned,
            late,
            ..before.clone()
        };
        for message in self.messages.iter_mut().filter(|one| one.id == id) {
            *message = now.clone();
        }
        self.follow_mentioned(&now);
    }

    /// Thread states of a user in this room.
    fn of(&mut self, user: UserIndex) -> impl Iterator<Item = &mut ThreadState> {
        let all = self.follows.iter_mut();
        all.filter(move |((of, _), _)| *of == user)
            .map(|(_, state)| state)
    }

    /// Marks all messages and answers as read.
    pub fn read_all(&mut self, user: UserIndex) {
        let newest = self.newest();
        self.read_up_to(user, newest);
        for state in self.of(user) {
            state.read = state.read.max(newest);
        }
    }

    /// Follows a thread from a position, unless the user has a state for it.
    pub fn follow(&mut self, user: UserIndex, root: i64, read: i64) {
        let following = true;
        let new = ThreadState { following, read };
        self.follows.entry((user, root)).or_insert(new);
    }

    /// Adds a message, and the follows that an answer causes.
    pub fn add_message(&mut self, message: MessageModel) {
        if let Some(root) = message.thread {
            self.follow(message.author, root, message.id);
            let root_message = self.messages.iter().find(|one| one.id == root);
            self.follow(
                root_message.expect("the root message exists").author,
                root,
                message.id - 1,
            );
        }
        self.messages.push(message.clone());
        self.follow_mentioned(&message);
    }

    /// Makes the users that an answer mentions follow its thread.
    pub fn follow_mentioned(&mut self, message: &MessageModel) {
        for user in message.thread.iter().flat_map(|_| &message.mentioned) {
            self.follow(*user, message.thread.unwrap_or_default(), message.id - 1);
        }
    }

    /// Follows or unfollows a thread at the request of a user.
    pub fn set_following(&mut self, user: UserIndex, root: i64, following: bool) {
        if self.follows.get(&(user, root)).map(|state| state.following) == Some(following) {
            return;
        }
        let mut latest = self.messages.iter().rev();
        let newest = latest.find(|message| message.thread == Some(root));
        let read = newest.map_or(0, |message| message.id);
        self.follows
            .insert((user, root), ThreadState { following, read });
    }

    /// Unread answers of other users, in threads that have a state for the user.
    fn answers(
        &self,
        user: UserIndex,
    ) -> impl Iterator<Item = (&ThreadState, &MessageModel)> + Clone {
        self.messages.iter().filter_map(move |message| {
            let state = self.follows.get(&(user, message.thread?))?;
            let counts = message.id > state.read && message.author != user && !message.deleted;
            counts.then_some((state, message))
        })
    }

    pub fn newest(&self) -> i64 {
        self.messages.last().map_or(0, |message| message.id)
    }

    /// Moves the read position forward, never back.
    pub fn read_up_to(&mut self, user: UserIndex, id: i64) {
        if let Some(membership) = self.members.get_mut(&user) {
            membership.read = membership.read.max(id);
            self.read_late(user, |message| message.id <= id);
        }
    }

    pub fn prefer(&mut self, user: UserIndex, preference: Preference) {
        if let Some(membership) = self.members.get_mut(&user) {
            membership.notify = preference.notify.unwrap_or(membership.notify);
            membership.hidden = preference.hidden.unwrap_or(membership.hidden);
            membership.favourite = preference.favourite.unwrap_or(membership.favourite);
        }
    }

    /// All messages of other users after the user's read position.
    pub fn unread(&self, user: UserIndex) -> Vec<&MessageModel> {
        let read = self
            .members
            .get(&user)
            .map_or(i64::MAX, |membership| membership.read);
        let later = self.messages.iter().filter(|message| message.id > read);
        let later = later.filter(|message| message.thread.is_none());
        later
            .filter(|message| message.author != user && !message.deleted)
            .collect()
    }

    /// The expected row; `None` if the user is not a member.
    pub fn row(&self, user: UserIndex) -> Option<Row> {
        let membership = self.members.get(&user)?;
        let unread = self.unread(user);
        let answers = self.answers(user).map(|(_, message)| message);
        let in_threads = answers
            .clone()
            .filter(|message| message.mentioned.contains(&user) && !message.late.contains(&user));
        let all = unread.iter().copied().chain(answers);
        let mentions = all
            .filter(|message| message.mentioned.contains(&user) && !message.late.contains(&user));
        let late = self
            .messages
            .iter()
            .filter(|message| message.late.contains(&user) && message.author != user);
        let late_in_threads = late.clone().filter(|message| message.thread.is_some());
        let threads = self.answers(user).filter(|(state, _)| state.following);
        Some(Row {
            read: membership.read,
            newest: self.newest(),
            unread: unread.len().min(LIMIT) as i64,
            mentions: (mentions.count() + late.clone().count()).min(LIMIT) as i64,
            thread_mentions: (in_threads.count() + late_in_threads.count()).min(LIMIT) as i64,
            threads: threads.count().min(LIMIT) as i64,
            first_unread: unread.first().map(|message| message.id),
            notify: membership.notify,
            hidden: membership.hidden,
            favourite: membership.favourite,
        })
    }
}

impl From<&RoomEntry> for Row {
    fn from(entry: &RoomEntry) -> Row {
        Row {
            read: entry.counts.read,
            newest: entry.counts.newest,
            unread: entry.counts.unread,
            mentions: entry.counts.all_mentions(),
            thread_mentions: entry.counts.thread_mentions,
            threads: entry.counts.threads,
            first_unread: entry.counts.first_unread.map(|id| id.0),
            notify: entry.notify,
            hidden: entry.hidden,
            favourite: entry.favourite,
        }
    }
}

/// The expected room list of a user.
pub fn rows(models: &[RoomModel], user: UserIndex) -> BTreeMap<RoomId, Row> {
    let rows = models.iter();
    rows.filter_map(|model| Some((model.room, model.row(user)?)))
        .collect()
}
