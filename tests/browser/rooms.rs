//! Rooms, direct conversations, unread counts and the sidebar.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::http::send;
use crate::harness::server::Server;
use crate::window::{ENTER, ESCAPE, Window, WindowOptions, quoted};

/// JavaScript expression for the names of all rooms in the sidebar.
pub const SIDEBAR_ROOMS: &str = "[...document.querySelectorAll('#sidebar .sidebar-row[id] .sidebar-row__name')].map(name => name.textContent)";

/// JavaScript expression: whether the newest message on the page is read.
const NEWEST_IS_READ: &str = "(list => list.dataset.read === [...list.querySelectorAll('.message')].at(-1).id.slice(8))(document.getElementById('messages'))";

/// JavaScript expression for the unread badges of a sidebar row, such as `@1`. Empty if there is none.
pub fn badge(name: &str) -> String {
    let name = quoted(name);
    format!(
        "(a => [...(a?.querySelectorAll('.unread-badge') ?? [])].map(b => b.firstChild.textContent).join(' '))\
         ([...document.querySelectorAll('#sidebar .sidebar-row > a')].find(a => a.querySelector('.sidebar-row__name')?.textContent === {name}))"
    )
}

/// Opens a window and logs a user in.
pub async fn log_in(server: &Server, name: &str, options: WindowOptions) -> Window {
    Window::log_in(&server.origin(), name, options).await
}

/// Sends an API request and returns the JSON of the response, `null` if it is empty.
pub async fn api_request(account: &Account, method: &str, path: &str, body: Value) -> Value {
    let reply = send(account.ask(method, path).json(&body)).await;
    assert!(reply.status < 300, "{method} {path}: {}", reply.text());
    if reply.bytes.is_empty() {
        Value::Null
    } else {
        reply.json()
    }
}

/// Creates a room, adds members and returns its id.
pub async fn create_room(owner: &Account, name: &str, kind: &str, members: &[&str]) -> i64 {
    let room = api_request(owner, "POST", "/rooms", json!({"name": name, "kind": kind})).await;
    let id = room["id"].as_i64().expect("a room has an integer id");
    for member in members {
        owner.invite(id, member).await;
    }
    id
}

/// Posts in a room and returns the id of the message.
pub async fn post_in(account: &Account, room: i64, text: &str) -> i64 {
    let path = format!("/rooms/{room}/messages");
    let message = api_request(account, "POST", &path, json!({"body": text})).await;
    message["id"].as_i64().expect("a message has an integer id")
}

