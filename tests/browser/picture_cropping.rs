//! Pictures of users and rooms: cropped in the page, seen by others at once, and set without scripts.

use fantoccini::key::Key;
use serde_json::json;

use crate::harness::account::Account;
use crate::harness::pictures::plain;
use crate::harness::server::Server;
use crate::rooms::{create_room, log_in};
use crate::window::{ENTER, Window, WindowOptions};

const LEFT: char = '\u{e012}';
const UP: char = '\u{e013}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';
const TAB: char = '\u{e004}';

/// Script that chooses a picture of 400 × 200 px, red on the left and blue on the right.
const CHOOSE: &str = "
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 200 });
    const context = canvas.getContext('2d');
    [['red', 0], ['blue', 200]].forEach(([color, x]) => {
        context.fillStyle = color;
        context.fillRect(x, 0, 200, 200);
    });
    return new Promise((done) => canvas.toBlob((blob) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([blob], 'face.png', { type: 'image/png' }));
        const input = document.getElementById('picture-file');
        input.files = transfer.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
        done();
    }, 'image/png'));";

/// Script that returns the colors at the left and the right of an image: `r`, `b`, or another letter.
const COLORS: &str = "
    const image = document.querySelector(arguments[0]);
    if (!image?.complete || !image.naturalWidth) return null;
    const canvas = Object.assign(document.createElement('canvas'), { width: 48, height: 48 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 48, 48);
    return [4, 43].map((x) => {
        const [red, , blue] = context.getImageData(x, 24, 1, 1).data;
        return red > 200 && blue < 60 ? 'r' : blue > 200 && red < 60 ? 'b' : '?';
    }).join('');";

/// Script that returns the colors of an image or a canvas at the top, the right, the bottom and the left. Those at the
/// top and at the bottom are left of the middle, the other two above it.
const EDGES: &str = "
    const shown = document.querySelector(arguments[0]);
    if (shown.matches('img') && !(shown.complete && shown.naturalWidth)) return null;
    const canvas = Object.assign(document.createElement('canvas'), { width: 48, height: 48 });
    const context = canvas.getContext('2d');
    context.drawImage(shown, 0, 0, 48, 48);
    return [[18, 3], [44, 18], [18, 44], [3, 18]].map(([x, y]) => {
        const [red, , blue] = context.getImageData(x, y, 1, 1).data;
        return red > 200 && blue < 60 ? 'r' : blue > 200 && red < 60 ? 'b' : '?';
    }).join('');";

/// Place, quarter turns and zoom of the picture in the cropper, rounded.
const STATE: &str = "(({ x, y, turns, zoom }) => [x, y, turns, zoom].map((number) => Math.round(number * 10) / 10))(document.querySelector('.cropper__canvas').dataset)";

/// Opens the cropper with the picture of [`CHOOSE`].
async fn choose(window: &Window) {
    let ready = "document.querySelector('form[data-picture] .actions').hidden";
    window.wait("the scripts of the form", ready).await;
    window.run(CHOOSE).await;
    window.wait_for("#cropper[open]").await;
}

async fn wait_for_colors(window: &Window, css: &str, colors: &str) {
    wait_for_pixels(window, (COLORS, css), colors).await;
}

/// Waits until a script returns these colors for an element.
async fn wait_for_pixels(window: &Window, (script, css): (&str, &str), colors: &str) {
    let started = std::time::Instant::now();
    while window.run_with(script, json!(css)).await != colors {
        assert!(started.elapsed().as_secs() < 20, "{css} is not {colors}");
        crate::window::pause(started).await;
    }
}

#[tokio::test]
async fn a_picture_is_cropped_with_the_keyboard_and_others_see_it_without_a_reload() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let _bob = Account::register(&server, "bob").await;
    ada.post("hello").await;
    let bob = log_in(&server, "bob", WindowOptions::default()).await;
    bob.wait_for_message("hello").await;
    bob.wait_for_connection("open").await;
    let avatar = ".message__avatar img";
    let source = format!("document.querySelector('{avatar}').getAttribute('src')");
    assert_eq!(bob.js(&source).await, "/u/1.svg");
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto("/profile").await;
    window.fill("about", "not saved yet").await;
    choose(&window).await;
    window
        .wait(
            "the focus",
            "document.activeElement.matches('.cropper__canvas')",
        )
        .await;
    // To the left end of the picture, then to "Save".
    window.press(&[RIGHT; 20]).await;
    window.press(&[TAB, TAB, TAB, ENTER]).await;
    window
        .wait(
            "the end of the dialog",
            "!document.querySelector('#cropper[open]')",
        )
        .await;
    wait_for_colors(&window, ".picture-form__preview", "rr").await;
    wait_for_colors(&window, ".sidebar__self img", "rr").await;
    let about = "document.getElementById('about').value";
    assert_eq!(
        window.js(about).await,
        "not saved yet",
        "the page was not loaded again"
    );
    bob.wait_for_value(&source, json!("/u/1/1/48")).await;
    wait_for_colors(&bob, avatar, "rr").await;

    // Turned, zoomed, and without moving it: the middle, red above blue.
    choose(&window).await;
    window.press(&['r', '+', '-']).await;
    window.click("#cropper [data-crop=rotate]").await;
    window.click("#cropper [data-crop=save]").await;
    wait_for_colors(&bob, avatar, "br").await;
    bob.wait_for_value(&source, json!("/u/1/2/48")).await;
    window.click("#picture-removal button").await;
    bob.wait_for_value(&source, json!("/u/1.svg")).await;
    window.end().await;
    bob.end().await;
}

