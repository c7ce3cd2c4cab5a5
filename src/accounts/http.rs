//! Accounts over HTTP: forms with cookies for pages, JSON with tokens for programs.

pub mod account;
pub mod account_deletion;
pub mod email;
pub mod log_in_response;
pub mod person_file;
pub mod preferences;
pub mod reset;
pub mod shortcuts;

use askama::Template;
use poem::{
    Request, Response, handler,
    http::{HeaderName, HeaderValue, StatusCode},
};
use serde::Deserialize;
use serde_json::json;

use log_in_response::{code_page, logged_in_response, set_cookie};

use super::{
    Accounts, LogInClient, User, Visitor,
    auth_card::{AuthCard, CardKey},
    html::TAKEN,
    log_in::LogIn,
};
use crate::{
    app::App,
    error::{Error, Result},
    web::{
        body::FormOrJson,
        cached_page::CachedPage,
        etag,
        form_error::FormError,
        form_values::after_log_in,
        page::{self, html, json, see_other},
        peer::Peer,
        query::lenient_param,
        safe_mode,
        state::State,
        token,
        wants::Wants,
    },
};

/// Text for programs that have to send the code of the second factor.
const NEEDS_CODE: &str = "Enter a code from your authenticator app, or a recovery code.";

/// Fields of the log-in and registration forms.
#[derive(Deserialize)]
pub struct Credentials {
    username: String,
    password: String,
    /// Code of the second factor, for programs that log in with one request.
    code: Option<String>,
    /// Page of this site to open afterwards.
    next: Option<String>,
}

/// `GET /login`. On a server without accounts, it leads to the setup.
#[handler]
pub async fn log_in_page(
    Visitor(user): Visitor,
    req: &Request,
    State(accounts): State<Accounts>,
) -> Result<Response> {
    if user.is_none() && accounts.is_empty().await? {
        return Ok(see_other("/setup"));
    }
    empty_card(user, req, &accounts, ("/login", AuthCard::log_in)).await
}

/// `GET /register`. On a server without accounts that others can reach, it leads to the setup.
#[handler]
pub async fn register_page(
    Visitor(user): Visitor,
    req: &Request,
    State((accounts, app)): State<(Accounts, App)>,
) -> Result<Response> {
    if app.setup_code.is_some() && accounts.is_empty().await? {
        return Ok(see_other("/setup"));
    }
    empty_card(user, req, &accounts, ("/register", AuthCard::register)).await
}

