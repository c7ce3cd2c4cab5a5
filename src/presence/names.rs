//! Names and pictures of the users who are present, which may change meanwhile.

use std::sync::Arc;

use super::Presence;
use crate::{
    accounts::shown_name,
    db::ids::{AvatarId, UserId},
    events::Event,
    rooms::Member,
};

impl Presence {
    /// Takes over names and pictures that users change from now on.
    pub(super) fn follow_names(&self) {
        let inner = Arc::downgrade(&self.0);
        self.0.app.events.after_commit(move |event| {
            let (
                Some(inner),
                Event::UserChanged {
                    user,
                    username,
                    display_name,
                    avatar,
                },
            ) = (inner.upgrade(), event)
            else {
                return;
            };
            Presence(inner).rename(*user, shown_name(username, display_name), *avatar);
        });
    }

    /// Sets the name and the picture of a user in all rooms.
    fn rename(&self, user: UserId, name: &str, avatar: Option<AvatarId>) {
        for attendance in self.0.rooms.lock().values_mut() {
            if attendance.rename(user, name, avatar) {
                attendance.version = self.next_version();
            }
        }
        let mut typing = self.0.typing.lock();
        let typists = typing.values_mut().flatten();
        for typist in typists.filter(|typist| typist.id == user) {
            typist.name = name.into();
        }
    }

    /// The name of a member: that of the open page, unless it has changed since.
    pub(super) fn name_of(&self, member: &Member) -> Arc<str> {
        let rooms = self.0.rooms.lock();
        let attendance = rooms.get(&member.room.id);
        let visit = attendance.and_then(|attendance| attendance.people.get(&member.user.id));
        visit.map_or_else(
            || member.user.viewer().name,
            |visit| visit.attendee.name.clone(),
        )
    }
}
