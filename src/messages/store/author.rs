//! Users whom a message names.

use diesel::{Queryable, Selectable};
use serde::Serialize;

use crate::{
    accounts::{AvatarSource, shown_name},
    db::ids::{AvatarId, UserId},
    schema::users,
};

/// The author of a message, or a user who reacted to one.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = users)]
pub struct Author {
    pub id: UserId,
    pub username: String,
    /// Empty for the username.
    pub display_name: String,
    #[serde(skip)]
    pub avatar: Option<AvatarId>,
}

impl Author {
    /// The name under which pages show them.
    pub fn name(&self) -> &str {
        shown_name(&self.username, &self.display_name)
    }

    /// Their picture or letters.
    pub fn avatar(&self) -> AvatarSource {
        AvatarSource::small(self.id, self.avatar)
    }

    /// The username with its @, shown beside a display name; empty without one.
    pub fn secondary_name(&self) -> String {
        match &*self.display_name {
            "" => String::new(),
            _ => format!("@{}", self.username),
        }
    }
}
