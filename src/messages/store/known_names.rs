//! Users by the names that a text may call them.

use crate::{
    accounts::fold,
    db::{accents::without_accents, ids::UserId},
};

/// Users whom a text may mention.
pub struct KnownNames(Vec<KnownName>);

struct KnownName {
    /// The key of the username, and the one without accents.
    key: String,
    bare: String,
    id: UserId,
    username: String,
}

impl KnownNames {
    /// Users by their ids and usernames.
    pub fn of(users: Vec<(UserId, String)>) -> KnownNames {
        let known = |(id, username): (UserId, String)| KnownName {
            key: fold(&username),
            bare: fold(&without_accents(&username)),
            id,
            username,
        };
        KnownNames(users.into_iter().map(known).collect())
    }

    /// Adds former usernames of users, which count only where no username does: id, former and current username.
    pub fn with_former(mut self, former: Vec<(UserId, String, String)>) -> KnownNames {
        let known = |(id, former, username): (UserId, String, String)| KnownName {
            key: fold(&former),
            bare: fold(&without_accents(&former)),
            id,
            username,
        };
        self.0.extend(former.into_iter().map(known));
        self
    }

    /// The user with this key, or else the first one whose name differs from it only in accents.
    pub fn find(&self, key: &str) -> Option<(UserId, String)> {
        let bare = without_accents(key);
        let exact = self.0.iter().find(|known| known.key == key);
        let found = exact.or_else(|| self.0.iter().find(|known| known.bare == bare))?;
        Some((found.id, found.username.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_come_before_names_with_accents() {
        let names = ["José", "jose.", "Łukasz", "Zoë", "zoe", "Emil-é"];
        let names = names.iter().zip(1..);
        let known = KnownNames::of(
            names
                .map(|(name, id)| (UserId(id), (*name).into()))
                .collect(),
        );
        for (typed, expected) in [
            ("José", Some(1)),
            ("jose", Some(1)),
            ("JOSE", Some(1)),
            ("josè", Some(1)),
            ("jose.", Some(2)),
            ("lukasz", Some(3)),
            ("łukasz", Some(3)),
            ("zoe", Some(5)),
            ("Zoë", Some(4)),
            ("emil-e", Some(6)),
            ("emile", None),
            ("jos", None),
            ("josee", None),
            ("", None),
        ] {
            let found = known.find(&fold(typed));
            assert_eq!(found.map(|(id, _)| id.0), expected, "{typed}");
        }
    }
}
