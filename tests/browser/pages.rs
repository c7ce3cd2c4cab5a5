//! Table of every page of the server: its route, the user who opens it, its path, and the steps on it.

use Step::{Click, Disconnect, Js, Type, Wait};
use Who::{Ada, Anonymous, Joan};

/// User who opens a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A visitor without a session.
    Anonymous,
    /// The admin, who owns most of the rooms.
    Ada,
    /// An ordinary member.
    Joan,
}

/// An action on a loaded page.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Click(&'static str),
    /// Types a text into an element.
    Type(&'static str, &'static str),
    /// Runs an expression.
    Js(&'static str),
    /// Waits until an expression is truthy.
    Wait(&'static str),
    /// Cuts the connection to the server until the next page.
    Disconnect,
}

/// One state of one page.
pub struct Page {
    pub name: &'static str,
    /// Route as in `src/routes.rs`.
    pub route: &'static str,
    pub who: Who,
    /// Path to open. Names in braces stand for the ids in `Fixtures::ids`.
    pub path: &'static str,
    pub steps: &'static [Step],
    /// Viewport widths to check (px). The page opens at the first one.
    pub widths: &'static [u32],
}

const WIDE_AND_NARROW: &[u32] = &[1280, 390];
const NARROW: &[u32] = &[390, 320];

/// A page without steps, at both usual widths.
const fn page(name: &'static str, route: &'static str, who: Who, path: &'static str) -> Page {
    Page {
        name,
        route,
        who,
        path,
        steps: &[],
        widths: WIDE_AND_NARROW,
    }
}

impl Page {
    /// Adds steps.
    const fn with_steps(mut self, steps: &'static [Step]) -> Page {
        self.steps = steps;
        self
    }

    /// Replaces the widths.
    const fn at_widths(mut self, widths: &'static [u32]) -> Page {
        self.widths = widths;
        self
    }
}

const REFUSED: Step = Wait("document.querySelector('[role=alert]')");
const CONNECTED: Step = Wait("document.getElementById('connection').dataset.state === 'open'");
const TOO_LONG: Step = Js("document.querySelector('#composer textarea').value = 'x'.repeat(10050)");

const ATTACH: &str = "(() => {
    const chosen = new DataTransfer();
    for (const name of ['a file with a long name that does not fit.pdf', 'notes.txt']) {
        chosen.items.add(new File(['x'], name));
    }
    const input = document.querySelector('#composer input[type=file]');
    input.files = chosen.files;
    return input.dispatchEvent(new Event('change', { bubbles: true }));
})()";

const CHOOSE_PICTURE: &str = "(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 200 });
    canvas.getContext('2d').fillRect(0, 0, 200, 200);
    canvas.toBlob((blob) => {
        const chosen = new DataTransfer();
        chosen.items.add(new File([blob], 'face.png', { type: 'image/png' }));
        const input = document.getElementById('picture-file');
        input.files = chosen.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
    });
    return true;
})()";

