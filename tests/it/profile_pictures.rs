//! Pictures of users: upload, delivery, changes on open pages, removal and refusals.

use image::{ImageFormat, Rgb, RgbImage, codecs::gif::GifEncoder};
use serde_json::{Value, json};

use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::http::{Reply, send};
use crate::harness::pictures::{copy_url, encode, plain, stored_files, with_exif};
use crate::harness::server::Server;
use crate::harness::uploads::{multipart, noise};
use crate::harness::wait_for;

const RED: [u8; 3] = [200, 30, 40];
const GREEN: [u8; 3] = [30, 180, 60];
const BLUE: [u8; 3] = [40, 60, 200];

async fn stored(server: &Server, count: usize) -> Vec<Vec<u8>> {
    wait_for(&format!("{count} files in the folder"), async || {
        let files = stored_files(&server.data());
        (files.len() == count).then_some(files)
    })
    .await
}

fn is_like(pixel: &Rgb<u8>, color: [u8; 3]) -> bool {
    let mut pairs = pixel.0.iter().zip(color);
    pairs.all(|(a, b)| a.abs_diff(b) < 24)
}

/// A wide picture whose middle is green above blue, between red sides.
fn landscape() -> RgbImage {
    RgbImage::from_fn(900, 600, |x, y| match (x, y) {
        (150..750, 0..300) => Rgb(GREEN),
        (150..750, _) => Rgb(BLUE),
        _ => Rgb(RED),
    })
}

#[tokio::test]
async fn the_middle_of_a_picture_is_cut_out_upright_in_three_sizes_without_metadata() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let jpeg = encode(&landscape(), ImageFormat::Jpeg);
    let address = ada
        .set_picture(&with_exif(&jpeg, 6, "at home in Kent"))
        .await;
    assert!(address.starts_with("/u/1/"), "{address}");
    for side in [384, 96, 48] {
        let picture = ada.picture(&copy_url(&address, side)).await;
        assert_eq!(picture.dimensions(), (side, side));
        // The orientation turns the top to the right.
        let (near, far) = (side / 4, side - side / 4);
        for y in [2, side / 2, side - 3] {
            assert!(is_like(picture.get_pixel(near, y), BLUE), "{side} {y}");
            assert!(is_like(picture.get_pixel(far, y), GREEN), "{side} {y}");
        }
    }
    let copies = stored(&server, 3).await;
    for copy in &copies {
        for secret in [&b"Kent"[..], b"Exif"] {
            assert!(!copy.windows(secret.len()).any(|part| part == secret));
        }
    }
}

#[tokio::test]
async fn png_webp_and_gif_are_taken_small_ones_keep_their_size_and_animations_stand_still() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let address = ada.set_picture(&plain(700, 500, RED, format)).await;
        let picture = ada.picture(&address).await;
        assert_eq!(picture.dimensions(), (384, 384), "{format:?}");
        assert!(is_like(picture.get_pixel(9, 9), RED), "{format:?}");
    }
    let address = ada.set_picture(&plain(30, 20, RED, ImageFormat::Png)).await;
    for side in [384, 96, 48] {
        let picture = ada.picture(&copy_url(&address, side)).await;
        assert_eq!(picture.dimensions(), (20, 20), "{side}");
    }
    let mut gif = Vec::new();
    let frame = |color| {
        let picture = image::DynamicImage::from(RgbImage::from_pixel(60, 60, Rgb(color)));
        image::Frame::new(picture.into_rgba8())
    };
    let frames = [RED, BLUE].map(frame);
    let mut encoder = GifEncoder::new(&mut gif);
    encoder.encode_frames(frames).expect("an animation");
    drop(encoder);
    let address = ada.set_picture(&gif).await;
    let still = ada.get(&address).await.expect(200);
    assert_eq!(still.header("content-type"), "image/jpeg");
    assert!(is_like(ada.picture(&address).await.get_pixel(5, 5), RED));
}

