//! Real limits of a fetch: five seconds for a page and its picture together, 1 MiB for each, three redirects.

use std::time::{Duration, Instant};

use image::{ImageFormat, RgbImage};

use super::{Web, all_jobs, previews};
use crate::harness::account::Account;
use crate::harness::message_actions::id;
use crate::harness::pictures::encode;
use crate::harness::uploads::noise;
use crate::harness::website::Answer;

const LIMIT: Duration = Duration::from_secs(5);

/// A picture that can hardly be compressed.
fn noisy(side: u32) -> Vec<u8> {
    let pixels = noise((side * side * 3) as usize, 1);
    let picture = RgbImage::from_raw(side, side, pixels).expect("enough pixels");
    encode(&picture, ImageFormat::Png)
}

#[tokio::test]
async fn a_page_and_its_picture_take_five_seconds_together() {
    let web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    let head = "<title>Slow</title><meta property=og:image content=/silent></head>";
    web.site.set_page("/a", head);
    web.site.set("/silent", Answer::Silence);
    let started = Instant::now();
    let shown = previews(&ada, &ada.post("http://site.test/a").await, 1).await;
    let took = started.elapsed();
    assert!(took > LIMIT - Duration::from_millis(500), "{took:?}");
    assert!(took < LIMIT * 2, "{took:?}");
    assert_eq!(shown[0]["title"], "Slow");
    assert!(shown[0]["picture_url"].is_null());
    // The head of a page that never ends is used, but no time is left for its picture.
    let asked = web.site.connections();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{head}");
    web.site.set("/b", Answer::Stalled(response.into_bytes()));
    let started = Instant::now();
    let shown = previews(&ada, &ada.post("http://site.test/b").await, 1).await;
    let took = started.elapsed();
    assert!(took > LIMIT - Duration::from_millis(500), "{took:?}");
    assert_eq!(shown[0]["title"], "Slow");
    assert_eq!(web.site.connections(), asked + 1);
}

#[tokio::test]
async fn a_picture_has_at_most_one_mebibyte() {
    let web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    let (fitting, large) = (noisy(560), noisy(620));
    assert!((800 << 10..1 << 20).contains(&fitting.len()));
    assert!((1 << 20..1300 << 10).contains(&large.len()));
    web.site.set_body("/fitting.png", "image/png", &fitting);
    web.site.set_body("/large.png", "image/png", &large);
    for (name, has_picture) in [("fitting", true), ("large", false)] {
        let head = format!("<title>{name}</title><meta property=og:image content={name}.png>");
        web.site.set_page(&format!("/{name}"), &head);
        let message = ada.post(&format!("http://site.test/{name}")).await;
        let shown = previews(&ada, &message, 1).await;
        assert_eq!(shown[0]["picture_url"].is_string(), has_picture, "{name}");
    }
    // A link to a picture has the same limit.
    let direct = ada.post("http://site.test/large.png").await;
    all_jobs(&web.server).await;
    let shown = ada.message((1, id(&direct))).await["previews"].take();
    assert_eq!(shown, serde_json::json!([]));
}

#[tokio::test]
async fn a_page_is_read_up_to_one_mebibyte() {
    let web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    for (name, size, has_card) in [("early", 1000 << 10, true), ("late", 1 << 20, false)] {
        let comment = "x".repeat(size);
        let head = format!("<!--{comment}--><title>{name}</title>");
        web.site.set_page(&format!("/{name}"), &head);
        let message = ada.post(&format!("http://site.test/{name}")).await;
        all_jobs(&web.server).await;
        let shown = ada.message((1, id(&message))).await["previews"].take();
        assert_eq!(shown[0]["title"] == name, has_card, "{name}: {shown}");
    }
}

#[tokio::test]
async fn three_redirects_are_followed_and_no_more() {
    let web = Web::start().await;
    let ada = Account::register(&web.server, "ada").await;
    web.site.set_page("/0", "<title>Arrived</title>");
    for n in 1..=4 {
        web.site.redirect(&format!("/{n}"), &format!("/{}", n - 1));
    }
    for (path, has_card) in [("3", true), ("4", false)] {
        let message = ada.post(&format!("http://site.test/{path}")).await;
        all_jobs(&web.server).await;
        let shown = ada.message((1, id(&message))).await["previews"].take();
        assert_eq!(shown[0]["title"] == "Arrived", has_card, "{path}: {shown}");
    }
}
