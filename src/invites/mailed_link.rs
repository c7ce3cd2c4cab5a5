//! Links in mails: made when the mail is sent, so that no token waits in the queue.

use super::{InviteLink, InviteToken, store};
use crate::{
    db::{Tx, ids::InviteLinkId, time},
    error::Result,
    web::invite_path::INVITE,
};

/// Makes the path of an invite link for one mail, with a token of its own. `None` for a link that cannot be used any
/// longer.
pub fn link_for_mail(tx: &mut Tx, id: InviteLinkId) -> Result<Option<String>> {
    let link = store::by_id(tx.conn, id)?;
    // Whether its creator may still invite people is checked when it is used.
    let is_active = |link: &InviteLink| link.state(true, time::now()).check().is_ok();
    let Some(link) = link.filter(is_active) else {
        return Ok(None);
    };
    let token = InviteToken::random()?;
    store::add_token(tx.conn, link.id, &token.hash())?;
    Ok(Some(format!("{INVITE}{}", token.in_url())))
}
