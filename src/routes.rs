//! Every URL of the server, and the handles that its handlers share.

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, RouteMethod, get, handler,
    http::{Method, StatusCode},
    middleware::CatchPanic,
    post, put,
    web::Path,
};

use crate::{
    accounts::{Accounts, Visitor, http as accounts},
    app::App,
    error::{Error, Result},
    frame::frame,
    inbox::http as inbox,
    jobs::JobRunner,
    legacy_socket::http as legacy_socket,
    messages::{
        Messages, RerenderMessages,
        http::{edits, emoji, mention_candidates, pins, reactions},
    },
    people::{People, http as people},
    presence::Presence,
    reading::{Reading, http as reading},
    room_page::{
        RoomPages,
        http::{self as room_page, history, message, thread},
    },
    rooms::{
        PurgeRooms, Rooms,
        http::{directs, members, room, rooms as directory},
    },
    search::{IndexMessages, Search, http as search},
    sidebar::http as sidebar,
    threads::{Threads, http as threads},
    web::{
        assets, middleware,
        page::{json, see_other},
        state::State,
        wants::Wants,
    },
};

const READ: &str = "GET, HEAD";
const FORM: &str = "GET, HEAD, POST";
const SWITCH: &str = "PUT, DELETE, POST";

/// The whole server as one endpoint.
pub fn routes(app: App) -> impl Endpoint<Output = Response> {
    let rooms = Rooms::new(app.clone());
    let people = People::new(app.clone());
    let accounts = Accounts::new(app.clone());
    let messages = Messages::new(app.clone());
    let threads = Threads::new(app.clone());
    let reading = Reading::new(app.clone());
    let presence = Presence::new(app.clone());
    let pages = RoomPages::new(
        app.clone(),
        rooms.clone(),
        messages.clone(),
        (threads.clone(), reading.clone()),
        presence.clone(),
    );
    start_jobs(&app);
    let routes = at_messages(in_rooms(elsewhere(Route::new())));
    let routes = frame(app.clone(), rooms.clone(), routes)
        .with(CatchPanic::new())
        .data(accounts)
        .data(people)
        .data(Search::new(app.clone(), rooms.clone()))
        .data(rooms)
        .data(messages)
        .data(threads)
        .data(reading)
        .data(presence)
        .data(pages)
        .data(app.clone());
    middleware(app, routes)
}

/// Starts the background work of all features.
fn start_jobs(app: &App) {
    JobRunner::new(app.db.clone())
        .handle(RerenderMessages)
        .handle(PurgeRooms)
        .follow(IndexMessages)
        .start();
}

fn elsewhere(routes: Route) -> Route {
    let log_in = get(accounts::log_in_page).post(accounts::log_in);
    let register = get(accounts::register_page).post(accounts::register);
    let directs = get(directs::index).post(directs::open);
    let profile = get(people::own)
        .post(people::put_own)
        .patch(people::put_own);
    routes
        .at("/", only(READ, get(home)))
        .at("/health", only(READ, get(health)))
        .at("/login", only(FORM, log_in))
        .at("/register", only(FORM, register))
        .at("/logout", only("POST", post(accounts::log_out)))
        .at("/u/:file", only(READ, get(accounts::person_file)))
        .at("/new/:file", only(READ, get(room_page::new_styles)))
        .at("/at/:file", only(READ, get(room_page::at_styles)))
        .at("/emoji", only(READ, get(emoji::index)))
        .at("/mentions", only(READ, get(inbox::mentions)))
        .at("/threads", only(READ, get(inbox::threads)))
        .at("/saved", only(READ, get(inbox::saved)))
        .at("/people", only(READ, get(people::index)))
        .at("/people/:name", only(READ, get(people::show)))
        .at("/profile", only("GET, HEAD, POST, PATCH", profile))
        .at("/search", only(READ, get(search::names::index)))
        .at("/messages", only(READ, get(search::messages::index)))
        .at("/directs", only(FORM, directs))
        .at("/directs/new", only(READ, get(directs::choose)))
        .at("/read", only("POST", post(reading::put_all_read)))
        .at("/live", only("GET", get(sidebar::listen)))
        .at("/ws", only("GET", get(legacy_socket::listen)))
        .at("/assets/:file", only(READ, get(asset)))
}