#[tokio::test]
async fn only_invited_users_see_a_closed_room() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    let eve = Window::register(&server.origin(), "eve", WindowOptions::default()).await;
    ada.goto("/rooms/new").await;
    ada.fill("name", "Board <b>room</b>").await;
    ada.click("input[value=closed]").await;
    ada.click("form[action='/rooms'] button").await;
    ada.wait_for("#composer").await;
    let path = ada.path().await;
    ada.send_message("for few eyes").await;
    ada.wait_for_messages(&["for few eyes"]).await;
    ada.wait_for_value(SIDEBAR_ROOMS, json!(["Board <b>room</b>", "Lobby"]))
        .await;

    ada.goto(&format!("{path}/members")).await;
    ada.fill("username", "nobody-here").await;
    ada.click("form[action$='/members'] button").await;
    ada.wait(
        "the refusal",
        "document.querySelector('[role=alert]')?.textContent.includes('nobody-here')",
    )
    .await;
    assert_eq!(
        ada.js("document.querySelector('[name=username]').value")
            .await,
        "nobody-here"
    );
    ada.js("document.querySelector('[name=username]').value = ''")
        .await;
    ada.fill("username", "bob").await;
    ada.click("form[action$='/members'] button").await;
    ada.wait(
        "bob among those invited",
        "[...document.querySelectorAll('.item b')].some(b => b.textContent === 'bob')",
    )
    .await;

    // The invitation appears in bob's sidebar without a reload, and not in eve's.
    let invited = "document.querySelector('#sidebar a[href=\"/invitations\"]')";
    bob.wait("the invitation", invited).await;
    assert_eq!(eve.js(invited).await, json!(null));
    bob.click("#sidebar a[href='/invitations']").await;
    bob.wait_for("main .item").await;
    bob.click("main button[value=accept]").await;
    bob.wait_for("#composer").await;
    bob.wait_for_value(SIDEBAR_ROOMS, json!(["Board <b>room</b>", "Lobby"]))
        .await;
    bob.wait_for_messages(&["for few eyes"]).await;
    bob.send_message("thank you").await;
    eve.wait_for_value(SIDEBAR_ROOMS, json!(["Lobby"])).await;
    eve.goto(&path).await;
    eve.wait(
        "the not-found page",
        "document.body.innerText.includes('Page not found')",
    )
    .await;
    eve.goto("/rooms?q=board").await;
    eve.wait(
        "an empty search result",
        "document.querySelector('.empty-note') !== null",
    )
    .await;
    let (mut ada, mut eve) = (ada, eve);
    ada.expect_log("422");
    eve.expect_log("404");
    for window in [ada, bob, eve] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_direct_message_is_private_and_counts_as_unread() {
    let server = Server::unlimited();
    let eve = Account::register(&server, "eve").await; // the admin
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/directs/new").await;
    ada.type_into("#q", "bo").await;
    ada.wait(
        "bob as the only result",
        "document.querySelectorAll('#picked .item').length === 1",
    )
    .await;
    ada.click("#picked .item__main").await;
    ada.wait_for("#composer").await;
    ada.send_message("between us").await;
    ada.wait_until_sent().await;

    bob.wait_for_value(&badge("ada"), json!("1")).await;
    bob.wait(
        "the unread count in the title",
        "document.title.startsWith('(1) ')",
    )
    .await;
    assert_eq!(
        bob.js("document.querySelector('.presence-dot[data-person]').className")
            .await,
        "presence-dot presence-dot--online"
    );
    bob.click("#sidebar a[href='/rooms/2']").await;
    bob.wait_for_messages(&["between us"]).await;
    bob.wait_for_value("document.title", json!("ada · Chatterbox"))
        .await;
    bob.goto("/rooms/1").await;
    bob.wait_for_value(&badge("ada"), json!("")).await;
    for path in ["/rooms/2", "/rooms/2/messages", "/rooms/2/members"] {
        eve.get(path).await.expect(404);
    }
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn a_removed_member_loses_the_room_at_once_and_keeps_the_draft() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let id = create_room(&ada, "design", "closed", &["bob"]).await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.goto(&format!("/rooms/{id}")).await;
    bob.wait_for_connection("open").await;
    post_in(&ada, id, "welcome").await;
    bob.wait_for_message("welcome").await;
    let path = format!("/rooms/{id}");
    api_request(
        &ada,
        "PATCH",
        &path,
        json!({"name": "design & <i>more</i>"}),
    )
    .await;
    let name = "document.getElementById('room-name').textContent";
    bob.wait_for_value(name, json!("design & <i>more</i>"))
        .await;
    bob.wait_for_value(SIDEBAR_ROOMS, json!(["design & <i>more</i>", "Lobby"]))
        .await;
    bob.type_draft("half a thought").await;
    let path = format!("/rooms/{id}/members/bob");
    send(ada.ask("DELETE", &path)).await.expect(204);
    bob.wait(
        "the notice about the removal",
        "document.getElementById('notices').textContent.includes('no longer')",
    )
    .await;
    post_in(&ada, id, "he is gone").await;
    bob.wait_for_value(SIDEBAR_ROOMS, json!(["Lobby"])).await;
    bob.wait_for_connection("open").await;
    assert_eq!(bob.draft().await, "half a thought");
    bob.press(&[ENTER]).await;
    assert_eq!(
        bob.draft().await,
        "half a thought",
        "the draft is neither sent nor lost"
    );
    assert_eq!(bob.texts().await, ["welcome"]);
    // The sidebar still receives updates of other rooms.
    ada.post("in the lobby").await;
    bob.wait_for_value(&badge("Lobby"), json!("1")).await;
    bob.end().await;
}

