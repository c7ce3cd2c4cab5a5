//! The e-mail address of an account, and the form for a forgotten password.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Path, Query},
};
use serde::Deserialize;
use serde_json::json;

use super::account::AccountChange;
use crate::{
    accounts::{
        Accounts, LogInClient, User,
        email_html::{ConfirmEmailPage, EmailPage, ForgotPage},
        guard::ConfirmedUser,
    },
    error::{Error, Result},
    web::{
        body::FormOrJson,
        form_error::FormError,
        framed::Framed,
        page::{self, html},
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// URL path of the page.
const ADDRESS: &str = "/account/email";
const TITLE: &str = "E-mail address";

/// Field of the form for an address.
#[derive(Deserialize)]
pub struct EmailForm {
    address: String,
}

/// Field of the form for a forgotten password.
#[derive(Deserialize)]
pub struct ForgotForm {
    /// Username or e-mail address.
    name: String,
}

/// `GET /account/email`: the address of the user.
#[handler]
pub async fn show(
    user: ConfirmedUser,
    wants: Wants,
    Query(last): Query<AccountChange>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let own = accounts.email(user.user().id).await?;
    if wants == Wants::Json {
        let value = json!({ "address": own.confirmed, "pending": own.pending });
        return Ok(Reply::json(&value));
    }
    let page = EmailPage::new(own, accounts.sends_mails(), last.done.as_deref());
    Ok(framed(user.user(), &page)?.into())
}

/// `POST /account/email` from the form, `PUT` from programs: sends a link that confirms an address.
#[handler]
pub async fn set(
    user: ConfirmedUser,
    wants: Wants,
    FormOrJson(form): FormOrJson<EmailForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    match (accounts.set_email(&user, &form.address).await, wants) {
        (Ok(()), Wants::Json) => {
            let value = json!({ "pending": form.address.trim() });
            Ok(Reply::json_with(StatusCode::ACCEPTED, &value))
        }
        (Ok(()), _) => Ok(Reply::see_other("/account/email?done=sent")),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            let (error, own) = (refused.error.clone(), accounts.email(user.user().id).await?);
            let page = EmailPage::new(own, accounts.sends_mails(), None);
            let page = page.refused(form.address, refused);
            Ok(framed(user.user(), &page)?.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}

/// `DELETE /account/email`, and `POST /account/email/removal` for forms.
#[handler]
pub async fn remove(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    accounts.remove_email(&user).await?;
    Ok(Reply::done(wants, "/account/email?done=removed"))
}

/// `GET /account/email/{token}`: asks whether to confirm the address of a link. It changes nothing, because programs that
/// scan mails follow links.
#[handler]
pub async fn ask_to_confirm(
    user: User,
    Path(token): Path<String>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let address = accounts.email_of_link(&user, &token).await;
    let status = match &address {
        Ok(_) => StatusCode::OK,
        Err(error) => error.status(),
    };
    let page = ConfirmEmailPage {
        address: found(address)?,
        error: None,
    };
    Ok(framed(&user, &page)?.with_status(status).into())
}

/// `POST /account/email/{token}`: confirms the address.
#[handler]
pub async fn confirm(
    user: User,
    wants: Wants,
    Path(token): Path<String>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    match (accounts.confirm_email(&user, &token).await, wants) {
        (Ok(()), _) => Ok(Reply::done(wants, "/account/email?done=confirmed")),
        (Err(error), Wants::Page) => {
            let address = found(accounts.email_of_link(&user, &token).await)?;
            let error_text = address.as_ref().map(|_| error.to_string());
            let page = ConfirmEmailPage {
                address,
                error: error_text,
            };
            Ok(framed(&user, &page)?.refused(&error).into())
        }
        (Err(error), _) => Err(error),
    }
}

/// `GET /forgot`: the form for a forgotten password.
#[handler]
pub async fn forgot_page(State(accounts): State<Accounts>) -> Result<Response> {
    match accounts.sends_mails() {
        true => html(
            StatusCode::OK,
            &ForgotPage::form(&accounts.app().settings.current(), String::new(), None),
        ),
        false => Err(Error::NotFound),
    }
}

/// `POST /forgot`: mails a link for a new password. The answer is the same for every name.
#[handler]
pub async fn forgot(
    wants: Wants,
    client: LogInClient,
    FormOrJson(form): FormOrJson<ForgotForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let requested = accounts.request_reset(client.peer.address, &form.name);
    match (requested, wants) {
        (Ok(()), Wants::Json) => {
            let value =
                json!({ "message": "A link was sent if the account has an e-mail address." });
            Ok(page::json(StatusCode::ACCEPTED, &value))
        }
        (Ok(()), _) => html(
            StatusCode::OK,
            &ForgotPage::sent(&accounts.app().settings.current()),
        ),
        (Err(error), Wants::Page) if error.is_shown_in_form() => {
            let (status, refused) = (error.status(), FormError::from(error));
            html(
                status,
                &ForgotPage::form(&accounts.app().settings.current(), form.name, Some(refused)),
            )
        }
        (Err(error), _) => Err(error),
    }
}

fn found(address: Result<String>) -> Result<Option<String>> {
    match address {
        Ok(address) => Ok(Some(address)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn framed(user: &User, page: &impl askama::Template) -> Result<Framed> {
    Framed::new(user.viewer(), TITLE, ADDRESS, page)
}
