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
        http::{
            self as accounts, account, account_deletion, email, person_file, preferences, reset,
            shortcuts,
        },
        passkeys::http as passkeys,
        second_factor::http as second_factor,
    },
    admin::http::{brand, pages as admin, removal, safe_mode, settings},
    app::App,
    avatars::http as avatars,
    control::Control,
    data_export::http as data_export,
    emoji::http::{custom, picker, picture},
    error::{Error, Result},
    features::Features,
    files::http::{download, my_files, poster, storage, tus},
    frame::frame,
    inbox::http as inbox,
    invites::http::{links as invite_links, offer as invite_offer},
    legacy_socket::http as legacy_socket,
    link_previews,
    messages::http::{
        alt_texts, edits, file_lists, file_text, mention_candidates, own_files, pins, previews,
        reactions,
    },
    moderation::http::{audit as audit_log, notices, queue, reports},
    people::http::{self as people, administration, blocks, reset as reset_links},
    reading::http as reading,
    room_page::{
        http::{self as room_page, history, message, thread},
        offer_to_join,
    },
    rooms::{
        Rooms,
        http::{adding, directs, invitations, members, moderation, room, rooms as directory},
    },
    search::http as search,
    setup::http as setup,
    sidebar::http as sidebar,
    threads::http as threads,
    web::{
        assets, middleware,
        page::{self, see_other},
        resource::{delete, get, patch, post, put, socket},
        state::State,
        wants::Wants,
    },
};

/// Endpoint of the whole server. Also starts the background work of the features.
pub fn routes(app: App) -> impl Endpoint<Output = Response> {
    let control = Control::new(app.clone());
    routes_with(app, &control)
}

/// Like [`routes`], with the handles that the control socket shares.
pub fn routes_with(app: App, control: &Control) -> impl Endpoint<Output = Response> + use<> {
    let features = Features::start(&app, control);
    let routes = server_routes(invite_routes(people_routes(general_routes(Route::new()))));
    let routes = message_routes(room_routes(routes));
    let routes = moderation_routes(routes);
    let routes = account_routes(recovery_routes(routes));
    let routes = offer_to_join(routes).boxed();
    let (rooms, reading) = (features.rooms.clone(), features.reading.clone());
    let routes = frame(app.clone(), rooms, reading, routes).with(CatchPanic::new());
    let routes = features.provide(&app, routes);
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
        .at("/login", log_in)
        .at("/register", register)
        .at("/logout", post(accounts::log_out))
        .at("/u/:file", get(person_file::show))
        .at("/u/:user/:picture/:side", get(avatars::of_user))
        .at("/new/:file", get(room_page::new_styles))
        .at("/at/:file", get(room_page::at_styles))
        .at("/emoji", get(picker::index))
        .at("/e/:token", get(picture::show))
        .at("/mentions", get(inbox::mentions))
        .at("/mentions/read", post(inbox::read_mentions))
        .at("/threads", get(inbox::threads))
        .at("/threads/read", post(inbox::read_threads))
        .at("/saved", get(inbox::saved))
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
        .at("/files", get(my_files::index))
        .at("/files/:token", own_file)
        .at(
            "/files/:token/:file",
            get(download::show).head(download::head),
        )
        .at("/files/:token/:file/text", get(file_text::show))
        .at("/previews/:preview", get(link_previews::http::picture))
}

/// Profiles, and the administration of accounts.
fn people_routes(routes: Route) -> Route {
    let role = post(administration::set_role).patch(administration::set_role);
    let suspension = post(administration::suspend)
        .put(administration::suspend)
        .delete(administration::reinstate);
    routes
        .at("/people", get(people::index))
        .at("/people/:name", get(people::show).delete(removal::remove))
        .at(
            "/people/:name/removal",
            get(removal::show).post(removal::remove),
        )
        .at("/people/:name/role", role)
        .at("/people/:name/suspension", suspension)
        .at(
            "/people/:name/suspension/end",
            post(administration::reinstate),
        )
        .at("/admin/people", get(administration::index))
        .at("/people/:name/files", get(file_lists::of_person))
}

fn invite_routes(routes: Route) -> Route {
    let links = get(invite_links::index).post(invite_links::create);
    let offer = get(invite_offer::show).post(invite_offer::redeem);
    routes
        .at("/invites", links)
        .at("/invites/:link", delete(invite_links::revoke))
        .at("/invites/:link/revocation", post(invite_links::revoke))
        .at("/invites/:link/suspensions", post(invite_links::undo))
        .at("/invite/:token", offer)
}

