//! Voice messages with the fake microphone of Chromium, and videos with posters.

use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::server::Server;
use crate::harness::uploads::{id_of, webm};
use crate::window::{ENTER, ESCAPE, Window, WindowOptions};

const MICROPHONE: &str = "#composer [data-action=record-voice]";
const HOME: char = '\u{e011}';

/// State of the attached voice message.
const ATTACHED: &str =
    "document.querySelector('.attachment:has(.attachment__voice)')?.dataset.state ?? ''";

/// Whether a second has been recorded.
const SECOND: &str = "document.querySelector('.recorder__time')?.textContent >= '0:01'";

/// Whether the player of a voice message is shown.
const SHOWN: &str = "document.querySelector('#messages .voice__play')?.checkVisibility() ?? false";

/// Position of a voice message (s).
const POSITION: &str = "document.querySelector('#messages .voice audio').currentTime";

/// Allows or denies the microphone, and loads the scripts that record.
async fn prepare(window: &Window, setting: &str) {
    let permission = json!({"name": "microphone"});
    let set = json!({"origin": window.origin, "permission": permission, "setting": setting});
    window.cdp("Browser.setPermission", set).await;
    window.move_to("#composer textarea").await;
    let ready = "performance.getEntriesByType('resource').some(({ name }) => name.includes('room_page_on_use'))";
    window.wait("the scripts", ready).await;
}

async fn focused(window: &Window, css: &str) {
    let is_focused = format!("document.activeElement?.matches({})", json!(css));
    window.wait(css, &is_focused).await;
}

#[tokio::test]
async fn a_voice_message_is_recorded_paused_heard_and_sent_and_another_member_plays_it() {
    let server = Server::unlimited();
    let account = Account::register(&server, "root").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    let bob = Window::register(&server.origin(), "bob", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    ada.press_mouse_on(MICROPHONE).await;
    ada.wait("a second", SECOND).await;
    ada.click(".recorder__pause").await;
    ada.wait_for(".recorder[data-paused]").await;
    ada.click(".recorder__pause").await;
    ada.wait_for(".recorder:not([data-paused])").await;
    ada.click(".recorder__stop").await;
    ada.wait_for_value(ATTACHED, json!("complete")).await;
    ada.click(".attachment .voice__play").await;
    let heard = "document.querySelector('.attachment audio').currentTime > 0.2";
    ada.wait("the sound before it is sent", heard).await;
    ada.click("#composer .composer__send").await;

    // Our player replaces that of the browser without an action of the user.
    bob.wait("the player", SHOWN).await;
    let message = account.history().await.pop().expect("a message");
    let file = &message["files"][0];
    assert_eq!(
        (&file["type"], &file["voice"]),
        (&json!("audio/webm"), &json!(true))
    );
    let duration = file["duration"].as_i64().expect("a duration");
    assert!((1000..20_000).contains(&duration), "{duration}");
    let peaks = file["waveform"].as_array().expect("a waveform");
    assert!((10..=64).contains(&peaks.len()), "{peaks:?}");
    assert!(
        peaks.iter().any(|peak| *peak == 31),
        "the loudest: {peaks:?}"
    );

    bob.click("#messages .voice__play").await;
    bob.wait("the sound", &format!("{POSITION} > 0.3")).await;
    bob.wait_for("#messages .voice[data-playing]").await;
    // A reaction replaces the message, and the sound goes on.
    let watch = "(() => {
        const audio = document.querySelector('#messages .voice audio');
        audio.isWatched = true;
        audio.addEventListener('pause', () => (audio.isStopped = !audio.ended));
        return true;
    })()";
    bob.js(watch).await;
    let path = format!("/rooms/1/messages/{}/reactions", message["id"]);
    let reaction = json!({"emoji": "👍"});
    account.send("POST", &path, &reaction).await.expect(200);
    bob.wait_for("#messages .reaction").await;
    let goes_on = "(({ isWatched, isStopped }) => isWatched && !isStopped)(document.querySelector('#messages .voice audio'))";
    assert_eq!(bob.js(goes_on).await, json!(true), "the sound goes on");
    let rate = "document.querySelector('#messages .voice audio').playbackRate";
    for (speed, label) in [(1.5, "1.5×"), (2.0, "2×"), (1.0, "1×"), (1.5, "1.5×")] {
        bob.click("#messages .voice__speed").await;
        bob.wait_for_value(&format!("{rate} === {speed}"), json!(true))
            .await;
        let shown = "document.querySelector('#messages .voice__speed').textContent";
        bob.wait_for_value(shown, json!(label)).await;
    }
    // The end leaves the player at the beginning. A key moves it.
    bob.wait_for("#messages .voice:not([data-playing])").await;
    bob.js("document.querySelector('#messages .voice__seek').focus() ?? true")
        .await;
    bob.press(&[HOME]).await;
    bob.wait_for_value(POSITION, json!(0)).await;
    bob.reload().await;
    bob.wait("the player", SHOWN).await;
    bob.click("#messages .voice__play").await;
    bob.wait("the sound", &format!("{POSITION} > 0.1")).await;
    assert_eq!(bob.js(rate).await, json!(1.5), "the speed is remembered");
    ada.end().await;
    bob.end().await;
}

