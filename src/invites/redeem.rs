//! Using an invite link: creating an account, or joining rooms with the one that a user has.

use std::{net::IpAddr, sync::Arc, time::Instant};

use super::{InviteLink, InviteToken, Invites, LinkState, store};
use crate::{
    accounts::{Invite, LogInClient, NewAccess, RegisterBy, User},
    audit::{self, AuditAction, Entry},
    db::{Conn, Tx, ids::UserId, time},
    error::{Error, Result},
    people::Profile,
    rooms::{self, Room, Rooms},
    settings::ServerSettings,
    web::form_error::FormError,
};

/// Offer of a usable link: its creator and its rooms.
pub struct LinkOffer {
    pub link: InviteLink,
    pub inviter: Profile,
    pub rooms: Vec<Room>,
}

impl LinkOffer {
    /// Page to open after joining.
    pub fn first_page(&self) -> String {
        let room = self.rooms.first();
        room.map_or("/".into(), |room| format!("/rooms/{}", room.id))
    }
}

impl Invites {
    /// Returns what a link offers.
    ///
    /// # Errors
    /// `Gone` with the reason for a link that cannot be used, `TooMany` after 30 unknown tokens in 10 minutes.
    pub async fn offer(&self, from: IpAddr, token: &str) -> Result<LinkOffer> {
        let hash = self.hash(from, token)?;
        let settings = self.0.app.settings.current();
        let find = move |conn: &mut Conn| offer(conn, &settings, &hash);
        let offer = self.db().read(find).await;
        self.refund_known(from, &offer);
        offer
    }

    /// Takes the count of an unknown token back, if the token was found.
    fn refund_known(&self, from: IpAddr, offer: &Result<LinkOffer>) {
        if !matches!(offer, Err(error) if *error == unknown()) {
            self.0.unknown.refund(&from);
        }
    }

    /// Counts a token as unknown until it is found, and returns its hash.
    fn hash(&self, from: IpAddr, token: &str) -> Result<[u8; 32]> {
        if self.is_limited() {
            let too_many = |wait| Error::too_many("Too many invalid invitations opened.", wait);
            let taken = self.0.unknown.take(from, Instant::now());
            taken.map_err(too_many)?;
        }
        let token = InviteToken::parse(token).ok_or_else(unknown)?;
        Ok(token.hash())
    }

    /// Creates an account through a link, as a member of its rooms. Returns its owner and the offer.
    ///
    /// # Errors
    /// The errors of [`Invites::offer`] and of a registration, and `Forbidden` while the server takes no new accounts.
    pub async fn register(
        &self,
        client: &LogInClient,
        token: &str,
        credentials: (&str, &str),
    ) -> Result<(UserId, LinkOffer), FormError> {
        let from = client.peer.address;
        let offer = self.offer(from, token).await?;
        let redemption = Redemption {
            hash: InviteToken::parse(token).ok_or_else(unknown)?.hash(),
            rooms: self.0.rooms.clone(),
            settings: self.0.app.settings.current(),
        };
        let accounts = &self.0.accounts;
        let user = accounts.register_with(from, credentials, redemption);
        Ok((user.await?, offer))
    }

    /// Makes a user a member of the rooms of a link. It counts as a use unless the user is in all of them, or has used
    /// the link before.
    ///
    /// # Errors
    /// The errors of [`Invites::offer`], and `Conflict` for a user in too many rooms.
    pub async fn join(&self, user: &User, from: IpAddr, token: &str) -> Result<LinkOffer> {
        let hash = self.hash(from, token)?;
        let (me, name, rooms) = (user.id, user.viewer().name, self.0.rooms.clone());
        let settings = self.0.app.settings.current();
        let join = move |tx: &mut Tx| {
            let offer = match offer_or_state(tx.conn, &settings, &hash)? {
                (offer, LinkState::Active) => offer,
                (offer, LinkState::UsedUp) if store::has_used(tx.conn, offer.link.id, me)? => offer,
                (_, state) => return Err(state.check().err().unwrap_or_else(unknown)),
            };
            if !rooms::is_in_all(tx.conn, &offer.rooms, me)? {
                count_use(tx, &offer.link, (me, false))?;
                rooms.join_offered(tx, &offer.rooms, (me, &name))?;
            }
            Ok(offer)
        };
        let joined = self.db().write(join).await;
        self.refund_known(from, &joined);
        joined
    }
}

/// Use of a link in the transaction that creates an account.
struct Redemption {
    hash: [u8; 32],
    rooms: Rooms,
    settings: Arc<ServerSettings>,
}

impl Invite for Redemption {
    const BY: RegisterBy = RegisterBy::Invitation;

    fn admit(&mut self, tx: &mut Tx, user: UserId) -> Result<Option<NewAccess>> {
        let link = offer(tx.conn, &self.settings, &self.hash)?.link;
        count_use(tx, &link, (user, true))?;
        Ok(Some(NewAccess {
            invited_by: link.created_by,
            guest_until: link.guest_until,
        }))
    }

    fn on_created(self, tx: &mut Tx, user: UserId, username: &str) -> Result<()> {
        // The use has been counted, so the link may be used up by now.
        let (offer, _) = offer_or_state(tx.conn, &self.settings, &self.hash)?;
        self.rooms.join_offered(tx, &offer.rooms, (user, username))
    }
}

/// Counts a use by a user, whose account is or is not new.
fn count_use(tx: &mut Tx, link: &InviteLink, (user, is_new): (UserId, bool)) -> Result<()> {
    if !store::add_use(tx.conn, link.id, (user, is_new), time::now())? {
        return Ok(());
    }
    let entry = Entry::new(Some(user), AuditAction::InviteLinkUsed).user(link.created_by);
    audit::record(tx, entry.target(format!("link {}", link.id)))
}

/// Offer of the link of a token's hash, if it can be used.
fn offer(conn: &mut Conn, settings: &ServerSettings, hash: &[u8]) -> Result<LinkOffer> {
    let (offer, state) = offer_or_state(conn, settings, hash)?;
    state.check()?;
    Ok(offer)
}

/// Offer of the link of a token's hash, and its state. `Gone` for an unknown one.
fn offer_or_state(
    conn: &mut Conn,
    settings: &ServerSettings,
    hash: &[u8],
) -> Result<(LinkOffer, LinkState)> {
    let now = time::now();
    let (link, inviter) = store::find(conn, hash)?.ok_or_else(unknown)?;
    let may_invite = store::may_still_invite(conn, &inviter, settings, now)?;
    let state = link.state(may_invite, now);
    let rooms = store::rooms_of(conn, link.id)?;
    let rooms = rooms::offered(conn, &rooms, link.created_by)?;
    let offer = LinkOffer {
        link,
        inviter,
        rooms,
    };
    Ok((offer, state))
}

fn unknown() -> Error {
    Error::Gone(
        "This invitation isn’t valid. Check that the link is complete, or ask for a new one."
            .into(),
    )
}