/// All pages; pages without a session come first. A new page needs an entry here and its content in `Fixtures::fill`
/// (`fixtures.rs`).
pub const PAGES: &[Page] = &[
    page("log-in", "/login", Anonymous, "/login"),
    page("log-in refused", "/login", Anonymous, "/login").with_steps(&[
        Type("[name=username]", "ada"),
        Type("[name=password]", "not her password"),
        Click("form[action='/login'] .button--primary"),
        REFUSED,
    ]),
    page("the code of a log-in", "/login/code", Anonymous, "/login").with_steps(&[
        Type("[name=username]", "linus"),
        Type("[name=password]", "correct horse battery"),
        Click("form[action='/login'] .button--primary"),
        Wait("document.querySelector('#code')"),
        Type("#code", "1"),
        Click("form[action='/login/code'] .button--primary"),
        REFUSED,
        Click("summary"),
    ]),
    page("a reset link that doesn’t work", "/reset/:token", Anonymous, "/reset/unknown"),
    page("register", "/register", Anonymous, "/register"),
    page(
        "register refused: username",
        "/register",
        Anonymous,
        "/register",
    )
    .with_steps(&[
        Type("[name=username]", "ada <3"),
        Type("[name=password]", "long enough a password"),
        Click("form[action='/register'] .button--primary"),
        REFUSED,
    ]),
    page(
        "register refused: password",
        "/register",
        Anonymous,
        "/register",
    )
    .with_steps(&[
        Type("[name=username]", "lin"),
        Type("[name=password]", "short"),
        Click("form[action='/register'] .button--primary"),
        REFUSED,
    ]),
    page("not found, without a session", "/", Anonymous, "/nowhere"),
    page("an invitation", "/invite/:token", Anonymous, "{invitation}"),
    page("an invitation refused", "/invite/:token", Anonymous, "{invitation}").with_steps(&[
        Type("[name=username]", "ada"),
        Type("[name=password]", "long enough a password"),
        Click("form[action^='/invite/'] .button--primary"),
        REFUSED,
    ]),
    page("an invalid invitation", "/invite/:token", Anonymous, "/invite/wrong"),
    page("an invitation, with a session", "/invite/:token", Joan, "{invitation}"),
    page("invite links", "/invites", Ada, "/invites"),
    page("a new invite link", "/invites", Ada, "/invites").with_steps(&[
        Click("form[action='/invites'] .button--primary"),
        Wait("document.querySelector('.qr-code')"),
    ]),
    page("an invite link refused", "/invites", Ada, "/invites").with_steps(&[
        Click("form[action='/invites'] [name=guest][value=true]"),
        Click("form[action='/invites'] .button--primary"),
        REFUSED,
    ]),
    page("a room to join", "/rooms/:room", Ada, "/rooms/{other}"),
    page("the card of a person", "/rooms/:room", Ada, "/rooms/{busy}").with_steps(&[
        CONNECTED,
        Click("#messages .message:not([data-author='1']) a.message__author"),
        Wait("document.querySelector('#person-card:popover-open') !== null"),
    ]),
    page("formatting", "/rooms/:room", Ada, "/rooms/{busy}").with_steps(&[
        CONNECTED,
        Click("#composer [data-action=format]"),
        Wait("document.querySelector('#format-menu:popover-open') !== null"),
    ]),
    page("an empty room", "/rooms/:room", Ada, "/rooms/{empty}").with_steps(&[CONNECTED]),
    page("a busy room", "/rooms/:room", Ada, "/rooms/{busy}").with_steps(&[
        CONNECTED,
        Wait("document.querySelectorAll('#presence [data-user]').length > 1"),
    ]),
    page(
        "a message with its actions",
        "/rooms/:room",
        Ada,
        "/rooms/{direct}",
    )
    .with_steps(&[
        CONNECTED,
        Click("#messages .message:last-of-type .message__body"),
        Wait("document.querySelector('.message__actions')"),
    ]),
    page(
        "the unread divider",
        "/rooms/:room",
        Joan,
        "/rooms/{design}",
    )
    .with_steps(&[CONNECTED, Wait("document.querySelector('.unread-divider')")]),
    page("a room with files", "/rooms/:room", Ada, "/rooms/{files}").with_steps(&[
        CONNECTED,
        Wait("document.querySelectorAll('.picture[data-loaded]').length === 3"),
    ]),
    page("a room with links", "/rooms/:room", Ada, "/rooms/{links}").with_steps(&[
        CONNECTED,
        Wait("document.querySelectorAll('.link-preview').length === 2"),
        Wait("document.querySelector('.link-preview__picture').naturalWidth > 0"),
    ]),
    page("the viewer of pictures", "/rooms/:room", Ada, "/rooms/{files}").with_steps(&[
        CONNECTED,
        Js("document.querySelector('a.picture').click() ?? true"),
        Wait("document.querySelector('#viewer[open] .viewer__picture[data-loaded]')"),
    ]),
    page("files in the composer", "/rooms/:room", Ada, "/rooms/{files}")
        .with_steps(&[
            CONNECTED,
            Js("dispatchEvent(new PointerEvent('pointermove')) ?? true"),
            Wait("performance.getEntriesByType('resource').some(({ name }) => name.includes('on_use-') && name.endsWith('.js'))"),
            Js(ATTACH),
            Wait("document.querySelectorAll('.attachment[data-state=complete]').length === 2"),
        ])
        .at_widths(&[1280, 320]),
    page("a refused message", "/rooms/:room", Ada, "/rooms/{empty}").with_steps(&[
        CONNECTED,
        TOO_LONG,
        Click("#composer .composer__send"),
        Wait("document.querySelector('#notices [role=alert]')"),
        Js("document.querySelector('#composer textarea').value = ''"),
        Js("sessionStorage.clear()"),
    ]),
    page(
        "a closed connection",
        "/rooms/:room",
        Ada,
        "/rooms/{direct}",
    )
    .with_steps(&[
        CONNECTED,
        Disconnect,
        Wait("document.getElementById('connection').dataset.state === 'closed'"),
        Type("#composer textarea", "This waits"),
        Click("#composer .composer__send"),
        Wait("document.querySelector('.pending')"),
        Js("sessionStorage.clear()"),
    ]),
    page("an archived room", "/rooms/:room", Ada, "/rooms/{archived}").with_steps(&[CONNECTED]),
    page("a closed room", "/rooms/:room", Ada, "/rooms/{closed}").with_steps(&[CONNECTED]),
    page("a conversation", "/rooms/:room", Ada, "/rooms/{direct}").with_steps(&[CONNECTED]),
    page(
        "an empty conversation",
        "/rooms/:room",
        Ada,
        "/rooms/{group}",
    )
    .with_steps(&[CONNECTED]),
    page(
        "a closed room of other users",
        "/rooms/:room",
        Joan,
        "/rooms/{closed}",
    ),
    page(
        "a room after removal from it",
        "/rooms/:room",
        Joan,
        "/rooms/{leaving}",
    )
    .with_steps(&[
        CONNECTED,
        Type("#composer textarea", "I was about to say"),
        Js("fetch(`${location.pathname}/members/joan`, { method: 'DELETE' }).then(() => true)"),
        Wait("'removed' in document.getElementById('room').dataset"),
    ]),
    page(
        "a message to a missing room",
        "/rooms/:room/messages",
        Ada,
        "/rooms/{empty}",
    )
    .with_steps(&[
        CONNECTED,
        Js("(form => {
            form.action = '/rooms/999/messages';
            form.elements.body.value = 'too late';
            form.submit();
        })(document.getElementById('composer'))"),
        Wait("document.querySelector('.card__text')"),
    ]),
    page("the drawer", "/rooms/:room", Ada, "/rooms/{direct}")
        .with_steps(&[
            CONNECTED,
            Click(".room__sidebar-button"),
            Wait("document.getElementById('sidebar-panel').matches(':popover-open')"),
        ])
        .at_widths(NARROW),
    page("the switcher", "/search", Ada, "/rooms/{direct}").with_steps(&[
        CONNECTED,
        Js("document.getElementById('switcher-button').click() ?? true"),
        Wait("document.querySelectorAll('#switcher [role=option]').length > 2"),
    ]),
    page(
        "the switcher, no results",
        "/search",
        Ada,
        "/rooms/{direct}",
    )
    .with_steps(&[
        CONNECTED,
        Js("document.getElementById('switcher-button').click() ?? true"),
        Type("#switcher input", "zzz"),
        Wait("document.querySelector('#switcher .empty-note')"),
    ]),
    page(
        "older messages",
        "/rooms/:room/messages",
        Ada,
        "/rooms/{busy}/messages?before={older}",
    ),
    page(
        "a room with every kind of message",
        "/rooms/:room",
        Ada,
        "/rooms/{design}",
    )
    .with_steps(&[
        CONNECTED,
        Click("#messages .message:nth-last-of-type(4) .message__body"),
        Wait("document.querySelector('.message__actions')"),
    ]),
    page(
        "a permalink",
        "/rooms/:room/messages/:message",
        Joan,
        "/rooms/{design}/messages/{full}",
    ),
    page(
        "a permalink to an old message",
        "/rooms/:room/messages/:message",
        Ada,
        "/rooms/{busy}/messages/{older}",
    ),
    page(
        "edits of a message",
        "/rooms/:room/messages/:message/edits",
        Ada,
        "/rooms/{design}/messages/{full}/edits",
    ),
    page(
        "a thread",
        "/rooms/:room/messages/:message/thread",
        Ada,
        "/rooms/{design}/messages/{full}/thread",
    ),
    page("files of a room", "/rooms/:room/files", Ada, "/rooms/{files}/files"),
    page(
        "files of a room as a list",
        "/rooms/:room/files",
        Ada,
        "/rooms/{files}/files?view=list",
    ),
    page("no files", "/rooms/:room/files", Ada, "/rooms/{design}/files"),
    page("files of a person", "/people/:name/files", Joan, "/people/ada/files"),
    page(
        "picture descriptions",
        "/rooms/:room/messages/:message/files",
        Ada,
        "/rooms/{files}/messages/{picture}/files",
    ),
    page("pins", "/rooms/:room/pins", Ada, "/rooms/{design}/pins"),
    page("no pins", "/rooms/:room/pins", Joan, "/rooms/{busy}/pins"),
    page("mentions", "/mentions", Ada, "/mentions"),
    page("threads", "/threads", Ada, "/threads"),
    page("no threads", "/threads", Joan, "/threads"),
    page("saved", "/saved", Ada, "/saved"),
    page("no saved messages", "/saved", Joan, "/saved"),
    page("message search", "/messages", Ada, "/messages?q=this"),
    page(
        "message search, no results",
        "/messages",
        Ada,
        "/messages?q=zzz",
    ),
    page("message search, no words", "/messages", Ada, "/messages"),
    page(
        "members",
        "/rooms/:room/members",
        Ada,
        "/rooms/{busy}/members",
    ),
    page(
        "members, open menu",
        "/rooms/:room/members",
        Ada,
        "/rooms/{design}/members",
    )
    .with_steps(&[Click("details.menu summary")]),
    page(
        "members, by a member",
        "/rooms/:room/members",
        Joan,
        "/rooms/{design}/members",
    ),
    page(
        "members of an archived room",
        "/rooms/:room/members",
        Ada,
        "/rooms/{archived}/members",
    ),
    page(
        "a refused invitation",
        "/rooms/:room/members",
        Ada,
        "/rooms/{closed}/members",
    )
    .with_steps(&[
        Type("[name=username]", "nobody-here"),
        Click("form[action$='/members'] button"),
        REFUSED,
    ]),
    page(
        "settings",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    ),
    page(
        "settings, by a member",
        "/rooms/:room/settings",
        Joan,
        "/rooms/{design}/settings",
    ),
    page(
        "settings of a conversation",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{direct}/settings",
    ),
    page(
        "settings refused",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    )
    .with_steps(&[
        Js(
            "(name => (name.value = 'x'.repeat(60), name.dispatchEvent(new Event('change', { bubbles: true }))))(document.getElementById('name'))",
        ),
        REFUSED,
    ]),
    page(
        "deletion not confirmed",
        "/rooms/:room/settings",
        Ada,
        "/rooms/{design}/settings",
    )
    .with_steps(&[
        Type("#confirm-name", "another name"),
        Click("form[action$='/deletion'] button"),
        REFUSED,
    ]),
    page("invitations", "/invitations", Joan, "/invitations"),
    page("no invitations", "/invitations", Ada, "/invitations"),
    page(
        "members, two of them invited",
        "/rooms/:room/members",
        Ada,
        "/rooms/{private}/members?invited=joan",
    ),
    page("the directory", "/rooms", Ada, "/rooms"),
    page("the directory, by a member", "/rooms", Joan, "/rooms"),
    page("the directory, no results", "/rooms", Ada, "/rooms?q=zzz"),
    page("the archive", "/rooms", Ada, "/rooms?archived=1"),
    page("rooms of the viewer", "/rooms", Ada, "/rooms?mine=1"),
    page(
        "rooms of the viewer, no results",
        "/rooms",
        Ada,
        "/rooms?mine=1&q=zzz",
    ),
    page("a new room", "/rooms/new", Ada, "/rooms/new"),
    page("a new room refused", "/rooms/new", Ada, "/rooms/new").with_steps(&[
        Type("#name", "design"),
        Click("form[action='/rooms'] button"),
        REFUSED,
    ]),
    page(
        "a new conversation",
        "/directs/new",
        Ada,
        "/directs/new?with=grace",
    ),
    page(
        "a new conversation, no results",
        "/directs/new",
        Ada,
        "/directs/new?q=zzz",
    ),
    page("search", "/search", Joan, "/search?q=e"),
    page("search, no words", "/search", Ada, "/search"),
    page("search, no results", "/search", Ada, "/search?q=zzz"),
    page("people", "/people", Ada, "/people"),
    page("people, no results", "/people", Ada, "/people?q=zzz"),
    page("a profile", "/people/:name", Ada, "/people/grace"),
    page(
        "the profile of the viewer",
        "/people/:name",
        Ada,
        "/people/ada",
    ),
    page("the profile form", "/profile", Ada, "/profile"),
    page("a profile refused", "/profile", Ada, "/profile").with_steps(&[
        Js("document.getElementById('display_name').value = 'x'.repeat(80)"),
        Js("document.getElementById('about').value = 'x'.repeat(200)"),
        Type("#time_zone", "Atlantis"),
        Click("form[action='/profile'] button"),
        REFUSED,
    ]),
    page("the cropper", "/profile", Ada, "/profile").with_steps(&[
        Wait("document.querySelector('form[data-picture] .actions').hidden"),
        Js(CHOOSE_PICTURE),
        Wait("document.querySelector('#cropper[open]')"),
    ]),
    page("not found", "/", Ada, "/nowhere"),
    page("a reset link", "/people/:name/reset", Ada, "/people/joan").with_steps(&[
        Click("form[action='/people/joan/reset'] button"),
        Wait("document.querySelector('#link')?.value.includes('/reset/')"),
    ]),
    page("the e-mail address", "/account/email", Ada, "/account/email"),
    page(
        "a link for another address",
        "/account/email/:token",
        Ada,
        "/account/email/unknown",
    ),
    page("preferences", "/preferences", Ada, "/preferences"),
    page("blocked people", "/blocks", Joan, "/blocks"),
    page("no blocked people", "/blocks", Ada, "/blocks"),
    page("notices", "/notices", Joan, "/notices"),
    page("no notices", "/notices", Ada, "/notices"),
    page("reports", "/moderation", Ada, "/moderation").at_widths(&[1280, 390, 320]),
    page("reports, warning", "/moderation", Ada, "/moderation")
        .with_steps(&[Click(".report__actions details summary")]),
    page("resolved reports", "/moderation", Ada, "/moderation?resolved=1"),
    page("audit log", "/admin/audit", Ada, "/admin/audit"),
    page("audit log, no results", "/admin/audit", Ada, "/admin/audit?user=mary"),
    page("audit log refused", "/admin/audit", Ada, "/admin/audit?user=nemo").with_steps(&[REFUSED]),
    page(
        "a report",
        "/rooms/:room/messages/:message/reports",
        Joan,
        "/rooms/1/messages/{older}/reports",
    ),
    page(
        "a report that was sent",
        "/rooms/:room/messages/:message/reports",
        Joan,
        "/rooms/1/messages/{older}/reports?sent=1",
    ),
    page("my files", "/files", Ada, "/files"),
    page("my files without any", "/files", Joan, "/files"),
    page("admin", "/admin", Ada, "/admin"),
    page("accounts", "/admin/people", Ada, "/admin/people"),
    page("removal of an account", "/people/:name/removal", Ada, "/people/grace/removal")
        .at_widths(&[1280, 390, 320]),
    page("removal of an account without messages", "/people/:name/removal", Ada, "/people/mary/removal"),
    page("accounts, none of a role", "/admin/people", Ada, "/admin/people?role=moderator"),
    page(
        "settings of the server",
        "/admin/settings",
        Ada,
        "/admin/settings",
    ),
    page(
        "settings of the server refused",
        "/admin/settings",
        Ada,
        "/admin/settings",
    )
    .with_steps(&[
        Type("[name=accent]", "#ffee00"),
        Click("#general .button--primary"),
        REFUSED,
    ]),
    page("storage", "/storage", Ada, "/storage"),
    page("storage by room", "/storage", Ada, "/storage?by=rooms"),
    page("custom emoji", "/emoji/custom", Ada, "/emoji/custom").at_widths(&[1280, 390, 320]),
    page("custom emoji of others", "/emoji/custom", Joan, "/emoji/custom"),
    page("keyboard shortcuts", "/shortcuts", Ada, "/shortcuts"),
    page("the account", "/account", Ada, "/account").at_widths(&[1280, 390, 320]),
    page("a refused password", "/account", Ada, "/account").with_steps(&[
        Type("#password", "short"),
        Click("form[action='/account/password'] .button--primary"),
        REFUSED,
    ]),
    page("the password before the account", "/account", Joan, "/account").with_steps(&[
        Type("#password", "not her password"),
        Click("form[action='/account/confirmation'] .button--primary"),
        REFUSED,
    ]),
    page("setting up a second factor", "/account/second-factor", Ada, "/account").with_steps(&[
        Click("form[action='/account/second-factor'] button"),
        Wait("document.querySelector('.qr-code')"),
        Type("#code", "1"),
        Click("form[action$='/confirmation'] button"),
        REFUSED,
    ]).at_widths(&[1280, 390, 320]),
    page("menu of the user", "/shortcuts", Ada, "/shortcuts")
        .with_steps(&[Js("document.querySelector('#menu-me').open = true")])
        .at_widths(&[1280]),
    page("method not allowed", "/", Ada, "/logout"),
];