#[tokio::test]
async fn the_microphone_records_while_it_is_held_and_a_position_is_chosen_with_a_pointer() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    ada.hold_mouse_on(MICROPHONE).await;
    ada.wait("a second", SECOND).await;
    ada.release_mouse().await;
    ada.wait_for_value(ATTACHED, json!("complete")).await;
    assert_eq!(
        ada.js("document.querySelector('.recorder')").await,
        Value::Null
    );
    ada.click("#composer .composer__send").await;
    ada.wait("the player", SHOWN).await;
    // The file has no duration of its own, and a position is found all the same.
    let sound = "document.querySelector('#messages .voice audio')";
    let note = format!(
        "({sound}.addEventListener('timeupdate', ({{ target }}) => (window.earliest ??= target.currentTime)), true)"
    );
    ada.js(&note).await;
    ada.press_mouse_on("#messages .voice__seek").await;
    ada.click("#messages .voice__play").await;
    ada.wait("the sound", "window.earliest !== undefined").await;
    let half = "document.querySelector('#messages .voice').dataset.duration / 2000";
    let distance = format!("Math.abs(window.earliest - {half}) < 0.3");
    assert_eq!(ada.js(&distance).await, true, "it plays from the middle");
    ada.end().await;
}

#[tokio::test]
async fn a_voice_message_is_recorded_and_discarded_by_keyboard() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    ada.js(&format!(
        "document.querySelector({}).focus() ?? true",
        json!(MICROPHONE)
    ))
    .await;
    ada.press(&[ENTER]).await;
    focused(&ada, ".recorder__stop").await;
    ada.press(&[ESCAPE]).await;
    focused(&ada, "[data-action=record-voice]").await;
    assert_eq!(
        ada.js("document.querySelector('.recorder, .attachment')")
            .await,
        Value::Null
    );
    ada.press(&[ENTER]).await;
    focused(&ada, ".recorder__stop").await;
    ada.wait("a second", SECOND).await;
    ada.press(&[ENTER]).await;
    focused(&ada, ".attachment .voice__play").await;
    ada.press(&[ENTER]).await;
    ada.wait_for(".attachment .voice[data-playing]").await;
    ada.wait_for_value(ATTACHED, json!("complete")).await;
    ada.type_draft("with a text").await;
    ada.press(&[ENTER]).await;
    ada.wait_for_message("with a text").await;
    ada.wait_for("#messages .voice").await;
    ada.end().await;
}

#[tokio::test]
async fn what_is_being_recorded_goes_with_the_message_in_a_thread_on_a_small_phone() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let root = account.post("a question").await;
    let options = WindowOptions::phone(320, 640);
    let ada = Window::log_in(&server.origin(), "ada", options).await;
    prepare(&ada, "granted").await;
    ada.assert_fits().await;
    ada.goto(&format!("/rooms/1/messages/{}/thread", root["id"]))
        .await;
    ada.wait_for("#thread-form [data-action=record-voice]")
        .await;
    ada.click("#thread-form [data-action=record-voice]").await;
    ada.wait("a second", SECOND).await;
    ada.assert_fits().await;
    ada.click("#thread-form .composer__send").await;
    ada.wait_for(".thread__replies .voice").await;
    ada.assert_fits().await;
    ada.end().await;
}

#[tokio::test]
async fn a_refused_microphone_is_explained() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "denied").await;
    ada.click(MICROPHONE).await;
    let notice = "document.querySelector('#notices')?.textContent ?? ''";
    let why = "isn’t allowed to use the microphone";
    ada.wait("the reason", &format!("{notice}.includes({})", json!(why)))
        .await;
    ada.wait_for(&format!("{MICROPHONE}[aria-pressed=false]"))
        .await;
    assert_eq!(
        ada.js("document.querySelector('.recorder')").await,
        Value::Null
    );
    ada.end().await;
}