#[tokio::test]
async fn unread_counts_and_the_unread_divider_stay_in_sync_across_tabs() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let grace = Account::register(&server, "grace").await;
    Account::register(&server, "bob").await;
    let id = create_room(&ada, "design", "open", &["bob", "grace"]).await;
    post_in(&ada, id, "one").await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.wait_for_value(&badge("design"), json!("1")).await;
    post_in(&ada, id, "two, @bob").await;
    bob.wait_for_value(&badge("design"), json!("@1")).await;
    let lobby = bob.current_tab().await;

    // A second tab reads the room, and the count disappears from the first tab.
    bob.new_tab().await;
    bob.goto(&format!("/rooms/{id}")).await;
    bob.wait_for_connection("open").await;
    bob.wait_for_value(
        "document.querySelector('.unread-divider')?.nextElementSibling?.className.includes('day')",
        json!(true),
    )
    .await;
    let design = bob.current_tab().await;
    bob.switch_to_tab(&lobby).await;
    bob.wait_for_value(&badge("design"), json!("")).await;

    // The tab with the room is hidden now: new messages stay unread and are counted.
    post_in(&grace, id, "three").await;
    post_in(&ada, id, "four").await;
    bob.wait_for_value(&badge("design"), json!("2")).await;
    bob.switch_to_tab(&design).await;
    bob.wait_for_message("four").await;
    let first_unread = "document.querySelector('.unread-divider')?.nextElementSibling?.querySelector('.message__body')?.innerText";
    bob.wait_for_value(first_unread, json!("three")).await;
    bob.wait("the newest message to be read", NEWEST_IS_READ)
        .await;
    bob.switch_to_tab(&lobby).await;
    bob.wait_for_value(&badge("design"), json!("")).await;

    // The pointer marks a message as unread. It stays unread although the room is visible.
    bob.switch_to_tab(&design).await;
    bob.wait("the toolbar", "(m => ['pointermove', 'pointerover'].every(type => m.dispatchEvent(new PointerEvent(type, { bubbles: true }))) && m.querySelector('.message__actions') !== null)([...document.querySelectorAll('.message')].find(m => m.innerText.includes('two')))").await;
    bob.click(".message__action[data-action=menu]").await;
    bob.click("#message-menu [data-action=unread]").await;
    bob.wait_for_value(
        "document.querySelector('.unread-divider')?.nextElementSibling?.innerText.includes('two')",
        json!(true),
    )
    .await;
    post_in(&grace, id, "five").await;
    bob.wait_for_message("five").await;
    bob.switch_to_tab(&lobby).await;
    bob.wait_for_value(&badge("design"), json!("@1")).await;
    bob.switch_to_tab(&design).await;
    bob.press(&[ESCAPE]).await; // from the toolbar to the composer
    bob.press(&[ESCAPE]).await;
    bob.wait_for_value(
        "document.querySelector('.unread-divider') === null",
        json!(true),
    )
    .await;
    bob.switch_to_tab(&lobby).await;
    bob.wait_for_value(&badge("design"), json!("")).await;
    post_in(&ada, id, "six").await;
    bob.wait_for_value(&badge("design"), json!("1")).await;
    bob.click("#menu-rooms summary").await;
    bob.click("#menu-rooms form button").await;
    bob.wait_for_value(&badge("design"), json!("")).await;
    bob.end().await;
}

#[tokio::test]
async fn ctrl_k_finds_a_room_with_the_keyboard_alone() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    for name in ["design", "desks", "release notes"] {
        create_room(&ada, name, "open", &["bob"]).await;
    }
    create_room(&ada, "secret designs", "closed", &[]).await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.chord(fantoccini::key::Key::Control, 'k').await;
    let selected = "document.getElementById(document.querySelector('#switcher input').getAttribute('aria-activedescendant'))?.querySelector('b').textContent";
    let options = "[...document.querySelectorAll('#switcher [role=option]')].map(o => o.querySelector('b').textContent)";
    bob.wait(
        "the options",
        "document.querySelectorAll('#switcher[open] [role=option]').length > 3",
    )
    .await;
    bob.press(&"des".chars().collect::<Vec<_>>()).await;
    bob.wait_for_value(options, json!(["design", "desks", "des"]))
        .await; // the last option searches messages
    bob.wait_for_value(selected, json!("design")).await;
    bob.press(&[DOWN]).await;
    bob.wait_for_value(selected, json!("desks")).await;
    bob.press(&[DOWN, DOWN]).await;
    bob.wait_for_value(selected, json!("design")).await;
    bob.press(&[ESCAPE]).await;
    bob.wait_for_value("document.querySelector('#switcher').open", json!(false))
        .await;
    bob.chord(fantoccini::key::Key::Control, 'k').await;
    bob.press(&"desk".chars().collect::<Vec<_>>()).await;
    bob.wait_for_value(selected, json!("desks")).await;
    bob.press(&[ENTER]).await;
    bob.wait(
        "the room",
        "document.querySelector('.room__name')?.textContent === 'desks'",
    )
    .await;
    bob.chord(fantoccini::key::Key::Control, 'k').await;
    bob.press(&"zzz".chars().collect::<Vec<_>>()).await;
    bob.wait(
        "the empty state",
        "document.querySelector('#switcher .empty-note')?.textContent.includes('zzz')",
    )
    .await;
    bob.end().await;
}

const DOWN: char = '\u{e015}';

#[tokio::test]
async fn the_typing_indicator_appears_and_disappears() {
    let server = Server::unlimited();
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    bob.wait_for_connection("open").await;
    ada.wait_for_connection("open").await;
    ada.type_draft("hello").await;
    bob.wait_for_value(
        "document.getElementById('typing').textContent",
        json!("ada is typing…"),
    )
    .await;
    assert_eq!(
        ada.js("document.getElementById('typing').textContent")
            .await,
        ""
    );
    ada.press(&[ENTER]).await;
    bob.wait_for_message("hello").await;
    bob.wait_for_value("document.getElementById('typing').textContent", json!(""))
        .await;
    ada.type_draft("and").await;
    bob.wait_for_value(
        "document.getElementById('typing').textContent",
        json!("ada is typing…"),
    )
    .await;
    bob.wait_for_value("document.getElementById('typing').textContent", json!(""))
        .await;
    for window in [ada, bob] {
        window.end().await;
    }
}

