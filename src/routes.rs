//! List of all URLs, and the handles that handlers share.

use std::time::Duration;

use poem::{
    Endpoint, EndpointExt, Request, Response, Route, handler, http::StatusCode,
    middleware::CatchPanic, web::Path,
};
use serde_json::json;

use crate::{
    accounts::{
        Accounts, Visitor,
        http::{self as accounts, preferences, shortcuts},
    },
    app::App,
    avatars::{Avatars, http as avatars},
    emoji::{
        EmojiCatalog,
        http::{custom, picker, picture},
    },
    error::{Error, Result},
    files::{
        self, Files, SweepFiles,
        http::{download, own, poster, storage, tus},
    },
    frame::frame,
    inbox::http as inbox,
    jobs::JobRunner,
    legacy_socket::http as legacy_socket,
    link_previews::{self, LinkPreviews, SweepLinkPreviews},
    messages::{
        FindLinkPreviews, Messages, RerenderEmoji, RerenderMessages,
        http::{
            alt_texts, edits, file_lists, file_text, mention_candidates, own_files, pins, previews,
            reactions,
        },
    },
    people::{FillNameLetters, People, http as people},
    presence::Presence,
    reading::{Reading, http as reading},
    room_page::{
        RoomPages,
        http::{self as room_page, history, message, thread},
        offer_to_join,
    },
    rooms::{
        PurgeRooms, Rooms,
        http::{adding, directs, invitations, members, room, rooms as directory},
    },
    search::{IndexMessages, Search, http as search},
    sidebar::http as sidebar,
    threads::{Threads, http as threads},
    web::{
        assets,
        memory_limit::BodyMemory,
        middleware,
        page::{self, see_other},
        resource::{delete, get, patch, post, put, socket},
        state::State,
        wants::Wants,
    },
};

/// Endpoint of the whole server. Also starts the background work of the features.
pub fn routes(app: App) -> impl Endpoint<Output = Response> {
    let files = Files::new(app.clone());
    files.start_sweeping();
    let avatars = Avatars::new(app.clone(), files.clone());
    let link_previews = LinkPreviews::new(app.clone(), files.clone());
    let rooms = Rooms::new(app.clone());
    let people = People::new(app.clone());
    let accounts = Accounts::new(app.clone());
    let emoji = EmojiCatalog::new(app.clone(), files.clone());
    let messages = Messages::new(app.clone(), emoji.clone());
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
    JobRunner::new(app.db.clone())
        .handle(RerenderMessages)
        .handle(RerenderEmoji(messages.clone()))
        .handle(PurgeRooms {
            on_removal: |tx| {
                files::sweep_detached(tx)?;
                link_previews::sweep_unused(tx)
            },
        })
        .handle(SweepLinkPreviews(link_previews.clone()))
        .handle(FindLinkPreviews {
            app: app.clone(),
            previews: link_previews.clone(),
        })
        .handle(SweepFiles(files.clone()))
        .handle(FillNameLetters)
        .follow(IndexMessages)
        .start();
    let routes = message_routes(room_routes(general_routes(Route::new())));
    let routes = offer_to_join(routes).boxed();
    let routes = frame(app.clone(), rooms.clone(), reading.clone(), routes)
        .with(CatchPanic::new())
        .data(accounts)
        .data(people)
        .data(Search::new(app.clone(), rooms.clone()))
        .data(rooms)
        .data(emoji)
        .data(messages)
        .data(threads)
        .data(reading)
        .data(presence)
        .data(pages)
        .data(files)
        .data(avatars)
        .data(link_previews)
        .data(BodyMemory::default())
        .data(app.clone())
        .boxed(); // bounds the depth of the type, which the compiler limits
    tus::with_version(middleware(app, routes))
}

/// `Permissions-Policy` of pages with a composer, which records voice messages.
const ROOM_PERMISSIONS: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(self), payment=(), usb=()";

