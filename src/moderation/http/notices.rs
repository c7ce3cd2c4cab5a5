//! Notices of moderators for the user.

use poem::{handler, web::Path};
use serde_json::json;

use crate::{
    accounts::User,
    error::{Error, Result},
    moderation::{Moderation, html::NoticesPage},
    web::{framed::Framed, reply::Reply, state::State, wants::Wants},
};

/// URL path of the list.
const ADDRESS: &str = "/notices";

/// `GET /notices`: notices that the user has not dismissed, newest first.
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    let notices = moderation.notices(&user).await?;
    if wants == Wants::Json {
        return Ok(Reply::json(&json!({ "notices": notices })));
    }
    let page = NoticesPage { notices };
    Ok(Framed::new(user.viewer(), "Notices", ADDRESS, &page)?.into())
}

/// `DELETE /notices/{notice}`, and POST `…/dismissal` from a form.
#[handler]
pub async fn dismiss(
    user: User,
    wants: Wants,
    Path(notice): Path<String>,
    State(moderation): State<Moderation>,
) -> Result<Reply> {
    let notice: i64 = notice.parse().map_err(|_| Error::NotFound)?;
    moderation.dismiss(&user, notice).await?;
    Ok(match wants {
        Wants::Json => Reply::no_content(),
        _ => Reply::see_other(ADDRESS),
    })
}
