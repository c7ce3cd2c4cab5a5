//! Creating invite links.

use std::time::Instant;

use super::{
    InviteLink, InviteToken, Invites, demand_right,
    fields::{LinkFields, NewInviteLink},
    store,
};
use crate::{
    accounts::User,
    audit::{self, AuditAction, Entry},
    db::{Tx, time},
    error::{Error, Result},
    rooms::{self, Room},
    web::form_error::FormError,
};

/// Maximum number of usable links of a user.
const MAX_ACTIVE: i64 = 100;

/// Link that was just created. Only now its token is known.
pub struct CreatedLink {
    pub token: InviteToken,
    pub link: InviteLink,
    pub rooms: Vec<Room>,
    /// Addresses to which it is mailed.
    pub sent_to: Vec<String>,
}

impl Invites {
    /// Creates a link, and mails it if there are recipients.
    ///
    /// # Errors
    /// `Invalid` for unusable fields and for a room to which the user may not add people, `Forbidden` without the right
    /// to invite, `Conflict` for too many links, and for recipients without a mail server, `TooMany` after 30 links or 20
    /// mails in an hour.
    pub async fn create(&self, user: &User, fields: LinkFields) -> Result<CreatedLink, FormError> {
        let settings = self.0.app.settings.current();
        demand_right(&settings, user.role)?;
        let new = fields.parse(time::now())?;
        if self.is_limited() {
            let too_many = |wait| Error::too_many("You’ve created a lot of invite links.", wait);
            let taken = self.0.created.take(user.id, Instant::now());
            taken.map_err(too_many)?;
        }
        let counted = self.take_mails(user, new.recipients.len())?;
        let created = self.insert(user, new).await;
        if created.is_err() {
            self.refund_mails(user, counted);
        }
        created
    }

    async fn insert(&self, user: &User, new: NewInviteLink) -> Result<CreatedLink, FormError> {
        let (me, token, invites) = (user.id, InviteToken::random()?, self.clone());
        let (hash, inviter) = (token.hash(), user.viewer().name);
        let sent_to = new.recipients.iter().map(ToString::to_string).collect();
        let create = move |tx: &mut Tx| {
            let rooms = rooms::offered(tx.conn, &new.rooms, me)?;
            if rooms.len() != new.rooms.len() {
                return Ok(Err(not_offered()));
            }
            if invites.is_limited() && store::active_count(tx.conn, me, time::now())? >= MAX_ACTIVE
            {
                let what = format!("You have {MAX_ACTIVE} invite links. Revoke one first.");
                return Err(Error::Conflict(what));
            }
            invites.0.app.text_quota.take(tx, me, new.note.len())?;
            let link = store::insert(tx.conn, me, (&new, &hash), time::now())?;
            Invites::mail(tx, &new.recipients, (link.id, &inviter))?;
            let entry = Entry::new(Some(me), AuditAction::InviteLinkCreated);
            let entry = entry.target(format!("link {}", link.id));
            audit::record(tx, entry.details(described(&new, &rooms)))?;
            Ok(Ok((link, rooms)))
        };
        let (link, rooms) = self.db().write(create).await??;
        Ok(CreatedLink {
            token,
            link,
            rooms,
            sent_to,
        })
    }
}

fn not_offered() -> FormError {
    let what = "You can’t add people to one of these rooms. Choose others.";
    FormError::at("rooms", Error::Invalid(what.into()))
}

/// A link in words, for the audit log. Names of invite-only rooms are left out.
fn described(new: &NewInviteLink, rooms: &[Room]) -> String {
    let uses = match new.max_uses {
        Some(1) => "1 use".into(),
        Some(uses) => format!("{uses} uses"),
        None => "unlimited uses".into(),
    };
    let expiry = match new.expires_at {
        Some(at) => format!("expires {}", time::day_label(at)),
        None => "never expires".into(),
    };
    let guests = new
        .guest_until
        .map(|end| format!(", guests until {}", time::last_day(end)));
    let count = match rooms.len() {
        0 => String::new(),
        1 => ", 1 room".into(),
        count => format!(", {count} rooms"),
    };
    let mails = match new.recipients.len() {
        0 => String::new(),
        1 => ", sent by mail".into(),
        count => format!(", sent by mail to {count} people"),
    };
    let guests = guests.unwrap_or_default();
    format!("{uses}, {expiry}{guests}{count}{mails}")
}
