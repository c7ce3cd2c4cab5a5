//! Every HTTP door, as a list.

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, get, handler,
    http::StatusCode,
    middleware::CatchPanic,
    post,
    web::{Data, Path},
};

use crate::{
    accounts::{Accounts, User, routes as accounts},
    app::App,
    error::{Error, Result},
    messages::Messages,
    plain::routes as plain,
    presence::Presence,
    rooms::{self, Rooms},
    timeline::routes as timeline,
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
        .at("/", get(home))
        .at("/health", get(health))
        .at("/login", get(accounts::log_in_page).post(accounts::log_in))
        .at(
            "/register",
            get(accounts::register_page).post(accounts::register),
        )
        .at("/logout", post(accounts::log_out))
        .at("/u/:file", get(accounts::person_file))
        .at("/rooms/:room", get(timeline::show))
        .at(
            "/rooms/:room/messages",
            get(timeline::list).post(timeline::post),
        )
        .at("/rooms/:room/live", get(timeline::listen))
        .at("/ws", get(plain::talk))
        .at("/assets/:file", get(asset));
    let doors = doors
        .with(CatchPanic::new())
        .data(accounts)
        .data(Rooms::new(app.clone()))
        .data(Messages::new(app.clone()))
        .data(Presence::new(app.clone()))
        .data(app.clone());
    door(app, doors)
}

/// `GET /`: to the person's room, or to log in; programs are told who answers here.
#[handler]
async fn home(user: Option<User>, wants: Wants, rooms: Data<&Rooms>) -> Result<Response> {
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
