//! The second factor over HTTP: the second step of a log-in, and the pages to set it up.

use poem::{Request, Response, handler, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::html::{CodeCard, RecoveryCodesPage, SecondFactorPage};
use crate::{
    accounts::{
        Accounts, LogInClient, User,
        guard::ConfirmedUser,
        http::{account, log_in_response::completed_log_in_response},
        passkeys::{RelyingParty, http::token_of},
    },
    error::{Error, Result},
    web::{
        body::FormOrJson,
        form_error::FormError,
        form_values::after_log_in,
        framed::Framed,
        page::{html, see_other},
        query::lenient_param,
        reply::Reply,
        state::State,
        token,
        wants::Wants,
    },
};

/// URL path of the page to set it up.
const ADDRESS: &str = "/account/second-factor";
const TITLE: &str = "Two-factor authentication";

/// Code of the second step of a log-in.
#[derive(Deserialize)]
pub struct CodeForm {
    code: Option<String>,
    /// Response of a passkey, in place of a code.
    credential: Option<Value>,
    /// Token of `POST /login` for programs. Browsers have it in a cookie.
    second_factor: Option<String>,
    /// Page of this site to open afterwards.
    next: Option<String>,
}

/// First code of an app.
#[derive(Deserialize)]
pub struct FirstCodeForm {
    code: String,
}

/// `GET /login/code`: the form for the code after a right password, for five minutes.
#[handler]
pub async fn code_form(req: &Request, State(accounts): State<Accounts>) -> Result<Response> {
    let next: Option<String> = lenient_param(req, "next");
    let next = after_log_in(next.as_deref());
    let Some(token) = token::pending_log_in(req) else {
        return Ok(see_other("/login"));
    };
    match accounts.pending_log_in(token).await {
        Ok(pending) => {
            let has_passkeys = accounts.has_passkeys(pending.user).await?;
            html(
                StatusCode::OK,
                &CodeCard::new(&accounts.app().settings.current(), next, has_passkeys),
            )
        }
        Err(Error::Unauthenticated) => Ok(see_other("/login")),
        Err(error) => Err(error),
    }
}

/// `POST /login/code`: finishes a log-in with a code or a passkey.
#[handler]
pub async fn log_in(
    req: &Request,
    wants: Wants,
    party: RelyingParty,
    client: LogInClient,
    FormOrJson(form): FormOrJson<CodeForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    let next = form.next.as_deref();
    let token = token_of(form.second_factor.as_deref(), req);
    let finished = match (token, &form.credential) {
        (None, _) => Err(Error::Unauthenticated.into()),
        (Some(token), Some(credential)) => {
            let credential = (token, credential);
            let finish = accounts.finish_log_in_with_passkey(&client, &party, credential);
            finish.await.map_err(FormError::from)
        }
        (Some(token), None) => {
            let code = form.code.as_deref().unwrap_or_default();
            accounts.finish_log_in(&client, token, code).await
        }
    };
    match (finished, wants) {
        (Ok(logged_in), _) => {
            let logged_in = (logged_in, next);
            completed_log_in_response(&accounts, &client, wants, logged_in).await
        }
        (Err(refused), Wants::Json) => Err(refused.error),
        (Err(refused), _) if refused.error == Error::Unauthenticated => Ok(see_other("/login")),
        (Err(refused), _) if refused.error.is_shown_in_form() => {
            let has_passkeys = accounts.has_passkeys_of(token).await?;
            let card = CodeCard::new(
                &accounts.app().settings.current(),
                after_log_in(next),
                has_passkeys,
            );
            refused_code(card, &refused.error)
        }
        (Err(refused), _) => Err(refused.error),
    }
}

fn refused_code(card: CodeCard, error: &Error) -> Result<Response> {
    let card = card.refused(error.to_string());
    let mut response = html(error.status(), &card)?;
    error.add_retry_after(response.headers_mut());
    Ok(response)
}

/// `POST /account/second-factor`: makes a secret, which waits for its first code.
#[handler]
pub async fn begin(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let setup = accounts.begin_second_factor(&user).await?;
    match wants {
        Wants::Json => Ok(Reply::json_with(
            StatusCode::CREATED,
            &json!({ "secret": setup.secret(), "address": setup.address() }),
        )),
        _ => Ok(Reply::see_other(ADDRESS)),
    }
}

/// `GET /account/second-factor`: the QR code of a secret that waits for its first code. As JSON, the state.
#[handler]
pub async fn show(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    if wants == Wants::Json {
        let status = accounts.second_factor(&user).await?;
        let codes = status.as_ref().map_or(0, |status| status.recovery_codes);
        let state = json!({ "on": status.is_some(), "recovery_codes": codes });
        return Ok(Reply::json(&state));
    }
    match accounts.second_factor_setup(&user).await? {
        Some(setup) => Ok(framed(user.user(), &SecondFactorPage::new(&setup, None)?)?.into()),
        None => Ok(Reply::see_other(account::ADDRESS)),
    }
}

/// `POST /account/second-factor/confirmation`: turns it on with the first code, and shows the recovery codes.
#[handler]
pub async fn confirm(
    user: ConfirmedUser,
    wants: Wants,
    FormOrJson(form): FormOrJson<FirstCodeForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let confirmed = accounts.confirm_second_factor(&user, &form.code).await;
    match (confirmed, wants) {
        (Ok(codes), _) => show_codes(&user, wants, codes),
        (Err(refused), Wants::Page) if matches!(refused.error, Error::Invalid(_)) => {
            let setup = accounts.second_factor_setup(&user).await?;
            let setup = setup.ok_or(Error::NotFound)?;
            let error = refused.error.clone();
            let page = SecondFactorPage::new(&setup, Some(refused))?;
            Ok(framed(user.user(), &page)?.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}

/// `GET` of a page with codes, which are shown once: leads to the account. Browsers ask for it when they reload.
#[handler]
pub fn reload() -> Reply {
    Reply::see_other("/account")
}

/// `POST /account/second-factor/recovery-codes`: replaces the recovery codes, and shows the new ones.
#[handler]
pub async fn renew_codes(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let codes = accounts.renew_recovery_codes(&user).await?;
    show_codes(&user, wants, codes)
}

/// `DELETE /account/second-factor`, and `POST /account/second-factor/removal` for forms: turns it off.
#[handler]
pub async fn turn_off(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    accounts.turn_off_second_factor(&user).await?;
    Ok(Reply::done(wants, "/account?done=second-factor-off"))
}

/// The recovery codes, the only time that they are shown.
fn show_codes(user: &ConfirmedUser, wants: Wants, codes: Vec<String>) -> Result<Reply> {
    match wants {
        Wants::Json => Ok(Reply::json(&json!({ "recovery_codes": codes }))),
        _ => {
            let page = RecoveryCodesPage { codes };
            Ok(Framed::new(user.user().viewer(), TITLE, ADDRESS, &page)?.into())
        }
    }
}

fn framed(user: &User, page: &SecondFactorPage) -> Result<Framed> {
    Framed::new(user.viewer(), TITLE, ADDRESS, page)
}