/// Returns the empty form, which is the same for all users and rendered once.
async fn empty_card(
    user: Option<User>,
    req: &Request,
    accounts: &Accounts,
    (path, make): (&'static str, fn(&App) -> AuthCard),
) -> Result<Response> {
    let next: Option<String> = lenient_param(req, "next");
    let next = after_log_in(next.as_deref());
    if user.is_some() {
        return Ok(see_other(&next));
    }
    let app = &accounts.0.app;
    let key = CardKey {
        path,
        settings: app.settings.current(),
        is_safe: safe_mode::is_on(req.headers()),
        is_first: accounts.is_empty().await?,
    };
    let card = match key.is_first {
        true => make(app).for_first_account(),
        false => make(app),
    };
    let card = match key.is_safe {
        true => card,
        false => card.with_custom_css(&key.settings),
    };
    if next != "/" {
        return html(StatusCode::OK, &card.leading_to(next));
    }
    let tag = etag::weak(&key);
    let cached = accounts.0.cards.get(key, || Ok(card.render()?))?;
    Ok(page::not_modified(req.headers(), &tag).unwrap_or_else(|| {
        let page = page::from_cached(StatusCode::OK, CachedPage::whole(cached));
        page::with_etag(page, &tag)
    }))
}

/// `POST /register`: 200 as JSON. A form also logs in.
#[handler]
pub async fn register(
    State(accounts): State<Accounts>,
    client: LogInClient,
    wants: Wants,
    FormOrJson(form): FormOrJson<Credentials, 16384>,
) -> Result<Response> {
    let from = client.peer.address;
    let registered = accounts.register(from, &form.username, &form.password);
    match (registered.await, wants) {
        (Err(refused), Wants::Json) => refused_json(refused),
        (Err(refused), _) => {
            let card = AuthCard::register(&accounts.0.app);
            refused_form(card, form, refused)
        }
        (Ok(()), Wants::Json) => {
            let registered = json!({ "message": "User registered successfully" });
            Ok(json(StatusCode::OK, &registered))
        }
        (Ok(()), _) => open_session(&accounts, client, wants, form).await,
    }
}

/// `POST /login`: returns the token as JSON, or sets a cookie.
#[handler]
pub async fn log_in(
    State(accounts): State<Accounts>,
    client: LogInClient,
    wants: Wants,
    FormOrJson(form): FormOrJson<Credentials, 16384>,
) -> Result<Response> {
    open_session(&accounts, client, wants, form).await
}

/// `POST /logout`, also without a session.
#[handler]
pub async fn log_out(
    State(accounts): State<Accounts>,
    peer: Peer,
    wants: Wants,
    Visitor(user): Visitor,
) -> Result<Response> {
    if let Some(user) = user {
        accounts.log_out(&user).await?;
    }
    let mut response = match wants {
        Wants::Json => json(StatusCode::OK, &json!({ "message": "Logged out" })),
        _ => see_other("/login"),
    };
    set_cookie(response.headers_mut(), &token::clear_cookie(peer.https))?;
    // The next user of this browser must not find the room with the back button.
    let name = HeaderName::from_static("clear-site-data");
    let cache = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert(name, cache);
    Ok(response)
}

/// Logs in someone who has just made an account in another way than the register page.
pub async fn log_in_new(
    accounts: &Accounts,
    client: LogInClient,
    wants: Wants,
    (username, password): (String, String),
) -> Result<Response> {
    let form = Credentials {
        username,
        password,
        code: None,
        next: None,
    };
    open_session(accounts, client, wants, form).await
}

/// Logs in: returns the token as JSON, or sets cookies and redirects to the page that was asked for.
async fn open_session(
    accounts: &Accounts,
    client: LogInClient,
    wants: Wants,
    form: Credentials,
) -> Result<Response> {
    let credentials = (&*form.username, &*form.password);
    let code = form.code.as_deref().filter(|code| !code.trim().is_empty());
    let checked = match code {
        Some(code) => accounts.log_in_with_code(&client, credentials, code).await,
        None => accounts.log_in(&client, credentials).await,
    };
    match (checked, wants) {
        (Ok(LogIn::Open(logged_in)), _) => {
            let next = form.next.as_deref();
            logged_in_response(accounts, &client, wants, (logged_in, next)).await
        }
        (Ok(LogIn::NeedsCode(token)), Wants::Json) => {
            let asked = json!({ "detail": NEEDS_CODE, "second_factor": token.to_string() });
            Ok(json(StatusCode::UNAUTHORIZED, &asked))
        }
        (Ok(LogIn::NeedsCode(token)), _) => {
            let next = after_log_in(form.next.as_deref());
            let mut response = see_other(&code_page(&next));
            let cookie = token::set_pending_cookie(token, client.peer.https);
            set_cookie(response.headers_mut(), &cookie)?;
            Ok(response)
        }
        (Err(refused), Wants::Json) => refused_json(refused),
        (Err(refused), _) => refused_form(AuthCard::log_in(&accounts.0.app), form, refused),
    }
}

/// The form with the error at its field.
fn refused_form(card: AuthCard, form: Credentials, refused: FormError) -> Result<Response> {
    let text = match &refused.error {
        Error::Unauthenticated => "Incorrect username or password.".into(),
        Error::Taken => TAKEN.into(),
        // The register page shows the same reason in place of the form.
        error @ Error::Forbidden(_) => error.to_string(),
        error if error.is_shown_in_form() => error.to_string(),
        _ => return Err(refused.error),
    };
    let card = card.refused(form.username, text, refused.field);
    let card = card.leading_to(after_log_in(form.next.as_deref()));
    let mut response = html(refused.error.status(), &card)?;
    refused.error.add_retry_after(response.headers_mut());
    Ok(response)
}

/// The exact responses of the original project for two errors.
fn refused_json(refused: FormError) -> Result<Response> {
    let (status, detail) = match refused.error {
        Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "Invalid username or password"),
        Error::Taken => (StatusCode::BAD_REQUEST, "Username already exists"),
        other => return Err(other),
    };
    Ok(json(status, &json!({ "detail": detail })))
}