/// Routes that return no page, each with a path to request.
pub const NO_PAGES: &[(&str, &str)] = &[
    ("/", "/"),
    ("/health", "/health"),
    ("/logout", "/logout"),
    ("/account/email/removal", "/account/email/removal"),
    ("/forgot", "/forgot"),
    ("/u/:file", "/u/1.css"),
    ("/u/:user/:picture/:side", "/u/1/1/48"),
    (
        "/rooms/:room/picture/:picture/:side",
        "/rooms/1/picture/1/48",
    ),
    ("/invites/:link", "/invites/1"),
    ("/invites/:link/revocation", "/invites/1/revocation"),
    ("/invites/:link/suspensions", "/invites/1/suspensions"),
    ("/profile/picture", "/profile/picture"),
    ("/profile/picture/removal", "/profile/picture/removal"),
    ("/rooms/:room/picture", "/rooms/1/picture"),
    ("/rooms/:room/picture/removal", "/rooms/1/picture/removal"),
    ("/new/:file", "/new/1.css"),
    ("/directs", "/directs"),
    ("/read", "/read"),
    ("/mentions/read", "/mentions/read"),
    ("/threads/read", "/threads/read"),
    ("/blocks/:file", "/blocks/1-0-0.css"),
    ("/people/:name/block", "/people/ada/block"),
    ("/people/:name/role", "/people/ada/role"),
    ("/people/:name/suspension", "/people/ada/suspension"),
    ("/people/:name/suspension/end", "/people/ada/suspension/end"),
    (
        "/rooms/:room/members/:name/time-out",
        "/rooms/1/members/ada/time-out",
    ),
    ("/rooms/:room/bans/:name", "/rooms/1/bans/ada"),
    ("/rooms/:room/bans/:name/end", "/rooms/1/bans/ada/end"),
    ("/notices/:notice", "/notices/1"),
    ("/notices/:notice/dismissal", "/notices/1/dismissal"),
    ("/moderation/:report/resolution", "/moderation/1/resolution"),
    ("/login/passkey", "/login/passkey"),
    ("/login/passkey/options", "/login/passkey/options"),
    (
        "/account/confirmation/options",
        "/account/confirmation/options",
    ),
    ("/account/passkeys", "/account/passkeys"),
    ("/account/passkeys/options", "/account/passkeys/options"),
    ("/account/passkeys/:passkey", "/account/passkeys/1"),
    (
        "/account/passkeys/:passkey/removal",
        "/account/passkeys/1/removal",
    ),
    ("/account/confirmation", "/account/confirmation"),
    ("/account/password", "/account/password"),
    ("/account/name", "/account/name"),
    ("/account/export", "/account/export"),
    ("/account/deletion", "/account/deletion"),
    ("/account/sessions", "/account/sessions"),
    ("/account/sessions/end", "/account/sessions/end"),
    ("/account/sessions/:session", "/account/sessions/1"),
    ("/account/sessions/:session/end", "/account/sessions/1/end"),
    (
        "/account/second-factor/confirmation",
        "/account/second-factor/confirmation",
    ),
    (
        "/account/second-factor/recovery-codes",
        "/account/second-factor/recovery-codes",
    ),
    (
        "/account/second-factor/removal",
        "/account/second-factor/removal",
    ),
    ("/live", "/live"),
    ("/ws", "/ws"),
    ("/assets/:file", "/assets/icon.svg"),
    ("/uploads", "/uploads"),
    ("/uploads/:token", "/uploads/1"),
    ("/uploads/:token/poster", "/uploads/1/poster"),
    ("/files/:token", "/files/1"),
    ("/previews/:preview", "/previews/1"),
    (
        "/rooms/:room/messages/:message/quote",
        "/rooms/1/messages/1/quote",
    ),
    (
        "/rooms/:room/messages/:message/previews/:place",
        "/rooms/1/messages/1/previews/0",
    ),
    (
        "/rooms/:room/messages/:message/previews/:place/deletion",
        "/rooms/1/messages/1/previews/0/deletion",
    ),
    ("/files/:token/:file", "/files/1/1"),
    ("/files/:token/:file/text", "/files/1/1/text"),
    (
        "/rooms/:room/messages/:message/files/:file",
        "/rooms/1/messages/1/files/1",
    ),
    ("/rooms/:room/deletion", "/rooms/1/deletion"),
    ("/rooms/:room/members/:name", "/rooms/1/members/ada"),
    ("/setup", "/setup"), // has a journey of its own, on an empty server
    ("/admin/settings/logo", "/admin/settings/logo"),
    (
        "/admin/settings/logo/removal",
        "/admin/settings/logo/removal",
    ),
    ("/brand/:file", "/brand/logo-1"),
    ("/safe", "/safe"),
    ("/invitations/:room", "/invitations/1"),
    ("/rooms/:room/invitations/:name", "/rooms/1/invitations/ada"),
    ("/rooms/:room/read", "/rooms/1/read"),
    ("/rooms/:room/draft", "/rooms/1/draft"),
    ("/rooms/:room/preferences", "/rooms/1/preferences"),
    ("/rooms/:room/live", "/rooms/1/live"),
    ("/rooms/:room/names", "/rooms/1/names"),
    ("/at/:file", "/at/1.css"),
    ("/emoji", "/emoji"),
    ("/emoji/custom/:emoji", "/emoji/custom/blob"),
    (
        "/emoji/custom/:emoji/deletion",
        "/emoji/custom/blob/deletion",
    ),
    ("/e/:token", "/e/1"),
    (
        "/rooms/:room/messages/:message/deletion",
        "/rooms/1/messages/1/deletion",
    ),
    (
        "/rooms/:room/messages/:message/reactions",
        "/rooms/1/messages/1/reactions",
    ),
    (
        "/rooms/:room/messages/:message/reactions/:emoji",
        "/rooms/1/messages/1/reactions/+1",
    ),
    (
        "/rooms/:room/messages/:message/thread/following",
        "/rooms/1/messages/1/thread/following",
    ),
    (
        "/rooms/:room/messages/:message/thread/read",
        "/rooms/1/messages/1/thread/read",
    ),
    (
        "/rooms/:room/messages/:message/pin",
        "/rooms/1/messages/1/pin",
    ),
    (
        "/rooms/:room/messages/:message/saved",
        "/rooms/1/messages/1/saved",
    ),
];