#[tokio::test]
async fn each_key_of_the_cropper_moves_zooms_or_turns_the_picture() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto("/profile").await;
    choose(&window).await;
    window.wait_for_value(STATE, json!([0, 0, 0, 1])).await;
    // The whole height is visible, so the picture only moves sideways.
    for (keys, state) in [
        (&[RIGHT, DOWN][..], json!([12, 0, 0, 1])),
        (&[LEFT, LEFT, UP], json!([-12, 0, 0, 1])),
        (&['+'], json!([-13.8, 0, 0, 1.2])),
        (&[DOWN], json!([-13.8, 12, 0, 1.2])),
        (&[UP, UP], json!([-13.8, -12, 0, 1.2])),
        (&['-'], json!([-12, 0, 0, 1])),
        (&['='], json!([-13.8, 0, 0, 1.2])),
        (&['-', RIGHT], json!([0, 0, 0, 1])),
        // A limit: the left end of the picture stays at the left end of the square.
        (&[RIGHT; 20], json!([192, 0, 0, 1])),
        (&['-', 'x', '1'], json!([192, 0, 0, 1])),
        (&[LEFT; 16], json!([0, 0, 0, 1])),
    ] {
        window.press(keys).await;
        window.wait_for_value(STATE, state).await;
    }
    let canvas = (EDGES, ".cropper__canvas");
    wait_for_pixels(&window, canvas, "rbrr").await;
    // Red goes from the left to the top, back, and to the bottom.
    window.press(&['r']).await;
    window.wait_for_value(STATE, json!([0, 0, 1, 1])).await;
    wait_for_pixels(&window, canvas, "rrbr").await;
    for (turns, colors) in [(0, "rbrr"), (3, "bbrb")] {
        window.chord(Key::Shift, 'r').await;
        window.wait_for_value(STATE, json!([0, 0, turns, 1])).await;
        wait_for_pixels(&window, canvas, colors).await;
    }
    // Up and down move along the longer side now.
    window.press(&[UP]).await;
    window.wait_for_value(STATE, json!([0, -12, 3, 1])).await;
    window.press(&[LEFT, DOWN]).await;
    window.wait_for_value(STATE, json!([0, 0, 3, 1])).await;
    // Keys with others are those of the browser, and Enter saves only at the button.
    window.chord(Key::Control, RIGHT).await;
    window.press(&[ENTER]).await;
    window.wait_for_value(STATE, json!([0, 0, 3, 1])).await;
    window.press(&[TAB, TAB, TAB, ENTER]).await;
    wait_for_pixels(&window, (EDGES, ".picture-form__preview"), "bbrb").await;
    window.end().await;
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_refused_in_the_page_and_a_dialog_can_be_cancelled() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let room = create_room(&ada, "design", "open", &[]).await;
    let window = log_in(&server, "ada", WindowOptions::default()).await;
    window.goto(&format!("/rooms/{room}/settings")).await;
    choose(&window).await;
    window.click("#cropper [data-crop=cancel]").await;
    window
        .wait(
            "the empty field",
            "!document.getElementById('picture-file').value",
        )
        .await;
    window
        .run(
            "const transfer = new DataTransfer();
             transfer.items.add(new File(['text'], 'a.png', { type: 'image/png' }));
             const input = document.getElementById('picture-file');
             input.files = transfer.files;
             input.dispatchEvent(new Event('change', { bubbles: true }));",
        )
        .await;
    let said = "document.querySelector('form[data-picture] .error')?.textContent";
    let sentence = "That isn’t a picture we can use. Choose a JPEG, PNG, WebP or GIF.";
    window.wait_for_value(said, json!(sentence)).await;
    choose(&window).await;
    window.click("#cropper [data-crop=save]").await;
    wait_for_colors(&window, ".picture-form__preview", "rb").await;
    wait_for_colors(&window, &format!("#room-{room} .room-icon"), "rb").await;
    window.end().await;
}

#[tokio::test]
async fn a_picture_is_set_and_removed_without_scripts() {
    let server = Server::unlimited();
    Account::register(&server, "ada").await;
    let window = log_in(&server, "ada", WindowOptions::without_scripts()).await;
    let file = server.data().join("face.png");
    let red = plain(300, 200, [255, 0, 0], image::ImageFormat::Png);
    std::fs::write(&file, red).expect("a file");
    window.goto("/profile").await;
    let path = file.to_str().expect("a path in UTF-8");
    window.type_into("#picture-file", path).await;
    window.click("form[data-picture] button").await;
    wait_for_colors(&window, ".picture-form__preview", "rr").await;
    window.click("#picture-removal button").await;
    let preview = "document.querySelector('.picture-form__preview').getAttribute('src')";
    window.wait_for_value(preview, json!("/u/1.svg")).await;
    window.end().await;
}
