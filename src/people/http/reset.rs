//! Links with which people choose a new password, made by admins.

use poem::{Request, handler, http::StatusCode, web::Path};
use serde_json::json;

use crate::{
    accounts::{Accounts, Actor, ServerAction, User, demand},
    app::App,
    db::time,
    error::Result,
    people::{People, html::ResetLinkPage},
    web::{framed::Framed, host, peer::Peer, reply::Reply, state::State, wants::Wants},
};

/// `POST /people/{username}/reset`: makes a link, which is shown once.
#[handler]
pub async fn make(
    user: User,
    wants: Wants,
    peer: Peer,
    Path(username): Path<String>,
    req: &Request,
    State((app, accounts, people)): State<(App, Accounts, People)>,
) -> Result<Reply> {
    demand(user.role, ServerAction::ManagePeople)?;
    let profile = people.profile(&user, &username).await?;
    let actor = Actor::User(user.id);
    let link = accounts.make_reset_link(actor, profile.id).await?;
    let address = format!("{}{}", origin(&app, &peer, req), link.path());
    if wants == Wants::Json {
        let value = json!({ "url": address, "expires_at": time::iso(link.expires_at) });
        return Ok(Reply::json_with(StatusCode::CREATED, &value));
    }
    let page = ResetLinkPage {
        username: profile.username.to_string(),
        link: address,
        back: super::address_of(&profile.username),
    };
    Ok(Framed::new(user.viewer(), "Reset link", "/people", &page)?.into())
}

/// Origin of the server: the public one, or that of the request.
fn origin(app: &App, peer: &Peer, req: &Request) -> String {
    match &app.config.public_url {
        Some(url) => url.to_string(),
        None => {
            let scheme = if peer.https { "https" } else { "http" };
            let listen = || app.config.listen.to_string();
            let host = host::of(req).map_or_else(listen, str::to_owned);
            format!("{scheme}://{host}")
        }
    }
}