fn in_rooms(routes: Route) -> Route {
    let one = get(room_page::show).patch(room::patch).delete(room::delete);
    let member = post(members::change_form)
        .patch(members::appoint)
        .delete(members::remove);
    let read = put(reading::put_read).post(reading::put_read);
    let set = "PUT, POST";
    routes
        .at(
            "/rooms",
            only(FORM, get(directory::index).post(directory::create)),
        )
        .at("/rooms/new", only(READ, get(directory::new_room)))
        .at("/rooms/:room", only("GET, HEAD, PATCH, DELETE", one))
        .at(
            "/rooms/:room/settings",
            only(FORM, get(room::settings).post(room::save)),
        )
        .at(
            "/rooms/:room/deletion",
            only("POST", post(room::delete_form)),
        )
        .at(
            "/rooms/:room/members",
            only(FORM, get(members::index).post(members::post)),
        )
        .at(
            "/rooms/:room/members/:name",
            only("POST, PATCH, DELETE", member),
        )
        .at("/rooms/:room/read", only(set, read))
        .at(
            "/rooms/:room/preferences",
            only(set, put(reading::prefer).post(reading::prefer)),
        )
        .at(
            "/rooms/:room/messages",
            only(FORM, get(history::index).post(room_page::post::post)),
        )
        .at("/rooms/:room/live", only("GET", get(room_page::listen)))
        .at("/rooms/:room/pins", only(READ, get(pins::pins)))
        .at(
            "/rooms/:room/names",
            only(READ, get(mention_candidates::index)),
        )
}

fn at_messages(routes: Route) -> Route {
    let one = get(message::show)
        .post(message::edit)
        .patch(message::edit)
        .delete(message::delete);
    let reactions = get(reactions::index).post(reactions::toggle);
    let reaction = put(reactions::give).delete(reactions::take);
    let following = put(threads::follow)
        .delete(threads::unfollow)
        .post(threads::follow_form);
    let pin = put(pins::pin).delete(pins::unpin).post(pins::pin_form);
    let saved = put(pins::save).delete(pins::unsave).post(pins::save_form);
    routes
        .at(
            "/rooms/:room/messages/:message",
            only("GET, HEAD, POST, PATCH, DELETE", one),
        )
        .at(
            "/rooms/:room/messages/:message/deletion",
            only("POST", post(message::delete)),
        )
        .at(
            "/rooms/:room/messages/:message/edits",
            only(READ, get(edits::index)),
        )
        .at(
            "/rooms/:room/messages/:message/reactions",
            only(FORM, reactions),
        )
        .at(
            "/rooms/:room/messages/:message/reactions/:emoji",
            only("PUT, DELETE", reaction),
        )
        .at(
            "/rooms/:room/messages/:message/thread",
            only(FORM, get(thread::show).post(thread::reply)),
        )
        .at(
            "/rooms/:room/messages/:message/thread/following",
            only(SWITCH, following),
        )
        .at(
            "/rooms/:room/messages/:message/thread/read",
            only("PUT", put(threads::read)),
        )
        .at("/rooms/:room/messages/:message/pin", only(SWITCH, pin))
        .at("/rooms/:room/messages/:message/saved", only(SWITCH, saved))
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

/// `GET /`: to the last room of this browser, or to log in; programs are told who answers here.
#[handler]
async fn home(
    Visitor(user): Visitor,
    wants: Wants,
    req: &Request,
    State(rooms): State<Rooms>,
) -> Result<Response> {
    match (wants, user) {
        (Wants::Json, _) => {
            let version = env!("CARGO_PKG_VERSION");
            let value =
                serde_json::json!({ "status": "ok", "name": "chatterbox", "version": version });
            Ok(json(StatusCode::OK, &value))
        }
        (_, Some(user)) => {
            if let Some(last) = room_page::last_room(req, &user, &rooms).await {
                return Ok(see_other(&format!("/rooms/{last}")));
            }
            match rooms.home(&user).await {
                Ok(home) => Ok(see_other(&format!("/rooms/{home}"))),
                Err(Error::NotFound) => Ok(see_other("/rooms")),
                Err(error) => Err(error),
            }
        }
        (_, None) => Ok(see_other("/login")),
    }
}

/// `GET /health`: 200 while the database takes a write, else 503.
#[handler]
async fn health(State(app): State<App>) -> Result<Response> {
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