#[tokio::test]
async fn a_picture_is_cached_for_good_and_nothing_in_it_runs() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    for method in ["GET", "HEAD"] {
        let reply = send(ada.ask(method, &address)).await.expect(200);
        let cache = "private, max-age=31536000, immutable";
        assert_eq!(reply.header("cache-control"), cache, "{method}");
        assert_eq!(reply.header("content-type"), "image/jpeg", "{method}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
        let site = reply.header("cross-origin-resource-policy");
        assert_eq!(site, "same-origin", "{method}");
    }
}

#[tokio::test]
async fn all_users_see_a_picture_and_no_one_else_does() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let eve = Account::register(&server, "eve").await;
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    for side in [384, 96, 48] {
        eve.get(&copy_url(&address, side)).await.expect(200);
    }
    let missing = eve.get("/u/99/1/48").await.expect(404);
    for path in [
        "/u/1/1/47",
        "/u/1/1/0",
        "/u/1/1/100000",
        "/u/x/1/48",
        "/u/1/x/48",
    ] {
        let refused = eve.get(path).await.expect(404);
        assert_eq!(refused.bytes, missing.bytes, "{path}");
    }
    // The number of Ada's picture under another user shows nothing of it.
    let other = eve.get("/u/2/1/48").await.expect(303);
    assert_eq!(other.header("location"), "/u/2.svg");
    let stranger = Browser::new(&server.origin());
    let sent = stranger.page(&address).await.expect(303);
    assert!(sent.header("location").starts_with("/login"));
    send(
        stranger
            .ask("GET", &address)
            .header("accept", "application/json"),
    )
    .await
    .expect(401);
    for (method, path) in [("POST", "/profile/picture"), ("DELETE", "/profile/picture")] {
        let (kind, body) = multipart(&[], &[("a.png", &plain(9, 9, RED, ImageFormat::Png))]);
        let ask = stranger
            .ask(method, path)
            .header("accept", "application/json");
        let ask = ask.header("content-type", kind).body(body);
        send(ask).await.expect(401);
    }
    ada.get(&address).await.expect(200);
}

/// Everything in which a reader sees Ada, who has written "hello" in the first room.
async fn pages_with_ada(reader: &Browser) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in [
        "/rooms/1",
        "/rooms/1/members",
        "/people",
        "/people/ada",
        "/directs/new",
        "/search?q=ada",
        "/messages?q=hello",
        "/mentions",
    ] {
        let page = reader.page(path).await.expect(200);
        found.push((path.to_owned(), page.text()));
    }
    for path in ["/people/ada", "/rooms/1/names?q=ad", "/search?q=ada"] {
        let page = reader.fragment(path).await.expect(200);
        found.push((format!("{path} as a fragment"), page.text()));
    }
    found
}

#[tokio::test]
async fn a_picture_is_shown_wherever_its_user_appears_and_letters_return_after_its_removal() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    ada.post("hello @bob").await;
    let live = ada.open_live(1).await; // she is listed as present
    let bob = bob.browser().await;
    let found = async || {
        let page = bob.page("/messages?q=hello").await.text();
        page.contains("result__main").then_some(())
    };
    wait_for("the message to be found", found).await;
    for (path, html) in pages_with_ada(&bob).await {
        assert!(html.contains("src=\"/u/1.svg\""), "{path}");
    }
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    for (path, html) in pages_with_ada(&bob).await {
        let (small, medium) = (copy_url(&address, 48), copy_url(&address, 96));
        let is_small = html.contains(&format!("src=\"{small}\" srcset=\"{medium} 2x\""));
        let is_large = html.contains(&format!("src=\"{medium}\" srcset=\"{address} 2x\""));
        assert!(is_small || is_large, "{path}");
        assert!(!html.contains("src=\"/u/1.svg\""), "{path}");
    }
    let own = ada.browser().await.page("/rooms/1").await.text();
    assert!(!own.contains("/u/1.svg"), "her own menu has it too");
    send(ada.ask("DELETE", "/profile/picture"))
        .await
        .expect(200);
    for (path, html) in pages_with_ada(&bob).await {
        assert!(html.contains("src=\"/u/1.svg\""), "{path}");
        assert!(!html.contains("/u/1/"), "{path}");
    }
    drop(live);
}

