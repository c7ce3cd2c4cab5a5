//! Every HTTP door, as a list.

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, RouteMethod, get, handler,
    http::{Method, StatusCode},
    middleware::CatchPanic,
    post,
    web::{Data, Path},
};

use crate::{
    accounts::{Accounts, Visitor, routes as accounts},
    app::App,
    error::{Error, Result},
    messages::Messages,
    plain::routes as plain,
    presence::Presence,
    rooms::{self, Rooms},
    timeline::{NewestPages, routes as timeline},
    web::{
        assets, door,
        page::{json, see_other},
        wants::Wants,
    },
};

/// The whole server as one endpoint.
pub fn routes(app: App) -> impl Endpoint<Output = Response> {
    let accounts = Accounts::new(app.clone(), rooms::welcome);
    let doors = Route::new()
        .at("/", only("GET, HEAD", get(home)))
        .at("/health", only("GET, HEAD", get(health)))
        .at(
            "/login",
            only(
                "GET, HEAD, POST",
                get(accounts::log_in_page).post(accounts::log_in),
            ),
        )
        .at(
            "/register",
            only(
                "GET, HEAD, POST",
                get(accounts::register_page).post(accounts::register),
            ),
        )
        .at("/logout", only("POST", post(accounts::log_out)))
        .at("/u/:file", only("GET, HEAD", get(accounts::person_file)))
        .at("/rooms/:room", only("GET, HEAD", get(timeline::show)))
        .at(
            "/rooms/:room/messages",
            only("GET, HEAD, POST", get(timeline::list).post(timeline::post)),
        )
        .at("/rooms/:room/live", only("GET", get(timeline::listen)))
        .at("/ws", only("GET", get(plain::talk)))
        .at("/assets/:file", only("GET, HEAD", get(asset)));
    let doors = doors
        .with(CatchPanic::new())
        .data(accounts)
        .data(Rooms::new(app.clone()))
        .data(Messages::new(app.clone()))
        .data(Presence::new(app.clone()))
        .data(NewestPages::default())
        .data(app.clone());
    door(app, doors)
}

/// A resource, and what `Allow` says to other methods (RFC 9110, section 15.5.6).
fn only(allowed: &'static str, methods: RouteMethod) -> impl Endpoint<Output = Response> {
    methods.around(move |methods, req| async move {
        if req.method() == Method::HEAD && !allowed.contains("HEAD") {
            return Err(Error::MethodNotAllowed(allowed).into()); // poem would run GET
        }
        methods
            .call(req)
            .await
            .map_err(|error| match error.status() {
                StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed(allowed).into(),
                _ => error,
            })
    })
}

/// `GET /`: to the person's room, or to log in; programs are told who answers here.
#[handler]
async fn home(Visitor(user): Visitor, wants: Wants, rooms: Data<&Rooms>) -> Result<Response> {
    match (wants, user) {
        (Wants::Json, _) => {
            let version = env!("CARGO_PKG_VERSION");
            let value =
                serde_json::json!({ "status": "ok", "name": "chatterbox", "version": version });
            Ok(json(StatusCode::OK, &value))
        }
        (_, Some(user)) => Ok(see_other(&format!("/rooms/{}", rooms.home(&user).await?))),
        (_, None) => Ok(see_other("/login")),
    }
}

/// `GET /health`: 200 while the database takes a write, else 503.
#[handler]
async fn health(app: Data<&App>) -> Result<Response> {
    app.db.check().await.map_err(|error| match error {
        Error::Unavailable(wait) => Error::Unavailable(wait),
        _ => Error::Unavailable(std::time::Duration::from_secs(5)),
    })?;
    Ok(json(StatusCode::OK, &serde_json::json!({ "status": "ok" })))
}

/// `GET /assets/{name}-{hash}.{ext}`
#[handler]
fn asset(req: &Request, Path(file): Path<String>) -> Result<Response> {
    Ok(assets::find(&file)
        .ok_or(Error::NotFound)?
        .answer(req.headers()))
}