/// Pages for admins, the first run, and what belongs to the server itself.
fn server_routes(routes: Route) -> Route {
    let server_settings = get(settings::show)
        .post(settings::save)
        .patch(settings::save);
    routes
        .at("/setup", get(setup::show).post(setup::run))
        .at("/admin", get(admin::index))
        .at("/admin/settings", server_settings)
        .at(
            "/admin/settings/logo",
            post(brand::set_logo).delete(brand::remove_logo),
        )
        .at("/admin/settings/logo/removal", post(brand::remove_logo))
        .at("/brand/:file", get(brand::file))
        .at("/safe", get(safe_mode::turn_on).post(safe_mode::turn_off))
        .at("/storage", get(storage::show))
        .at("/emoji/custom", get(custom::index).post(custom::add))
        .at("/emoji/custom/:emoji", delete(custom::remove))
        .at("/emoji/custom/:emoji/deletion", post(custom::remove))
        .at("/health", get(health))
        .at("/assets/:file", get(asset))
}

fn moderation_routes(routes: Route) -> Route {
    let block = post(blocks::block_form)
        .put(blocks::block)
        .delete(blocks::unblock);
    routes
        .at("/people/:name/block", block)
        .at("/blocks", get(blocks::index))
        .at("/blocks/:file", get(blocks::styles))
        .at("/notices", get(notices::index))
        .at("/notices/:notice", delete(notices::dismiss))
        .at("/notices/:notice/dismissal", post(notices::dismiss))
        .at("/moderation", get(queue::index))
        .at("/moderation/:report/resolution", post(queue::resolve))
        .at("/admin/audit", get(audit_log::index))
        .at(
            "/rooms/:room/messages/:message/reports",
            get(reports::show).post(reports::report),
        )
}

fn account_routes(routes: Route) -> Route {
    let code = get(second_factor::code_form).post(second_factor::log_in);
    let account = get(account::show)
        .patch(account::change_name)
        .delete(account_deletion::delete);
    let factor = get(second_factor::show)
        .post(second_factor::begin)
        .delete(second_factor::turn_off);
    let all_passkeys = get(passkeys::index).post(passkeys::add);
    let passkey = patch(passkeys::rename)
        .post(passkeys::rename)
        .delete(passkeys::remove);
    let recovery_codes = get(second_factor::reload).post(second_factor::renew_codes);
    routes
        .at("/login/code", code)
        .at("/login/passkey", post(passkeys::log_in))
        .at("/login/passkey/options", post(passkeys::log_in_options))
        .at("/account", account)
        .at("/account/deletion", post(account_deletion::delete))
        .at("/account/export", post(data_export::download))
        .at("/account/name", post(account::change_name))
        .at("/account/confirmation", post(account::confirm))
        .at(
            "/account/confirmation/options",
            post(passkeys::confirmation_options),
        )
        .at("/account/passkeys", all_passkeys)
        .at(
            "/account/passkeys/options",
            post(passkeys::creation_options),
        )
        .at("/account/passkeys/:passkey", passkey)
        .at("/account/passkeys/:passkey/removal", post(passkeys::remove))
        .at("/account/password", post(account::change_password))
        .at("/account/sessions", delete(account::end_other_sessions))
        .at("/account/sessions/end", post(account::end_other_sessions))
        .at("/account/sessions/:session", delete(account::end_session))
        .at("/account/sessions/:session/end", post(account::end_session))
        .at("/account/second-factor", factor)
        .at(
            "/account/second-factor/confirmation",
            get(second_factor::reload).post(second_factor::confirm),
        )
        .at("/account/second-factor/recovery-codes", recovery_codes)
        .at(
            "/account/second-factor/removal",
            post(second_factor::turn_off),
        )
}

/// Routes of new passwords and e-mail addresses.
fn recovery_routes(routes: Route) -> Route {
    let email_address = get(email::show)
        .post(email::set)
        .put(email::set)
        .delete(email::remove);
    routes
        .at("/account/email", email_address)
        .at("/account/email/removal", post(email::remove))
        .at(
            "/account/email/:token",
            get(email::ask_to_confirm).post(email::confirm),
        )
        .at("/forgot", get(email::forgot_page).post(email::forgot))
        .at("/reset/:token", get(reset::show).post(reset::reset))
        .at("/people/:name/reset", post(reset_links::make))
}

fn room_routes(routes: Route) -> Route {
    let one = get(room_page::show).patch(room::patch).delete(room::delete);
    let one = one.with_permissions(ROOM_PERMISSIONS);
    let member = post(members::change_form)
        .patch(members::appoint)
        .delete(members::remove);
    let time_out = post(moderation::time_out)
        .put(moderation::time_out)
        .delete(moderation::end_time_out);
    let ban = post(moderation::ban)
        .put(moderation::ban)
        .delete(moderation::unban);
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
        .at("/rooms/:room/members/:name/time-out", time_out)
        .at("/rooms/:room/bans/:name", ban)
        .at("/rooms/:room/bans/:name/end", post(moderation::unban))
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

/// `GET /`: redirects to the last room of this browser, to the log-in page, or to the setup of a new server. JSON
/// clients get name and version.
#[handler]
async fn home(
    Visitor(user): Visitor,
    wants: Wants,
    req: &Request,
    State((rooms, accounts)): State<(Rooms, Accounts)>,
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
        (_, None) if accounts.is_empty().await? => Ok(see_other("/setup")),
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