#[tokio::test]
async fn the_drawer_on_a_phone_lists_the_rooms() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let id = create_room(&ada, "design", "open", &["bob"]).await;
    let bob = log_in(&server, "bob", WindowOptions::phone(320, 640)).await;
    bob.goto("/rooms/1").await;
    bob.wait_for_connection("open").await;
    post_in(&ada, id, "@bob news").await;
    bob.wait(
        "the badge on the sidebar button",
        "getComputedStyle(document.querySelector('.room__sidebar-badge')).display === 'block'",
    )
    .await;
    bob.click(".room__sidebar-button").await;
    bob.wait_for_value(
        "document.getElementById('sidebar-panel').matches(':popover-open')",
        json!(true),
    )
    .await;
    bob.wait_for_value(&badge("design"), json!("@1")).await;
    bob.press(&[ESCAPE]).await;
    bob.wait_for_value(
        "document.getElementById('sidebar-panel').matches(':popover-open')",
        json!(false),
    )
    .await;
    bob.click(".room__sidebar-button").await;
    bob.click(&format!("#sidebar a[href='/rooms/{id}']")).await;
    bob.wait_for_messages(&["@bob news"]).await;
    for path in [
        "/rooms",
        "/rooms/new",
        "/people",
        "/people/ada",
        "/profile",
        "/directs/new",
        "/search?q=de",
    ] {
        bob.goto(path).await;
        bob.wait_for("#main").await;
        bob.assert_fits().await;
    }
    for path in ["members", "settings"] {
        bob.goto(&format!("/rooms/{id}/{path}")).await;
        bob.wait_for("#main").await;
        bob.assert_fits().await;
    }
    bob.end().await;
}

#[tokio::test]
async fn without_scripts_a_user_can_find_join_read_and_leave_rooms() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    Account::register(&server, "bob").await;
    let id = create_room(&ada, "design", "open", &[]).await;
    post_in(&ada, id, "before").await;
    let bob = log_in(&server, "bob", WindowOptions::without_scripts()).await;
    bob.goto("/search?q=desi").await;
    bob.click(&format!("form[action='/rooms/{id}/members'] button"))
        .await;
    bob.wait_for("#composer").await;
    assert_eq!(bob.path().await, format!("/rooms/{id}"));
    post_in(&ada, id, "after").await;
    bob.goto(&format!("/rooms/{id}")).await;
    let divider =
        "getComputedStyle([...document.querySelectorAll('.message')].at(-1), '::before').content";
    assert_eq!(bob.js(divider).await, "\"New\"");
    bob.click(&format!("form[action='/rooms/{id}/read'] button"))
        .await;
    bob.wait_for_value(divider, json!("none")).await;
    bob.goto("/directs/new?q=ad").await;
    bob.click("#picked .item button[name=with]:not(.item__main)")
        .await;
    bob.wait_for("#tokens .chip").await;
    bob.click("form[action='/directs'] button").await;
    bob.wait_for("#composer").await;
    bob.send_with_button("hello ada").await;
    bob.wait_for_messages(&["hello ada"]).await;
    bob.goto("/rooms/new").await;
    bob.fill("name", "design").await;
    bob.click("form[action='/rooms'] button").await;
    bob.wait_for("[role=alert]").await;
    assert_eq!(
        bob.js("document.querySelector('#name').value").await,
        "design"
    );
    bob.goto(&format!("/rooms/{id}/settings")).await;
    bob.click("section[aria-labelledby=leave-title] summary")
        .await;
    bob.click("form[action$='/members/bob'] button").await;
    bob.wait_for_value("location.pathname", json!("/rooms"))
        .await;
    bob.wait_for_value(SIDEBAR_ROOMS, json!(["Lobby", "ada"]))
        .await;
    // The room is deleted while the user writes in it: the error page shows the unsent text.
    send(
        ada.ask("POST", &format!("/rooms/{id}/members"))
            .json(&json!({"username": "bob"})),
    )
    .await
    .expect(201);
    bob.goto(&format!("/rooms/{id}")).await;
    bob.type_draft("too late").await;
    send(
        ada.ask("DELETE", &format!("/rooms/{id}"))
            .json(&json!({"name": "design"})),
    )
    .await
    .expect(204);
    bob.click("#composer .composer__send").await;
    bob.wait_for_value(
        "document.querySelector('.card__text')?.value",
        json!("too late"),
    )
    .await;
    let mut bob = bob;
    bob.expect_log("404");
    bob.expect_log("409");
    bob.end().await;
}
