//! Where addresses begin and end.

use super::*;

/// Asserts that in each text, parts in ‹› are links to themselves and nothing else is a link.
fn linked(examples: &[&str]) {
    for example in examples {
        let text = example.replace(['‹', '›'], "");
        let mut expected = String::new();
        for (number, part) in example.split(['‹', '›']).enumerate() {
            let mut escaped = String::new();
            escape::push(&mut escaped, part, escape::Context::Link);
            if number % 2 == 1 {
                let href = escaped.replace('"', "&quot;");
                let href = match part {
                    _ if part.contains("://")
                        || part.to_ascii_lowercase().starts_with("mailto:") =>
                    {
                        href
                    }
                    _ if part.contains('@') => format!("mailto:{href}"),
                    _ => format!("http://{href}"),
                };
                expected += &format!("<a href=\"{href}\" {OUTGOING}>{escaped}</a>");
            } else {
                escaped.clear();
                escape::push(&mut escaped, part, escape::Context::Text);
                expected += &escaped;
            }
        }
        assert_eq!(html(&text), format!("<p>{expected}</p>"), "{text:?}");
        oracle::clean(&html(&text));
    }
}

#[test]
fn a_link_ends_before_spaces_and_invisible_characters() {
    let spaces = "\u{A0}\u{202F}\u{2003}\u{2009}\u{3000}\u{205F}\u{1680}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}\u{AD}\u{200E}\u{200F}\u{61C}\u{2066}\u{FE0F}\u{3164}\u{180E}";
    for space in spaces.chars() {
        linked(&[
            &format!("Voir ‹https://a.example/x›{space}!"),
            &format!("‹https://a.example/x›{space}y"),
            &format!("‹https://a.example›{space}!"),
            &format!("‹www.a.example›{space}!"),
            &format!("‹me@a.example›{space}!"),
        ]);
    }
    linked(&[
        "‹https://ab.cd/›\u{202B}gpj",
        "https://exam\u{200B}ple.com",
        "me@exam\u{200B}ple.com",
    ]);
}

#[test]
fn a_link_ends_before_the_punctuation_of_every_script() {
    for (before, after) in [
        ("“", "”"),
        ("„", "“"),
        ("‘", "’"),
        ("«", "»"),
        ("»", "«"),
        ("‹", "›"),
        ("「", "」"),
        ("『", "』"),
        ("《", "》"),
        ("【", "】"),
        ("（", "）"),
        ("［", "］"),
        ("｛", "｝"),
        ("〔", "〕"),
        ("〈", "〉"),
        ("＜", "＞"),
        ("⟨", "⟩"),
        ("\"", "\""),
        ("'", "'"),
        ("(", ")"),
        ("{", "}"),
        ("|", "|"),
        ("", "。"),
        ("", "、"),
        ("", "，"),
        ("", "！"),
        ("", "？"),
        ("", "："),
        ("", "；"),
        ("", "…"),
        ("", "،"),
        ("", "؟"),
        ("", "؛"),
        ("", "۔"),
        ("", "।"),
        ("", "॥"),
        ("", "։"),
        ("", "።"),
        ("", "—"),
        ("", "–"),
        ("", "”."),
        ("“", ".”"),
        ("“", ",”"),
        ("", "?!"),
        ("", ":)"),
        ("", "..."),
        ("", "›"),
        ("", "🎉"),
        ("", "・"),
    ] {
        for address in [
            "https://a.example/x",
            "https://a.example",
            "www.a.example/x?y=z",
            "me@a.example",
        ] {
            let text = format!("{before}{address}{after}");
            let rendered = html(&text);
            let link = format!(">{address}</a>");
            assert!(rendered.contains(&link), "{text}: {rendered}");
            assert_eq!(reader::read(&rendered).trim(), text);
        }
    }
    linked(&[
        "“‹https://a.example/x›”, she said",
        "‘‹https://a.example/x›’s",
        "「‹https://a.example/x›」です",
    ]);
}