#[tokio::test]
async fn open_pages_receive_a_changed_picture_and_later_messages_have_it() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    bob.direct(&["ada"]).await;
    let mut hers = ada.open_live(1).await;
    let mut room = bob.open_live(1).await;
    let mut list = bob.open_live_at("/live").await;
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    let small = copy_url(&address, 48);
    for live in [&mut room, &mut list, &mut hers] {
        let pushed = live.pushed("#changed-avatar", |_| true).await;
        assert!(pushed.contains("data-user=\"1\""), "{pushed}");
        assert!(pushed.contains(&format!("src=\"{small}\"")), "{pushed}");
        assert!(pushed.contains(&format!("{address} 2x")), "{pushed}");
    }
    // The conversation with her has it, too.
    list.pushed("#sidebar", |html| html.contains(&small)).await;
    // A socket that was open before posts with the new picture.
    hers.send(&json!({"body": "from the open page"})).await;
    let mut message = room.next_message().await;
    while message.text != "from the open page" {
        message = room.next_message().await;
    }
    assert!(message.html.contains(&small), "{}", message.html);
    ada.send("DELETE", "/profile/picture", &json!({}))
        .await
        .expect(200);
    for live in [&mut room, &mut list, &mut hers] {
        let is_letters = |html: &str| html.contains("src=\"/u/1.svg\"") && !html.contains("/u/1/");
        live.pushed("#changed-avatar", is_letters).await;
    }
    // The address in what was sent before leads to the letters.
    let outdated = bob.get(&small).await.expect(303);
    assert_eq!(outdated.header("location"), "/u/1.svg");
    assert!(outdated.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn replaced_and_removed_pictures_leave_the_disk_unless_someone_else_has_the_same() {
    let mut server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let (red, blue) = (
        plain(500, 500, RED, ImageFormat::Png),
        plain(500, 500, BLUE, ImageFormat::Png),
    );
    let first = ada.set_picture(&red).await;
    let before = stored(&server, 3).await;
    let second = ada.set_picture(&blue).await;
    assert_ne!(first, second, "an address always shows the same picture");
    let after = stored(&server, 3).await;
    assert!(before.iter().all(|file| !after.contains(file)));
    assert_eq!(ada.get(&first).await.expect(303).header("location"), second);
    // Equal pictures are stored once, and the other user's stays.
    let his = bob.set_picture(&blue).await;
    stored(&server, 3).await;
    send(ada.ask("DELETE", "/profile/picture"))
        .await
        .expect(200);
    stored(&server, 3).await;
    bob.get(&his).await.expect(200);
    server.stop();
    server.start_again();
    let bob = bob.through(&server.origin());
    bob.get(&his).await.expect(200);
    stored(&server, 3).await;
    send(bob.ask("DELETE", "/profile/picture"))
        .await
        .expect(200);
    stored(&server, 0).await;
    send(bob.ask("DELETE", "/profile/picture"))
        .await
        .expect(200);
}

/// A PNG that declares this size and has no pixels.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = plain(4, 4, RED, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut sum = crc(&png[12..29]).to_be_bytes();
    png[29..33].swap_with_slice(&mut sum);
    png
}

/// CRC-32 as in PNG (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1));
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(!0, byte)
}

fn refused_pictures() -> Vec<(&'static str, Vec<u8>, u16, &'static str)> {
    let noisy = RgbImage::from_raw(200, 200, noise(120_000, 3)).expect("enough bytes");
    let (png, jpeg) = (
        encode(&noisy, ImageFormat::Png),
        encode(&noisy, ImageFormat::Jpeg),
    );
    let no_picture = "That isn’t a picture we can use. Choose a JPEG, PNG, WebP or GIF.";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let damaged = "That picture is damaged. Choose another one.";
    vec![
        ("text", b"hello".to_vec(), 422, no_picture),
        ("svg", svg, 422, no_picture),
        ("pdf", b"%PDF-1.7\n".to_vec(), 422, no_picture),
        ("truncated png", png[..png.len() / 2].to_vec(), 422, damaged),
        ("truncated jpeg", jpeg[..40].to_vec(), 422, damaged),
        (
            "bomb",
            png_of(50_000, 50_000),
            422,
            "That picture has too many pixels. Choose a smaller one.",
        ),
        ("nothing", Vec::new(), 422, "“picture.bin” is empty."),
        (
            "too large",
            noise((20 << 20) + 1, 5),
            413,
            "Files can be up to 20 MB.",
        ),
    ]
}

