//! Passkeys over HTTP: options and log-in for everyone, the list for their owner.

use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::RelyingParty;
use crate::{
    accounts::{
        Accounts, LogInClient, User,
        auth_card::AuthCard,
        client::device_name,
        guard::ConfirmedUser,
        http::{
            account::ADDRESS,
            log_in_response::{completed_log_in_response, set_cookie},
        },
    },
    error::{Error, Result},
    web::{
        body::FormOrJson,
        form_values::after_log_in,
        page::{self, html, see_other},
        reply::Reply,
        state::State,
        token,
        wants::Wants,
    },
};

/// Largest body with a credential (bytes).
const LIMIT: usize = 16 << 10;

/// Token of the log-in for which options are asked. Browsers have it in a cookie.
#[derive(Deserialize)]
pub struct LogInToken {
    second_factor: Option<String>,
}

/// Response of the authenticator: JSON, which forms send as text.
#[derive(Deserialize)]
pub struct CredentialForm {
    credential: Value,
    /// Token with which the options came. Browsers have it in a cookie.
    second_factor: Option<String>,
    /// Page of this site to open afterwards.
    next: Option<String>,
}

/// New passkey.
#[derive(Deserialize)]
pub struct NewPasskey {
    credential: Value,
    name: Option<String>,
}

/// New name of a passkey.
#[derive(Deserialize)]
pub struct PasskeyName {
    name: String,
}

/// Token of a log-in: from the body for programs, from the cookie for browsers.
pub fn token_of(named: Option<&str>, req: &Request) -> Option<Uuid> {
    match named {
        Some(token) => Uuid::parse_str(token).ok(),
        None => token::pending_log_in(req),
    }
}

/// `POST /login/passkey/options`: a challenge for the passkeys of anyone, or of the user of a pending log-in.
#[handler]
pub async fn log_in_options(
    req: &Request,
    party: RelyingParty,
    client: LogInClient,
    FormOrJson(form): FormOrJson<LogInToken, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let token = token_of(form.second_factor.as_deref(), req).unwrap_or_else(Uuid::new_v4);
    let from = client.peer.address;
    let options = accounts.passkey_log_in(&party, from, token).await?;
    let mut response = page::json(StatusCode::OK, &options);
    let cookie = token::set_pending_cookie(token, client.peer.https);
    set_cookie(response.headers_mut(), &cookie)?;
    Ok(response)
}

/// `POST /login/passkey`: logs in with a passkey alone.
#[handler]
pub async fn log_in(
    req: &Request,
    wants: Wants,
    party: RelyingParty,
    client: LogInClient,
    FormOrJson(form): FormOrJson<CredentialForm, LIMIT>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let next = form.next.as_deref();
    let Some(token) = token_of(form.second_factor.as_deref(), req) else {
        return match wants {
            Wants::Json => Err(Error::Unauthenticated),
            _ => Ok(see_other("/login")), // the cookie has expired
        };
    };
    let credential = (token, &form.credential);
    let log_in = accounts.log_in_with_passkey(&client, &party, credential);
    match (log_in.await, wants) {
        (Ok(logged_in), _) => {
            let logged_in = (logged_in, next);
            completed_log_in_response(&accounts, &client, wants, logged_in).await
        }
        (Err(error), wants) if wants != Wants::Json && error.is_shown_in_form() => {
            let card =
                AuthCard::log_in(accounts.app()).refused(String::new(), error.to_string(), "");
            html(error.status(), &card.leading_to(after_log_in(next)))
        }
        (Err(error), _) => Err(error),
    }
}

/// `POST /account/confirmation/options`: a challenge for the passkeys of the user.
#[handler]
pub async fn confirmation_options(
    user: User,
    party: RelyingParty,
    client: LogInClient,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let from = client.peer.address;
    let options = accounts.passkey_confirmation(&user, &party, from).await?;
    Ok(Reply::json(&options))
}

/// `GET /account/passkeys`: the passkeys of the user, as JSON. Pages have them on the account page.
#[handler]
pub async fn index(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    match wants {
        Wants::Json => {
            let passkeys = accounts.passkeys(&user).await?;
            Ok(Reply::json(&json!({ "passkeys": passkeys })))
        }
        _ => Ok(Reply::see_other(ADDRESS)),
    }
}

/// `POST /account/passkeys/options`: a challenge and what else a browser needs to create a passkey.
#[handler]
pub async fn creation_options(
    user: ConfirmedUser,
    party: RelyingParty,
    client: LogInClient,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let from = client.peer.address;
    let options = accounts.passkey_creation(&user, &party, from).await?;
    Ok(Reply::json(&options))
}

/// `POST /account/passkeys`: adds a passkey. Without a name, it gets that of the device.
#[handler]
pub async fn add(
    user: ConfirmedUser,
    wants: Wants,
    party: RelyingParty,
    client: LogInClient,
    FormOrJson(form): FormOrJson<NewPasskey, LIMIT>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let name = form.name.filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| device_name(&client.user_agent));
    let passkey = (&form.credential, &*name);
    let id = accounts.add_passkey(&user, party, passkey).await?;
    match wants {
        Wants::Json => Ok(Reply::json_with(StatusCode::CREATED, &json!({ "id": id }))),
        _ => Ok(Reply::see_other("/account?done=passkey")),
    }
}

/// `PATCH /account/passkeys/{passkey}`, and `POST` for forms: renames a passkey.
#[handler]
pub async fn rename(
    user: ConfirmedUser,
    wants: Wants,
    Path(passkey): Path<i64>,
    FormOrJson(form): FormOrJson<PasskeyName, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    accounts.rename_passkey(&user, passkey, &form.name).await?;
    Ok(Reply::done(wants, "/account?done=passkey-name"))
}

/// `DELETE /account/passkeys/{passkey}`, and `POST /account/passkeys/{passkey}/removal` for forms: removes a passkey.
#[handler]
pub async fn remove(
    user: ConfirmedUser,
    wants: Wants,
    Path(passkey): Path<i64>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    accounts.remove_passkey(&user, passkey).await?;
    Ok(Reply::done(wants, "/account?done=passkey-removed"))
}