#[tokio::test]
async fn a_button_that_is_released_while_the_browser_asks_records_nothing() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    // The question of the browser stays open until `answer` is called. `isOff` is whether the microphone is off again.
    ada.run(
        "const { mediaDevices } = navigator;
         const open = mediaDevices.getUserMedia.bind(mediaDevices);
         mediaDevices.getUserMedia = async (wanted) => {
             await new Promise((resolve) => (window.answer = resolve));
             const stream = await open(wanted);
             window.isOff = () => stream.getTracks().every(({ readyState }) => readyState === 'ended');
             return stream;
         };",
    )
    .await;
    let pressed = format!("document.querySelector({}).ariaPressed", json!(MICROPHONE));
    ada.js("(window.start = performance.now(), true)").await;
    ada.hold_mouse_on(MICROPHONE).await;
    ada.wait_for_value(&pressed, json!("true")).await;
    ada.wait("a held button", "performance.now() > window.start + 1000")
        .await;
    ada.release_mouse().await;
    ada.wait_for_value(&pressed, json!("false")).await;
    ada.js("(window.answer(), true)").await;
    ada.wait("the microphone to be off", "window.isOff?.()")
        .await;
    let none = "document.querySelector('.recorder, .attachment')";
    assert_eq!(ada.js(none).await, Value::Null);
    ada.end().await;
}

#[tokio::test]
async fn a_recording_ends_by_itself_after_fifteen_minutes() {
    let server = Server::unlimited();
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    ada.run(
        "const now = performance.now.bind(performance);
         window.later = 0;
         performance.now = () => now() + window.later;",
    )
    .await;
    ada.click(MICROPHONE).await;
    ada.wait("a second", SECOND).await;
    ada.js("(window.later = 14.5 * 60_000, true)").await;
    let note = "document.querySelector('.recorder__note')?.textContent";
    ada.wait_for_value(note, json!("Less than a minute left"))
        .await;
    ada.js("(window.later = 15 * 60_000, true)").await;
    ada.wait_for_value(ATTACHED, json!("complete")).await;
    assert_eq!(
        ada.js("document.querySelector('.recorder')").await,
        Value::Null
    );
    ada.end().await;
}

#[tokio::test]
async fn a_voice_message_that_cannot_be_played_is_offered_as_a_download() {
    let server = Server::unlimited();
    let account = Account::register(&server, "ada").await;
    let sound = webm(2);
    let details = [("kind", "voice"), ("duration", "1500"), ("waveform", "3,9")];
    let path = account
        .begin_with("hello.webm", sound.len(), &details)
        .await;
    account.send_part(&path, 0, &sound).await.expect(204);
    account.post_files(1, "", &[&id_of(&path)]).await;
    let ada = Window::log_in(&server.origin(), "ada", WindowOptions::default()).await;
    ada.goto("/rooms/1").await;
    ada.wait("the player", SHOWN).await;
    ada.click("#messages .voice__play").await;
    ada.wait_for("#messages .media-error[role=alert] a[download][href$='?download=1']")
        .await;
    ada.end().await;
}

/// Records a video of a second in the page and gives it to the composer.
const GIVE_VIDEO: &str = r##"
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const context = canvas.getContext("2d");
    let frame = 0;
    const timer = setInterval(() => {
        context.fillStyle = `hsl(${(frame += 20)} 60% 50%)`;
        context.fillRect(0, 0, 640, 360);
    }, 40);
    const parts = [];
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
    recorder.ondataavailable = ({ data }) => parts.push(data) === 10 && recorder.stop();
    recorder.onstop = () => {
        clearInterval(timer);
        const transfer = new DataTransfer();
        transfer.items.add(new File(parts, "clip.webm", { type: "video/webm" }));
        const input = document.querySelector("#composer input[type=file]");
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    recorder.start(100);"##;

#[tokio::test]
async fn a_video_gets_a_poster_and_a_duration_from_the_browser() {
    let server = Server::unlimited();
    let account = Account::register(&server, "root").await;
    let ada = Window::register(&server.origin(), "ada", WindowOptions::default()).await;
    prepare(&ada, "granted").await;
    ada.run(GIVE_VIDEO).await;
    ada.wait_for(".attachment__image").await;
    let state = "document.querySelector('.attachment')?.dataset.state";
    ada.wait_for_value(state, json!("complete")).await;
    ada.click("#composer .composer__send").await;
    ada.wait_for("#messages .video video[poster]").await;
    let message = account.history().await.pop().expect("a message");
    let file = &message["files"][0];
    assert_eq!(
        (&file["width"], &file["height"]),
        (&json!(640), &json!(360))
    );
    let duration = file["duration"].as_i64().expect("a duration");
    assert!((10..60_000).contains(&duration), "{duration}");
    let poster = file["poster_url"].as_str().expect("a poster");
    let poster = account.get(poster).await.expect(200);
    assert_eq!(poster.header("content-type"), "image/jpeg");
    ada.click("#messages .video__play").await;
    ada.wait_for("#messages .video[data-started]").await;
    let video = "document.querySelector('#messages video').currentTime > 0";
    ada.wait("the video", video).await;
    ada.end().await;
}