#[tokio::test]
async fn each_refused_file_gets_one_clear_sentence_and_leaves_nothing_behind() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    for (what, bytes, status, sentence) in refused_pictures() {
        let refused = ada.send_picture("/profile/picture", &bytes).await;
        assert_eq!(
            (refused.status, refused.detail()),
            (status, sentence.into()),
            "{what}"
        );
    }
    let (kind, body) = multipart(&[("picture", "no file")], &[]);
    let ask = ada.ask("POST", "/profile/picture");
    let refused = send(ask.header("content-type", kind).body(body))
        .await
        .expect(422);
    assert_eq!(refused.detail(), "Choose a picture first.");
    let json = ada.send("POST", "/profile/picture", &json!({})).await;
    json.expect(415);
    ada.get(&address).await.expect(200);
    stored(&server, 3).await;
}

async fn submit(browser: &Browser, bytes: &[u8]) -> Reply {
    let form = multipart(&[], &[("face.png", bytes)]);
    browser.submit_multipart("/profile/picture", form).await
}

#[tokio::test]
async fn the_form_works_without_scripts_and_says_what_is_wrong_beside_the_field() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let rename = json!({"display_name": "Ada L.", "about": "Engines"});
    ada.send("PATCH", "/profile", &rename).await.expect(200);
    let browser = ada.browser().await;
    let empty = browser.page("/profile").await.expect(200).text();
    assert!(empty.contains("action=\"/profile/picture\" enctype=\"multipart/form-data\""));
    assert!(
        empty.contains("id=\"picture-removal\" hidden"),
        "nothing to remove"
    );
    let refused = submit(&browser, b"no picture").await.expect(422).text();
    assert!(
        refused.contains("That isn’t a picture we can use."),
        "{refused}"
    );
    assert!(refused.contains("aria-invalid=\"true\""), "{refused}");
    assert!(refused.contains("value=\"Ada L.\"") && refused.contains("value=\"Engines\""));
    let saved = submit(&browser, &plain(90, 90, RED, ImageFormat::Png)).await;
    assert_eq!(saved.expect(303).header("location"), "/profile");
    let page = browser.page("/profile").await.text();
    assert!(page.contains("src=\"/u/1/1/384\""), "{page}");
    assert!(!page.contains("id=\"picture-removal\" hidden"));
    let removed = browser.submit("/profile/picture/removal", &[]).await;
    assert_eq!(removed.expect(303).header("location"), "/profile");
    let page = browser.page("/profile").await.text();
    assert!(!page.contains("/u/1/1/"), "{page}");
}

#[tokio::test]
async fn programs_find_the_address_of_a_picture_in_the_profile() {
    let server = Server::unlimited();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    let seen = async || bob.get("/people/ada").await.json()["picture"].clone();
    assert_eq!(seen().await, Value::Null);
    let address = ada.set_picture(&plain(90, 90, RED, ImageFormat::Png)).await;
    assert_eq!(seen().await, address);
    let listed = bob.get("/people?q=ada").await.json();
    assert_eq!(listed["people"][0]["picture"], address);
    let removed = send(ada.ask("DELETE", "/profile/picture"))
        .await
        .expect(200);
    assert_eq!(removed.json(), json!({"picture": null}));
    assert_eq!(seen().await, Value::Null);
}

#[tokio::test]
async fn a_picture_can_be_changed_twenty_times_in_ten_minutes() {
    let server = Server::start();
    let ada = Account::register(&server, "ada").await;
    let bob = Account::register(&server, "bob").await;
    for _ in 0..20 {
        send(ada.ask("DELETE", "/profile/picture"))
            .await
            .expect(200);
    }
    let picture = plain(9, 9, RED, ImageFormat::Png);
    let refused = ada
        .send_picture("/profile/picture", &picture)
        .await
        .expect(429);
    assert!(
        refused
            .detail()
            .starts_with("You’re changing pictures too often. Try again in")
    );
    assert!(refused.has("retry-after"));
    bob.set_picture(&picture).await;
}
