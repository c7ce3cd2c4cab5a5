//! Entry point of live delivery: publishing, and the state that all connections share.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::{
    channel::Channel, log::BacklogBudget, notifier::Notifier, online::OnlineUsers,
    publication::Publication, publisher::Publisher, registry::ConnectionRegistry,
};
use crate::db::ids::{MessageId, RoomId, UserId};

/// Channel of connections that show no room. Only changes that concern all pages are published there.
pub const NO_ROOM: RoomId = RoomId(0);

/// All channels and all connections of this server.
pub struct Live {
    channels: Mutex<HashMap<RoomId, Arc<Channel>>>,
    backlog_budget: Arc<BacklogBudget>,
    /// Channels with publications that the publisher has not been told of.
    unscheduled: Mutex<Vec<(RoomId, Arc<Channel>)>>,
    publisher: Publisher,
    registry: Arc<ConnectionRegistry>,
    notifier: Arc<Notifier>,
    online: Arc<OnlineUsers>,
}

impl Live {
    /// Starts the delivery threads.
    pub fn start() -> Arc<Live> {
        let notifier = Notifier::start();
        Arc::new(Live {
            channels: Mutex::default(),
            backlog_budget: Arc::default(),
            unscheduled: Mutex::default(),
            publisher: Publisher::start(),
            registry: Arc::default(),
            online: OnlineUsers::new(notifier.clone()),
            notifier,
        })
    }

    /// Appends to a room's log; [`Live::flush`] starts the delivery. Numbered publications must come in the order of
    /// their revs.
    pub fn publish(&self, room: RoomId, publication: Publication) {
        let (channel, is_stored) = (self.channel(room), publication.rev.is_some());
        if channel.append(publication) {
            self.unscheduled.lock().push((room, channel));
        }
        if is_stored {
            self.notifier.room_changed(room); // after appending: a notified connection reads at once
        }
    }

    /// Publishes HTML without a rev to all rooms that have been used since the start, and to pages without a room. A
    /// page that opens later must contain the change.
    pub fn publish_everywhere(&self, html: &str) {
        let mut rooms: Vec<RoomId> = self.channels.lock().keys().copied().collect();
        rooms.sort_unstable();
        for room in rooms {
            self.publish(room, Publication::new(None, html, None));
        }
    }

    /// Removes a message's text from the room's log. Connections that come back read the database instead.
    pub fn erase(&self, room: RoomId, message: MessageId) {
        self.channel(room).erase(message);
    }

    /// Starts the delivery of everything published so far, in one write for each subscriber.
    pub fn flush(&self) {
        for (room, channel) in self.unscheduled.lock().drain(..) {
            self.publisher.schedule(room, channel);
        }
    }

    /// Sends a publication, which must have no rev, to all connections of one user, whatever they show. Never waits: a
    /// connection that does not take its frames is closed with 1013. One that opens later does not receive it, so the
    /// state behind it must be stored, or of no use later.
    pub fn send_to(&self, user: UserId, publication: Publication) {
        debug_assert!(publication.rev.is_none(), "revs belong to a room");
        self.registry.send_to(user, &Arc::new(publication));
    }

    /// Channel of a room. It is created empty on first use; older changes are in the database.
    pub fn channel(&self, room: RoomId) -> Arc<Channel> {
        let mut channels = self.channels.lock();
        let channel = channels.entry(room);
        let new = || Arc::new(Channel::new(self.backlog_budget.clone()));
        channel.or_insert_with(new).clone()
    }

    /// Newest rev published in each of these rooms since the server started.
    pub fn newest(&self, rooms: impl Iterator<Item = RoomId>) -> Vec<Option<i64>> {
        let channels = self.channels.lock();
        let newest = |room| channels.get(&room).and_then(|channel| channel.newest());
        rooms.map(newest).collect()
    }

    /// Removes the channel of a deleted room.
    pub fn remove_channel(&self, room: RoomId) {
        self.channels.lock().remove(&room);
    }

    /// Notifier of changes outside the room that a connection shows.
    pub fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    /// Users who are online.
    pub fn online(&self) -> &Arc<OnlineUsers> {
        &self.online
    }

    /// Open connections.
    pub fn registry(&self) -> &Arc<ConnectionRegistry> {
        &self.registry
    }
}