#[test]
fn characters_that_belong_to_an_address_stay_in_it() {
    linked(&[
        "‹https://youtu.be/dQw4w9WgXc_›",
        "‹https://youtu.be/dQw4w9WgXc__› x",
        "‹https://a.example/*›",
        "‹https://a.example/~›",
        "‹https://a.example/x~~›",
        "‹https://a.example/-› ‹https://a.example/x-›",
        "‹https://a.example/a_b_c›",
        "‹https://app.a.example#/route›",
        "‹https://a.example#x› ‹https://a.example?x=1›",
        "‹https://a.example/#!/x›",
        "‹https://a.example/css?f=A|B›",
        "‹https://a.example/css?f=A|B|C›, and",
        "‹https://a.example/{id}/[x]›",
        "‹https://a.example/a;b,c.d:e!f'g$h+i=j@k%20l&m=n^o›",
        "‹https://fr.a.example/wiki/L’Équipe›",
        "‹https://ja.a.example/wiki/ジョン・スミス›",
        "‹https://a.example/Foo–Bar›",
        "‹https://a.example/a_(b)› (‹https://a.example/a_(b)›)",
        "‹https://例子.中国› ‹https://例子.中国/路径›",
        "‹https://пример.рф/х› ‹http://उदाहरण.भारत/› ‹http://مثال.مصر/›",
        "‹http://my_service:8080/x› ‹http://localhost:3000› ‹http://db› ‹http://a-b.c_d:1/›",
        "‹http://[::1]:8080/x› ‹http://[2001:db8::1]/› ‹http://[::ffff:1.2.3.4]›",
        "‹HTTPS://A.EXAMPLE:443/›.",
        "见‹http://a.example/x›。谢谢 ‹http://a.example›です",
    ]);
}

#[test]
fn emphasis_around_a_link_is_not_part_of_it() {
    let link = "<a https://a.example/x_>https://a.example/x_</a>";
    all(&format!(
        "
        _https://a.example/x__ ⇒ <p><em>{link}</em></p>
        **see https://a.example/x_** ⇒ <p><strong>see {link}</strong></p>
        __https://a.example/x___ ⇒ <p><strong>{link}</strong></p>
        ~~https://a.example/x_~~ ⇒ <p><del>{link}</del></p>
        *https://a.example/x_*, and ⇒ <p><em>{link}</em>, and</p>
        **https://a.example/x_**です ⇒ <p><strong>{link}</strong>です</p>
        _a_ https://a.example/x_ ⇒ <p><em>a</em> {link}</p>
        snake_case https://a.example/x_ ⇒ <p>snake_case {link}</p>
        _a⏎⏎https://a.example/x_ ⇒ <p dir=\"auto\">_a</p><p dir=\"auto\">{link}</p>
        _me@a.example_ ⇒ <p><em><a mailto:me@a.example>me@a.example</a></em></p>
        **www.a.example** ⇒ <p><strong><a http://www.a.example>www.a.example</a></strong></p>
    "
    ));
}

#[test]
fn addresses_without_a_scheme_are_links() {
    linked(&[
        "‹www.example.com› ‹WWW.Example.com/x_›, (‹www.example.com/(a)›)",
        "‹www.example.com:8080/x?y#z›!",
        "见‹www.example.com›。",
        "‹www.例子.中国› ‹Www.Example.Com›, ‹wwW.example.com›",
        "‹me@example.com›, ‹first.last+tag@mail.example.co.uk›.",
        "<‹me@example.com›> (‹me@example.com›) \"‹me@example.com›\"",
        "你好‹me@example.com›に",
        "mail:‹me@example.com› ‹me_@example.com›",
        "‹mailto:me@example.com› ‹MAILTO:me@example.com?subject=x&body=y›.",
        "a@b a@b.c @bob@example.com me@example..com me@-a.com me@a_b.com x@1.2",
        "git@example.com:x/y.git ssh://git@example.com/x ftp://me@example.com http://me@example.com/x",
        "http://www.user:pass@evil.example www. www.x www.1 .www.example.com awww.example.com",
        "http://a%62.example http://a..example http://. http:// https://?x",
    ]);
}

#[test]
fn a_link_without_visible_text_shows_its_address() {
    let link = |text: &str| {
        format!("<p><a href=\"https://a.example/x\" {OUTGOING}>{text}https://a.example/x</a></p>")
    };
    for label in [
        "",
        "\u{200B}",
        "\u{200B}\u{200D}",
        "\u{2060}",
        "\u{FEFF}",
        "\u{3164}",
        "\u{AD}",
        "\u{2800}",
        "\u{180E}",
        "\u{115F}",
    ] {
        assert_eq!(
            html(&format!("[{label}](https://a.example/x)")),
            link(label),
            "{label:?}"
        );
    }
    let emphasized = html("[**\u{200B}**](https://a.example/x)");
    assert!(
        emphasized.contains("https://a.example/x</a>"),
        "{emphasized}"
    );
}
