//! The account page: password and sessions. It asks for the password first.

use poem::{
    handler,
    web::{Path, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    accounts::{
        Accounts, LogInClient, User,
        guard::ConfirmedUser,
        html::{AccountPage, ConfirmPage},
        passkeys::RelyingParty,
    },
    db::ids::SessionId,
    error::{Error, Result},
    web::{
        body::FormOrJson, form_error::FormError, framed::Framed, reply::Reply, state::State,
        wants::Wants,
    },
};

/// URL path of the page.
pub(in crate::accounts) const ADDRESS: &str = "/account";
const TITLE: &str = "Account";

/// Field of the form for a new password.
#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

/// Proof that it is still the same user: the password, or the response of a passkey.
#[derive(Deserialize)]
pub struct ConfirmationForm {
    password: Option<String>,
    credential: Option<Value>,
}

/// Query parameter that names the change to confirm.
#[derive(Deserialize)]
pub struct AccountChange {
    pub(super) done: Option<String>,
}

/// `GET /account`: the page, or the form for the password if it was not entered lately.
#[handler]
pub async fn show(
    user: User,
    wants: Wants,
    Query(last): Query<AccountChange>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let user = match ConfirmedUser::of(user) {
        Ok(user) => user,
        Err(user) if wants != Wants::Json => return ask(&accounts, &user, None).await,
        Err(_) => return Err(Error::Unconfirmed),
    };
    if wants == Wants::Json {
        let sessions = accounts.sessions_json(&user).await?;
        return Ok(Reply::json(
            &json!({ "username": *user.user().username, "sessions": sessions }),
        ));
    }
    let page = page(&accounts, &user).await?;
    let page = page.with_outcome(last.done.as_deref());
    Ok(framed(user.user(), &page)?.into())
}

/// `POST /account/confirmation`: checks the password or a passkey, and leads to the page.
#[handler]
pub async fn confirm(
    user: User,
    wants: Wants,
    party: RelyingParty,
    client: LogInClient,
    FormOrJson(form): FormOrJson<ConfirmationForm, 16384>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let confirmed = match &form.credential {
        Some(credential) => {
            let confirm = accounts.confirm_with_passkey(&user, &party, credential);
            confirm.await.map_err(FormError::from)
        }
        None => {
            let password = form.password.as_deref().unwrap_or_default();
            accounts.confirm(&user, &client, password).await
        }
    };
    match (confirmed, wants) {
        (Ok(()), _) => Ok(Reply::done(wants, ADDRESS)),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            ask(&accounts, &user, Some(refused.error)).await
        }
        (Err(refused), _) => Err(refused.error),
    }
}

/// New username.
#[derive(Deserialize)]
pub struct NameForm {
    username: String,
}

/// `POST /account/name` for forms, `PATCH /account` for programs: changes the username.
#[handler]
pub async fn change_name(
    user: ConfirmedUser,
    wants: Wants,
    FormOrJson(form): FormOrJson<NameForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    match (accounts.change_name(&user, &form.username).await, wants) {
        (Ok(()), _) => Ok(Reply::done(wants, "/account?done=name")),
        (Err(refused), Wants::Page)
            if refused.error == Error::Taken || refused.error.is_shown_in_form() =>
        {
            let error = refused.error.clone();
            let page = page(&accounts, &user).await?.with_name(form.username);
            let page = page.refused(refused);
            Ok(framed(user.user(), &page)?.refused(&error).into())
        }
        (Err(refused), _) => Err(refused.error),
    }
}

/// `POST /account/password`: sets a new password and ends all other sessions.
#[handler]
pub async fn change_password(
    user: ConfirmedUser,
    wants: Wants,
    client: LogInClient,
    FormOrJson(form): FormOrJson<PasswordForm, 4096>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let changed = accounts
        .change_password(&user, &client, &form.password)
        .await;
    match (changed, wants) {
        (Ok(ended), Wants::Json) => Ok(Reply::json(&json!({ "ended_sessions": ended }))),
        (Ok(_), _) => Ok(Reply::see_other("/account?done=password")),
        (Err(refused), Wants::Page) if refused.error.is_shown_in_form() => {
            refused_page(&accounts, &user, refused).await
        }
        (Err(refused), _) => Err(refused.error),
    }
}

/// `DELETE /account/sessions/{id}`, and `POST /account/sessions/{id}/end` for forms: ends a session.
#[handler]
pub async fn end_session(
    user: ConfirmedUser,
    wants: Wants,
    Path(session): Path<i64>,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    accounts.end_session(&user, SessionId(session)).await?;
    Ok(Reply::done(wants, "/account?done=session"))
}

/// `DELETE /account/sessions`, and `POST /account/sessions/end` for forms: ends all other sessions.
#[handler]
pub async fn end_other_sessions(
    user: ConfirmedUser,
    wants: Wants,
    State(accounts): State<Accounts>,
) -> Result<Reply> {
    let ended = accounts.end_other_sessions(&user).await?;
    match wants {
        Wants::Json => Ok(Reply::json(&json!({ "ended_sessions": ended }))),
        _ => Ok(Reply::see_other("/account?done=sessions")),
    }
}

/// The page with the error of a form.
pub(super) async fn refused_page(
    accounts: &Accounts,
    user: &ConfirmedUser,
    refused: FormError,
) -> Result<Reply> {
    let error = refused.error.clone();
    let page = page(accounts, user).await?.refused(refused);
    Ok(framed(user.user(), &page)?.refused(&error).into())
}

/// The page with everything that it lists.
async fn page(accounts: &Accounts, user: &ConfirmedUser) -> Result<AccountPage> {
    let sessions = accounts.sessions(user).await?;
    let second_factor = accounts.second_factor(user).await?;
    let passkeys = accounts.passkeys(user).await?;
    let page = AccountPage::new(user, sessions, (second_factor, passkeys));
    Ok(page.with_email(accounts.sends_mails()))
}

fn framed(user: &User, page: &AccountPage) -> Result<Framed> {
    Framed::new(user.viewer(), TITLE, ADDRESS, page)
}

/// The form for the password, with the reason why it was refused.
async fn ask(accounts: &Accounts, user: &User, error: Option<Error>) -> Result<Reply> {
    let has_passkeys = accounts.has_passkeys(user.id).await?;
    let page = ConfirmPage::new(has_passkeys, error.as_ref().map(Error::to_string));
    let framed = Framed::new(user.viewer(), TITLE, ADDRESS, &page)?;
    Ok(match error {
        None => framed.into(),
        Some(error) => framed.refused(&error).into(),
    })
}
