//! Creating, listing and revoking invite links.

use poem::{Request, handler, http::StatusCode, web::Path};
use serde_json::json;

use crate::{
    accounts::User,
    app::App,
    db::ids::InviteLinkId,
    error::{Error, Result},
    invites::{
        Invites,
        create::CreatedLink,
        form::LinkForm,
        html::{CreatedPage, LinksPage},
        json::LinkJson,
    },
    web::{
        body::FormOrJson,
        framed::{Framed, rendered},
        host,
        invite_path::INVITE,
        paged::ListQuery,
        qr_code::QrCode,
        query::lenient_param,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

const ADDRESS: &str = "/invites";
/// `GET /invites?skip=`
#[handler]
pub async fn index(
    user: User,
    wants: Wants,
    req: &Request,
    query: ListQuery,
    State(invites): State<Invites>,
) -> Result<Reply> {
    let found = invites.list(&user, query.skip()).await?;
    if wants == Wants::Json {
        let links: Vec<_> = found.items.iter().map(LinkJson::from).collect();
        let value = json!({ "links": links, "more": found.more });
        return Ok(Reply::json(&value));
    }
    let suspended: Option<usize> = lenient_param(req, "suspended");
    let revoked: Option<String> = lenient_param(req, "revoked");
    let page = LinksPage {
        links: found.items,
        next: found.next,
        outcome: match (suspended, revoked) {
            (Some(1), _) => Some("The link was revoked, and 1 account was suspended.".into()),
            (Some(count), _) => Some(format!(
                "The link was revoked, and {count} accounts were suspended."
            )),
            (None, Some(_)) => Some("The link was revoked.".into()),
            (None, None) => None,
        },
        refusal: invites.refusal(&user),
        ..LinksPage::new(
            &user,
            invites.offerable(&user).await?,
            invites.sends_mails(),
        )
    };
    Ok(framed(&user, &page)?.into())
}

/// `POST /invites`: the response is the only one that contains the link.
#[handler]
pub async fn create(
    user: User,
    wants: Wants,
    req: &Request,
    FormOrJson(form): FormOrJson<LinkForm, 16384>,
    State((app, invites)): State<(App, Invites)>,
) -> Result<Reply> {
    let created = match form.fields() {
        Ok(fields) => invites.create(&user, fields).await,
        Err(refused) => Err(refused),
    };
    match (created, wants) {
        (Ok(created), _) => {
            let token = created.token.in_url();
            let url = format!("{}{INVITE}{token}", host::own_address(req, &app.config));
            created_reply(&user, created, url, wants)
        }
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            let (error, found) = (refused.error.clone(), invites.list(&user, 0).await?);
            let page = LinksPage {
                links: found.items,
                next: found.next,
                form,
                error: Some(refused),
                ..LinksPage::new(
                    &user,
                    invites.offerable(&user).await?,
                    invites.sends_mails(),
                )
            };
            Ok(framed(&user, &page)?.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}

fn created_reply(user: &User, created: CreatedLink, url: String, wants: Wants) -> Result<Reply> {
    let status = StatusCode::CREATED;
    if wants == Wants::Json {
        let value = LinkJson::created(created, &user.username, url);
        return Ok(Reply::json_with(status, &value));
    }
    let page = CreatedPage {
        code: rendered(&QrCode::of(&url, "QR code of the invite link")?)?,
        created,
        url,
    };
    let framed = Framed::new(user.viewer(), "New invite link", ADDRESS, &page)?;
    Ok(framed.with_status(status).into())
}

/// `DELETE /invites/{id}`, and `POST /invites/{id}/revocation` for forms
#[handler]
pub async fn revoke(
    user: User,
    wants: Wants,
    Path(link): Path<String>,
    State(invites): State<Invites>,
) -> Result<Reply> {
    invites.revoke(&user, link_id(&link)?).await?;
    Ok(Reply::done(wants, &format!("{ADDRESS}?revoked=1")))
}

/// `POST /invites/{id}/suspensions`: revokes the link, and suspends the accounts that it created.
#[handler]
pub async fn undo(
    user: User,
    wants: Wants,
    Path(link): Path<String>,
    State(invites): State<Invites>,
) -> Result<Reply> {
    let suspended = invites.undo(&user, link_id(&link)?).await?;
    match wants {
        Wants::Json => Ok(Reply::json(&json!({ "suspended": suspended }))),
        _ => Ok(Reply::see_other(&format!(
            "{ADDRESS}?suspended={suspended}"
        ))),
    }
}

fn link_id(text: &str) -> Result<InviteLinkId> {
    let id = text.parse().map(InviteLinkId);
    id.map_err(|_| Error::NotFound)
}

fn framed(user: &User, page: &LinksPage) -> Result<Framed> {
    Framed::new(user.viewer(), "Invite people", ADDRESS, page)
}
