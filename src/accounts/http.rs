//! Accounts over HTTP: forms with cookies for pages, JSON with tokens for programs.

pub mod preferences;
pub mod shortcuts;

use std::sync::{Arc, OnceLock};

use askama::Template;
use poem::{
    FromRequest, Request, RequestBody, Response, handler,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    web::Path,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Accounts, User, Visitor,
    html::{AuthCard, Avatar, OwnStyles},
    log_in::LoggedIn,
    store,
};
use crate::{
    app::App,
    db::ids::UserId,
    error::{Error, Result},
    web::{
        body::FormOrJson,
        cached_page::{CachedPage, CachedText},
        etag,
        form_error::FormError,
        form_values::after_log_in,
        page::{self, html, json, see_other},
        peer::Peer,
        query::lenient_param,
        state::State,
        token,
        wants::Wants,
    },
};

/// Fields of the log-in and registration forms.
#[derive(Deserialize)]
pub struct Credentials {
    username: String,
    password: String,
    /// Page of this site to open afterwards.
    next: Option<String>,
}

/// `GET /login`
#[handler]
pub async fn log_in_page(Visitor(user): Visitor, req: &Request) -> Result<Response> {
    static CARD: OnceLock<Arc<CachedText>> = OnceLock::new();
    empty_card(user, req, &CARD, AuthCard::log_in)
}

/// `GET /register`
#[handler]
pub async fn register_page(Visitor(user): Visitor, req: &Request) -> Result<Response> {
    static CARD: OnceLock<Arc<CachedText>> = OnceLock::new();
    empty_card(user, req, &CARD, AuthCard::register)
}

/// Returns the empty form, which is the same for all users and rendered once.
fn empty_card(
    user: Option<User>,
    req: &Request,
    card: &OnceLock<Arc<CachedText>>,
    make: fn() -> AuthCard,
) -> Result<Response> {
    let next: Option<String> = lenient_param(req, "next");
    let next = after_log_in(next.as_deref());
    if user.is_some() {
        return Ok(see_other(&next));
    }
    if next != "/" {
        return html(StatusCode::OK, &make().leading_to(next));
    }
    let cached = match card.get() {
        Some(cached) => cached,
        None => {
            let html = make().render()?;
            card.get_or_init(|| CachedText::new(html))
        }
    };
    let tag = etag::weak(req.uri().path());
    Ok(page::not_modified(req.headers(), &tag).unwrap_or_else(|| {
        let page = page::from_cached(StatusCode::OK, CachedPage::whole(cached.clone()));
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
        (Err(refused), _) => refused_form(AuthCard::register(), form, refused),
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

/// `GET /u/{file}`: `7.css` marks the messages of account 7 as one's own. `7.svg` is its avatar, which needs a
/// session because it shows the initials of a name.
#[handler]
pub async fn person_file(
    Visitor(user): Visitor,
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<Response> {
    let (id, kind) = file.split_once('.').ok_or(Error::NotFound)?;
    let id = UserId(id.parse().map_err(|_| Error::NotFound)?);
    match (kind, user) {
        ("css", _) => Ok(immutable(
            "text/css; charset=utf-8",
            OwnStyles { id }.render()?,
        )),
        ("svg", None) => Err(Error::Unauthenticated),
        ("svg", Some(_)) => {
            let known = app.db.read(move |conn| store::username(conn, id)).await?;
            let avatar = Avatar::of(&known.ok_or(Error::NotFound)?);
            Ok(immutable("image/svg+xml", avatar.render()?))
        }
        _ => Err(Error::NotFound),
    }
}

/// Response that this browser caches for good.
fn immutable(content_type: &str, body: String) -> Response {
    let cache = "private, max-age=31536000, immutable";
    let response = Response::builder().content_type(content_type);
    response.header(header::CACHE_CONTROL, cache).body(body)
}

/// Client of a log-in: its address, and the cookie of its device.
pub struct LogInClient {
    peer: Peer,
    device: Option<Uuid>,
}

impl<'a> FromRequest<'a> for LogInClient {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<LogInClient> {
        Ok(LogInClient {
            peer: Peer::from_request(req, body).await?,
            device: token::device(req),
        })
    }
}

/// Logs in: returns the token as JSON, or sets cookies and redirects to the page that was asked for.
async fn open_session(
    accounts: &Accounts,
    client: LogInClient,
    wants: Wants,
    form: Credentials,
) -> Result<Response> {
    let (from, https) = (client.peer.address, client.peer.https);
    let credentials = (&*form.username, &*form.password);
    let logged_in = accounts.log_in(from, client.device, credentials).await;
    match (logged_in, wants) {
        (Ok(LoggedIn { token, .. }), Wants::Json) => {
            Ok(json(StatusCode::OK, &json!({ "token": token.to_string() })))
        }
        (Ok(LoggedIn { token, user }), _) => {
            let mut response = see_other(&after_log_in(form.next.as_deref()));
            let headers = response.headers_mut();
            set_cookie(headers, &token::set_cookie(token, https))?;
            match accounts.remember_device(user, client.device).await {
                Ok(device) => set_cookie(headers, &token::set_device_cookie(device, https))?,
                Err(error) => tracing::warn!(?error, "a device was not remembered"),
            }
            Ok(response)
        }
        (Err(refused), Wants::Json) => refused_json(refused),
        (Err(refused), _) => refused_form(AuthCard::log_in(), form, refused),
    }
}

fn set_cookie(headers: &mut HeaderMap, cookie: &str) -> Result<()> {
    let value = HeaderValue::from_str(cookie)
        .map_err(|_| Error::Internal("a cookie that is no header".into()))?;
    headers.append(header::SET_COOKIE, value);
    Ok(())
}

/// The form with the error at its field.
fn refused_form(card: AuthCard, form: Credentials, refused: FormError) -> Result<Response> {
    let text = match &refused.error {
        Error::Unauthenticated => "Incorrect username or password.".into(),
        Error::Taken => {
            "That username is taken or too similar to an existing one. Try another.".into()
        }
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
