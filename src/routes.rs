//! Every HTTP door, as a list.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, RouteMethod, get, handler,
    http::{Method, StatusCode},
    middleware::CatchPanic,
    post, put,
    web::{Data, Path},
};

use crate::{
    accounts::{Accounts, Visitor, routes as accounts},
    app::App,
    directory::routes as directory,
    error::{Error, Result},
    inbox::routes as inbox,
    jobs::JobRunner,
    messages::{Messages, RerenderMessages},
    people::routes as people,
    plain::routes as plain,
    presence::Presence,
    rooms::{self, PurgeRooms, Rooms},
    search::{IndexMessages, Search, routes as search},
    sidebar::{Sidebar, routes as sidebar},
    timeline::{
        NewestPages, Services,
        routes::{self as timeline, emoji, kept, message, names, reactions, thread},
    },
    web::{
        assets, middleware,
        page::{json, see_other},
        wants::Wants,
    },
};

/// The whole server as one endpoint.
pub fn routes(app: App) -> impl Endpoint<Output = Response> {
    let rooms = Rooms::new(app.clone());
    let presence = Presence::new(app.clone());
    let services = Services {
        messages: Messages::new(app.clone()),
        sidebar: Sidebar::new(app.clone(), rooms.clone(), presence.clone()),
        presence,
        rooms,
    };
    let search = Search::new(app.clone(), services.sidebar.clone());
    let renamed = services.rooms.clone();
    let accounts = Accounts::new(app.clone(), rooms::join_default_rooms, move |user| {
        renamed.renamed(user)
    });
    start_jobs(&app);
    let routes = at_messages(in_rooms(elsewhere(Route::new())))
        .with(CatchPanic::new())
        .data(accounts)
        .data(services.rooms.clone())
        .data(services.messages.clone())
        .data(services.presence.clone())
        .data(services.sidebar.clone())
        .data(search)
        .data(Arc::new(services))
        .data(NewestPages::default())
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
    const READ: &str = "GET, HEAD";
    const FORM: &str = "GET, HEAD, POST";
    let log_in = get(accounts::log_in_page).post(accounts::log_in);
    let register = get(accounts::register_page).post(accounts::register);
    let directs = get(directory::directs::index).post(directory::directs::open);
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
        .at("/new/:file", only(READ, get(timeline::new_styles)))
        .at("/at/:file", only(READ, get(timeline::at_styles)))
        .at("/emoji", only(READ, get(emoji::index)))
        .at("/mentions", only(READ, get(inbox::mentions)))
        .at("/threads", only(READ, get(inbox::threads)))
        .at("/saved", only(READ, get(inbox::saved)))
        .at("/people", only(READ, get(people::index)))
        .at("/people/:name", only(READ, get(people::show)))
        .at("/profile", only("GET, HEAD, POST, PATCH", profile))
        .at("/search", only(READ, get(directory::search::search)))
        .at("/messages", only(READ, get(search::index)))
        .at("/directs", only(FORM, directs))
        .at("/directs/new", only(READ, get(directory::directs::choose)))
        .at("/read", only("POST", post(sidebar::put_all_read)))
        .at("/live", only("GET", get(sidebar::listen)))
        .at("/ws", only("GET", get(plain::talk)))
        .at("/assets/:file", only(READ, get(asset)))
}

fn in_rooms(routes: Route) -> Route {
    const READ: &str = "GET, HEAD";
    const FORM: &str = "GET, HEAD, POST";
    use directory::{members, room, rooms};
    let one = get(timeline::show).patch(room::patch).delete(room::delete);
    let member = post(members::run)
        .patch(members::appoint)
        .delete(members::put_out);
    let read = put(sidebar::put_read).post(sidebar::put_read);
    let set = "PUT, POST";
    routes
        .at("/rooms", only(FORM, get(rooms::index).post(rooms::create)))
        .at("/rooms/new", only(READ, get(rooms::new_room)))
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
            only(set, put(sidebar::prefer).post(sidebar::prefer)),
        )
        .at(
            "/rooms/:room/messages",
            only(FORM, get(timeline::index).post(timeline::post)),
        )
        .at("/rooms/:room/live", only("GET", get(timeline::listen)))
        .at("/rooms/:room/pins", only(READ, get(kept::pins)))
        .at("/rooms/:room/names", only(READ, get(names::index)))
}

fn at_messages(routes: Route) -> Route {
    const READ: &str = "GET, HEAD";
    const FORM: &str = "GET, HEAD, POST";
    const SWITCH: &str = "PUT, DELETE, POST";
    let one = get(message::show)
        .post(message::edit)
        .patch(message::edit)
        .delete(message::delete);
    let reactions = get(reactions::index).post(reactions::toggle);
    let reaction = put(reactions::give).delete(reactions::take);
    let following = put(thread::follow)
        .delete(thread::unfollow)
        .post(thread::follow_form);
    let pin = put(kept::pin).delete(kept::unpin).post(kept::pin_form);
    let saved = put(kept::save).delete(kept::unsave).post(kept::save_form);
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
            only(READ, get(message::edits)),
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
            only(FORM, get(thread::show).post(thread::answer)),
        )
        .at(
            "/rooms/:room/messages/:message/thread/following",
            only(SWITCH, following),
        )
        .at(
            "/rooms/:room/messages/:message/thread/read",
            only("PUT", put(thread::read)),
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
    rooms: Data<&Rooms>,
) -> Result<Response> {
    match (wants, user) {
        (Wants::Json, _) => {
            let version = env!("CARGO_PKG_VERSION");
            let value =
                serde_json::json!({ "status": "ok", "name": "chatterbox", "version": version });
            Ok(json(StatusCode::OK, &value))
        }
        (_, Some(user)) => {
            if let Some(last) = timeline::last_room(req, &user, &rooms).await {
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