fn general_routes(routes: Route) -> Route {
    let log_in = get(accounts::log_in_page).post(accounts::log_in);
    let register = get(accounts::register_page).post(accounts::register);
    let directs = get(directs::index).post(directs::open);
    let profile = get(people::own)
        .post(people::put_own)
        .patch(people::put_own);
    let upload = patch(tus::append).head(tus::head).delete(tus::cancel);
    let own_file = post(own_files::delete_form).delete(own_files::delete);
    let appearance = get(preferences::show)
        .post(preferences::save)
        .patch(preferences::save);
    routes
        .at("/preferences", appearance)
        .at("/shortcuts", get(shortcuts::show))
        .at("/", get(home))
        .at("/health", get(health))
        .at("/login", log_in)
        .at("/register", register)
        .at("/logout", post(accounts::log_out))
        .at("/u/:file", get(accounts::person_file))
        .at("/u/:user/:picture/:side", get(avatars::of_user))
        .at("/new/:file", get(room_page::new_styles))
        .at("/at/:file", get(room_page::at_styles))
        .at("/emoji", get(picker::index))
        .at("/emoji/custom", get(custom::index).post(custom::add))
        .at("/emoji/custom/:emoji", delete(custom::remove))
        .at("/emoji/custom/:emoji/deletion", post(custom::remove))
        .at("/e/:token", get(picture::show))
        .at("/mentions", get(inbox::mentions))
        .at("/mentions/read", post(inbox::read_mentions))
        .at("/threads", get(inbox::threads))
        .at("/threads/read", post(inbox::read_threads))
        .at("/saved", get(inbox::saved))
        .at("/people", get(people::index))
        .at("/people/:name", get(people::show))
        .at("/people/:name/files", get(file_lists::of_person))
        .at("/profile", profile)
        .at(
            "/profile/picture",
            post(avatars::set_own).delete(avatars::remove_own),
        )
        .at("/profile/picture/removal", post(avatars::remove_own))
        .at("/search", get(search::names::index))
        .at("/messages", get(search::messages::index))
        .at("/directs", directs)
        .at("/directs/new", get(directs::choose))
        .at("/invitations", get(invitations::index))
        .at("/invitations/:room", post(invitations::answer))
        .at("/read", post(reading::put_all_read))
        .at("/live", socket(sidebar::listen))
        .at("/ws", socket(legacy_socket::listen))
        .at("/uploads", post(tus::create).options(tus::options))
        .at("/uploads/:token", upload)
        .at("/uploads/:token/poster", put(poster::put))
        .at("/files", get(own::index))
        .at("/files/:token", own_file)
        .at("/storage", get(storage::show))
        .at(
            "/files/:token/:file",
            get(download::show).head(download::head),
        )
        .at("/files/:token/:file/text", get(file_text::show))
        .at("/previews/:preview", get(link_previews::http::picture))
        .at("/assets/:file", get(asset))
}

fn room_routes(routes: Route) -> Route {
    let one = get(room_page::show).patch(room::patch).delete(room::delete);
    let one = one.with_permissions(ROOM_PERMISSIONS);
    let member = post(members::change_form)
        .patch(members::appoint)
        .delete(members::remove);
    let invitation = post(invitations::cancel).delete(invitations::cancel);
    let settings = get(room::settings).post(room::save);
    let all_members = get(members::index).post(adding::post);
    let messages = get(history::index).post(room_page::post::post);
    let read = put(reading::put_read).post(reading::put_read);
    let preferences = put(reading::prefer).post(reading::prefer);
    routes
        .at("/rooms", get(directory::index).post(directory::create))
        .at("/rooms/new", get(directory::new_room))
        .at("/rooms/:room", one)
        .at("/rooms/:room/settings", settings)
        .at("/rooms/:room/deletion", post(room::delete_form))
        .at(
            "/rooms/:room/picture",
            post(avatars::set_of_room).delete(avatars::remove_of_room),
        )
        .at(
            "/rooms/:room/picture/removal",
            post(avatars::remove_of_room),
        )
        .at("/rooms/:room/picture/:picture/:side", get(avatars::of_room))
        .at("/rooms/:room/members", all_members)
        .at("/rooms/:room/members/:name", member)
        .at("/rooms/:room/invitations/:name", invitation)
        .at("/rooms/:room/read", read)
        .at("/rooms/:room/preferences", preferences)
        .at("/rooms/:room/messages", messages)
        .at("/rooms/:room/draft", post(room_page::post::refresh))
        .at("/rooms/:room/live", socket(room_page::listen))
        .at("/rooms/:room/pins", get(pins::pins))
        .at("/rooms/:room/files", get(file_lists::of_room))
        .at("/rooms/:room/names", get(mention_candidates::index))
}

