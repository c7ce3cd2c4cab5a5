//! The time of rendering grows with the length of a text and not faster, whatever it repeats.

use std::time::Instant;

use super::*;

/// Characters of the shorter text, and how many times longer the other one is.
const SHORT: usize = 2_000;
const TIMES: usize = 8;
/// How many times longer each character of the longer text may take. Quadratic time would need [`TIMES`].
const MOST: f64 = 4.0;
/// Repetitions of a measurement, of which the shortest counts.
const RUNS: usize = 3;

/// Texts that are hostile when they are repeated, separated by ¦.
const REPEATED: &str = r#"_a @b_ ¦https://a.b/* ¦https://a.b/*¦[¦]¦![¦](¦[a](¦[a](b (¦[a](b "¦[a](b '¦[a](<b¦[a](http://a.b ¦[x]: ¦
    ¦[a][b] ¦[a](http://a.b "c") ¦![![¦[![a](¦> ¦>¦> - ¦> *¦> `¦> [¦`¦` ¦` `` ¦`a¦``a`¦[`¦`[¦*`¦*¦**¦*a ¦*a* ¦_a ¦**a ¦a**b¦
    ¦*_a¦**a*¦*[¦***a¦~~a ¦~~¦~¦<¦<a¦<http://a.b ¦<mailto:a@b.cd ¦<!--¦</¦&¦&amp¦&#¦\¦\* ¦\[¦\`¦\_a_ ¦\@¦\:¦_www.1¦_www.¦www.¦
    ¦www.a_¦www.a.bc,¦www.a.bc。¦x@¦x@a_¦a.b@c.de ¦@¦@@¦@a¦@a.¦@.¦@a_¦:¦::¦:a¦:a:¦:tada:¦mailto:¦mailto:a@¦http://¦https://a¦
    ¦https://a.b@¦https://a.b,¦https://a.b(¦https://a.b/(¦*https://a.b/x* ¦x://¦- ¦- *a¦#¦| a¦é¦你@¦你*¦**「a」**で¦👨‍👩‍👧¦#room ¦a ¦a¦"¦'"#;

/// Lines that are hostile when they are repeated, separated by ¦.
const LINES: &str =
    "¦>¦>> ¦> a¦```¦```a¦~~~¦- a¦  - a¦1) a¦# a¦    a¦\ta¦a¦---¦===¦|-|¦- > `¦> - *a¦12. a¦\\";

/// Texts that are hostile when they are repeated in a code block, separated by ¦.
const CODE: &str = r##"/*¦"¦'¦r#"¦//¦#¦<!--¦{{¦\¦'''¦"""¦`¦${¦$(¦a ¦0x¦1.¦--¦<a ¦</"##;

/// Milliseconds of processor time of this thread.
fn processor_time() -> Option<f64> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = schedule.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e6)
}

/// The shortest time (ms) of rendering a text. Time of other threads does not count, where the system tells it.
fn time_of(text: &str) -> f64 {
    let run = || {
        let (started, before) = (Instant::now(), processor_time());
        std::hint::black_box(render(text).html(&known, true));
        match (before, processor_time()) {
            (Some(before), Some(after)) if after > before => after - before,
            _ => started.elapsed().as_secs_f64() * 1e3,
        }
    };
    (0..RUNS).map(|_| run()).fold(f64::MAX, f64::min)
}

/// Asserts that a text of repeated pieces is rendered in linear time. A disturbed measurement is repeated.
fn assert_linear(piece: &str, build: impl Fn(String) -> String) {
    let text = |length: usize| build(piece.repeat(length / piece.chars().count()));
    let (short, long) = (text(SHORT), text(SHORT * TIMES));
    let factor = || time_of(&long) / time_of(&short) / TIMES as f64;
    let is_linear = (0..5).any(|_| factor() <= MOST);
    assert!(
        is_linear,
        "{piece:?} takes {:.1} times longer for each character",
        factor()
    );
}

fn pieces(all: &str) -> impl Iterator<Item = &str> {
    let pieces = all.split('¦').map(|piece| piece.trim_start_matches(['\n']));
    pieces.filter(|piece| !piece.trim().is_empty())
}

#[test]
fn no_repeated_text_takes_more_than_linear_time() {
    for piece in pieces(REPEATED) {
        assert_linear(piece, |text| text);
    }
}

#[test]
fn no_repeated_line_takes_more_than_linear_time() {
    for line in pieces(LINES).chain([""]) {
        assert_linear(&format!("{line}\n"), |text| text);
        assert_linear(&format!("{line}\n\n"), |text| text);
    }
}

#[test]
fn no_repeated_code_takes_more_than_linear_time() {
    for language in ["rust", "js", "html", "python", "bash"] {
        for piece in pieces(CODE) {
            assert_linear(piece, |text| format!("```{language}\n{text}\n```"));
        }
    }
}
