//! Deletion of one's own account.

use poem::{Response, handler, http::StatusCode};
use serde::Deserialize;

use super::{account::refused_page, log_in_response::set_cookie};
use crate::{
    accounts::{Accounts, ConfirmedUser},
    error::Result,
    web::{
        body::FormOrJson, form_values::Flag, page::see_other, peer::Peer, reply::Reply,
        state::State, token, wants::Wants,
    },
};

/// Confirmation, and what happens to the messages.
#[derive(Deserialize)]
pub struct AccountDeletion {
    username: String,
    erase_messages: Option<Flag>,
}

/// `DELETE /account`, and `POST /account/deletion` for forms: deletes the account and logs out.
#[handler]
pub async fn delete(
    user: ConfirmedUser,
    wants: Wants,
    peer: Peer,
    FormOrJson(form): FormOrJson<AccountDeletion, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let erase = Flag::optional(form.erase_messages.as_ref())?.unwrap_or(false);
    match (
        accounts.delete_account(&user, &form.username, erase).await,
        wants,
    ) {
        (Ok(()), _) => {
            let mut response: Response = match wants {
                Wants::Json => StatusCode::NO_CONTENT.into(),
                _ => see_other("/login"),
            };
            set_cookie(response.headers_mut(), &token::clear_cookie(peer.https))?;
            Ok(response.into())
        }
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            refused_page(&accounts, &user, refused).await
        }
        (Err(refused), _) => Err(refused.error),
    }
}
