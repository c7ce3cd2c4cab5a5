//! Tests with common, malformed and hostile page heads.

use proptest::prelude::*;

use super::*;

#[test]
fn open_graph_comes_before_the_title_and_the_description() {
    let page = "<!doctype html><html><head><title>Plain &amp; simple</title>
        <meta name=description content='plain'>
        <META PROPERTY=\"og:title\" CONTENT=\"Better\" />
        <meta content=\"reversed\" property=\"og:description\">
        <meta property=og:site_name content=Site>
        <meta property=og:image content=/a.png></head><body>";
    let head = read(page);
    assert_eq!(head.title, "Better");
    assert_eq!(head.description, "reversed");
    assert_eq!(head.site, "Site");
    assert_eq!(head.picture.as_deref(), Some("/a.png"));
    let plain = read("<title>Plain &amp; simple</title><meta name=\"description\" content=\"d\">");
    assert_eq!(
        (&*plain.title, &*plain.description),
        ("Plain & simple", "d")
    );
}

#[test]
fn only_markup_of_the_head_counts() {
    for page in [
        "<!-- <title>no</title> --><body><title>no</title>",
        "<script>var x = '<title>no</title>'</script></head><title>no</title>",
        "<svg><title>no</title></svg><body>",
        "<style><title>no</title></style>",
        "<titlex>no</titlex>",
        "",
        "<",
        "<meta",
        "<meta property=og:title content",
    ] {
        assert_eq!(read(page), PageHead::default(), "{page}");
    }
    assert_eq!(read("<title>cut").title, "cut");
    assert_eq!(read("<title>a <b> c</title>").title, "a <b> c");
    assert_eq!(read("<title></title><title>second</title>").title, "");
    let empty = "<meta property=og:title content=' '><title>t</title>";
    assert_eq!(read(empty).title, "t");
}

#[test]
fn cleaned_text_is_one_short_line_in_its_own_direction() {
    assert_eq!(cleaned(" a\n\tb  c ", 10), "a b c");
    assert_eq!(cleaned("\u{202E}evil\u{2066}\u{0}\u{7}", 10), "evil");
    assert_eq!(
        cleaned(&"x".repeat(10_000), 10),
        format!("{}…", "x".repeat(9))
    );
    assert_eq!(
        cleaned("<script>alert(1)</script>", 99),
        "<script>alert(1)</script>"
    );
    assert_eq!(
        cleaned("👨\u{200D}👩", 9),
        "👨\u{200D}👩",
        "joined emoji stay joined"
    );
}

proptest! {
    #[test]
    fn any_text_is_read(page in ".{0,300}") {
        read(&page);
    }

    #[test]
    fn any_markup_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "</", "<!--", "-->", "<meta ", "property=", "content=", "'", "\"", "og:title",
        "<title>", "</title>", "<script>", "</script", "é", "&#x", ";", "/", "=", " ", "\u{130}",
    ]), 0..60)) {
        let page: String = parts.concat();
        let head = read(&page);
        prop_assert!(head.title.len() <= 4 * page.len());
        let cleaned = cleaned(&head.title, 20);
        prop_assert!(cleaned.chars().count() <= 20);
    }
}
