//! Users as JSON.

use serde::Serialize;

use super::{Account, Person};
use crate::db::{ids::UserId, time};

/// Profile as JSON.
#[derive(Serialize)]
pub struct PersonJson<'a> {
    id: UserId,
    username: &'a str,
    display_name: &'a str,
    about: &'a str,
    time_zone: &'a str,
    admin: bool,
    /// Role on the server.
    role: &'static str,
    /// End of the access of a guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    guest_until: Option<String>,
    /// URL of the picture.
    picture: Option<String>,
    online: bool,
    created_at: String,
}

impl<'a> From<&'a Person> for PersonJson<'a> {
    fn from(person: &'a Person) -> PersonJson<'a> {
        let profile = &person.profile;
        PersonJson {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
            about: &profile.about,
            time_zone: &profile.time_zone,
            admin: profile.is_admin,
            role: profile.server_role().name(),
            guest_until: profile.guest_until().map(time::iso),
            picture: profile.large_avatar().picture_url(),
            online: person.online,
            created_at: time::iso(profile.created_at),
        }
    }
}

/// Account in the list for admins and moderators.
#[derive(Serialize)]
pub struct AccountJson<'a> {
    id: UserId,
    username: &'a str,
    display_name: &'a str,
    role: &'static str,
    /// Whether it is suspended now.
    suspended: bool,
    /// End of the suspension; `null` without one or without an end.
    suspended_until: Option<String>,
    created_at: String,
    /// E-mail addresses, for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailJson<'a>>,
}

/// E-mail addresses of an account; `null` for a missing one.
#[derive(Serialize)]
struct EmailJson<'a> {
    address: Option<&'a str>,
    /// Address that waits for confirmation.
    pending: Option<&'a str>,
}

impl<'a> From<&'a Account> for AccountJson<'a> {
    fn from(account: &'a Account) -> AccountJson<'a> {
        let profile = &account.profile;
        let (until, now) = (profile.suspended_until, time::now());
        AccountJson {
            id: profile.id,
            username: &profile.username,
            display_name: &profile.display_name,
            role: profile.server_role().name(),
            suspended: until > now,
            suspended_until: (until > now && until != i64::MAX).then(|| time::iso(until)),
            created_at: time::iso(profile.created_at),
            email: account.email.as_ref().map(|_| EmailJson {
                address: account.confirmed(),
                pending: account.pending(),
            }),
        }
    }
}