fn message_routes(routes: Route) -> Route {
    let one = get(message::show)
        .post(message::edit)
        .patch(message::edit)
        .delete(message::delete)
        .with_permissions(ROOM_PERMISSIONS);
    let reactions = get(reactions::index).post(reactions::toggle);
    let reaction = put(reactions::give).delete(reactions::take);
    let following = put(threads::follow)
        .delete(threads::unfollow)
        .post(threads::follow_form);
    let alt_text = post(alt_texts::describe).patch(alt_texts::describe);
    let alt_texts = get(alt_texts::show)
        .post(alt_texts::describe_all)
        .patch(alt_texts::describe_all);
    let (deletion, read) = (post(message::delete), put(threads::read));
    let thread = get(thread::show)
        .post(thread::reply)
        .with_permissions(ROOM_PERMISSIONS);
    let pin = put(pins::pin).delete(pins::unpin).post(pins::pin_form);
    let saved = put(pins::save).delete(pins::unsave).post(pins::save_form);
    routes
        .at("/rooms/:room/messages/:message", one)
        .at("/rooms/:room/messages/:message/deletion", deletion)
        .at("/rooms/:room/messages/:message/edits", get(edits::index))
        .at("/rooms/:room/messages/:message/files", alt_texts)
        .at("/rooms/:room/messages/:message/files/:file", alt_text)
        .at(
            "/rooms/:room/messages/:message/quote",
            get(previews::quoted),
        )
        .at(
            "/rooms/:room/messages/:message/previews/:place",
            delete(previews::remove),
        )
        .at(
            "/rooms/:room/messages/:message/previews/:place/deletion",
            post(previews::remove),
        )
        .at("/rooms/:room/messages/:message/reactions", reactions)
        .at("/rooms/:room/messages/:message/reactions/:emoji", reaction)
        .at("/rooms/:room/messages/:message/thread", thread)
        .at("/rooms/:room/messages/:message/thread/following", following)
        .at("/rooms/:room/messages/:message/thread/read", read)
        .at("/rooms/:room/messages/:message/pin", pin)
        .at("/rooms/:room/messages/:message/saved", saved)
}

/// `GET /`: redirects to the last room of this browser or to the log-in page. JSON clients get name and version.
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
            let value = json!({ "status": "ok", "name": "chatterbox", "version": version });
            Ok(page::json(StatusCode::OK, &value))
        }
        (_, Some(user)) => {
            let room = match room_page::last_room(req, &user, &rooms).await {
                Some(last) => Ok(last),
                None => rooms.home(&user).await,
            };
            match room {
                Ok(room) => Ok(see_other(&format!("/rooms/{room}"))),
                Err(Error::NotFound) => Ok(see_other("/rooms")),
                Err(error) => Err(error),
            }
        }
        (_, None) => Ok(see_other("/login")),
    }
}

/// `GET /health`: 200 while the database takes a write, else 503 with the reason. Always JSON.
#[handler]
async fn health(State(app): State<App>) -> Result<Response> {
    let error = match app.db.check().await {
        Ok(()) => return Ok(page::json(StatusCode::OK, &json!({ "status": "ok" }))),
        Err(error @ (Error::Unavailable(_) | Error::WrongClock | Error::Disk)) => error,
        Err(_) => Error::Unavailable(Duration::from_secs(5)),
    };
    let reason = json!({ "status": "unavailable", "detail": error.to_string() });
    let mut response = page::json(error.status(), &reason);
    error.add_retry_after(response.headers_mut());
    Ok(response)
}

/// `GET /assets/{name}-{hash}.{ext}`
#[handler]
fn asset(req: &Request, Path(file): Path<String>) -> Result<Response> {
    let asset = assets::find(&file).ok_or(Error::NotFound)?;
    Ok(asset.respond(req.headers()))
}
