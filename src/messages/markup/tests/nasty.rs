//! Combinations and long repetitions of text that is special in HTML, in addresses or in the renderer.

use std::time::{Duration, Instant};

use super::*;
use crate::messages::text::{Body, is_large};

/// Asserts that all tags are allowed and no letter or emoji is lost. Link targets may be repeated.
fn assert_safe(text: &str) {
    let Ok(body) = Body::parse(text) else { return };
    let seen = reader::read(&html(body.as_str()));
    for c in ['é', '😀'] {
        let count = |text: &str| text.matches(c).count();
        assert!(count(&seen) >= count(body.as_str()), "{text:?}: {seen:?}");
    }
}

/// Texts that are special somewhere, separated by ¦.
const NASTY: &str = "<¦>¦&¦\"¦'¦<a href=¦</p>¦<br>¦<!--¦-->¦]]>¦&#x3c;¦&lt¦http://¦https://¦HTTP://ab.cd¦://¦\
    javascript:¦data:¦x¦ ¦\n¦\r\n¦\t¦\0¦\u{202E}¦\u{FEFF}¦é¦😀¦@¦/¦?¦#¦[¦a.b¦`";

#[test]
fn no_mixture_of_nasty_pieces_becomes_markup() {
    let pieces: Vec<&str> = NASTY.split('¦').collect();
    for a in &pieces {
        for b in &pieces {
            for c in &pieces {
                assert_safe(&[*a, *b, *c].concat());
            }
        }
    }
    let mut seed = 1_u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..20 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        assert_safe(&text);
    }
}

#[test]
fn the_longest_messages_are_rendered_quickly() {
    let mut slowest = (Duration::ZERO, "");
    for piece in NASTY.split('¦').chain(
        "http://a a: a:/ :: ( http://ab.cd/( a@ @a a@b.c http://@ http:/ https: - a- .a \
        // http://a. http://- http://[ http://a%"
            .split(' '),
    ) {
        let count = 10_000 / piece.chars().count();
        let start = Instant::now();
        assert_safe(&piece.repeat(count));
        is_large(&piece.repeat(count));
        slowest = slowest.max((start.elapsed(), piece));
    }
    assert!(slowest.0 < Duration::from_secs(2), "{slowest:?}");
}
