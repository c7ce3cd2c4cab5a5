//! Markdown that changes the look of text.

use super::*;

#[test]
fn words_are_a_paragraph_and_nothing_more() {
    all(r#"
        hello ⇒ <p>hello</p>
        a⏎b ⇒ <p>a<br>b</p>
        a⏎⏎⏎b ⇒ <p dir="auto">a</p><p dir="auto">b</p>
        it's "so" & so ⇒ <p>it's "so" &amp; so</p>
        ␣   if x:⏎        y ⇒ <p>    if x:<br>        y</p>
        *def* f(x):⏎    return x ⇒ <p><em>def</em> f(x):<br>    return x</p>
        *a*⏎⏎    b⏎     c ⇒ <p dir="auto"><em>a</em></p><p dir="auto">    b<br>     c</p>
    "#);
}

#[test]
fn emphasis_is_shown() {
    all("
        *a* _b_ ⇒ <p><em>a</em> <em>b</em></p>
        **a** __b__ ⇒ <p><strong>a</strong> <strong>b</strong></p>
        ~~a~~ ⇒ <p><del>a</del></p>
        ***a*** ⇒ <p><em><strong>a</strong></em></p>
        **bold**text ⇒ <p><strong>bold</strong>text</p>
        **a *b* c** ⇒ <p><strong>a <em>b</em> c</strong></p>
        这是*强调*的 ⇒ <p>这是<em>强调</em>的</p>
        **<b>** ⇒ <p><strong>&lt;b&gt;</strong></p>
    ");
}

#[test]
fn code_is_shown_literally() {
    all(r#"
        `a*b*` c ⇒ <p><code>a*b*</code> c</p>
        `` a`b `` ⇒ <p><code>a`b</code></p>
        `<b> &amp; :tada: @ada` ⇒ <p><code>&lt;b&gt; &amp;amp; :tada: @ada</code></p>
        `curl https://a.bc/d_e` ⇒ <p><code>curl https://a.bc/d_e</code></p>
        `~/.x ]: \_ 1.` ⇒ <p><code>~/.x ]: \_ 1.</code></p>
        ```⏎a⏎⏎  <b>⏎---⏎>:(⏎``` ⇒ <pre>a⏎⏎  &lt;b&gt;⏎---⏎&gt;:(</pre>
        ```⏎a ⇒ <pre>a</pre>
        ```a ⇒ <pre>a</pre>
        ```⏎a``` ⇒ <pre>a</pre>
        ```first⏎second```⏎ ⇒ <pre>first⏎second</pre>
        ```txt⏎second```⏎ ⇒ <pre>second</pre>
        ```select 1;⏎select 2;⏎``` ⇒ <pre>select 1;⏎select 2;</pre>
        ~~~⏎@ada https://a.bc⏎~~~ ⇒ <pre>@ada https://a.bc</pre>
        ```a``` ⇒ <p><code>a</code></p>
        see⏎```⏎a⏎```⏎> b ⇒ <p dir="auto">see</p><pre>a</pre><blockquote dir="auto"><p>b</p></blockquote>
    "#);
}

#[test]
fn quotes_and_lists_are_rendered() {
    all(r#"
        > a⏎> b ⇒ <blockquote dir="auto"><p>a<br>b</p></blockquote>
        >a⏎⏎b ⇒ <blockquote dir="auto"><p>a</p></blockquote><p dir="auto">b</p>
        - a⏎- b ⇒ <ul dir="auto"><li>a</li><li>b</li></ul>
        * a⏎⏎* b ⇒ <ul dir="auto"><li><p>a</p></li><li><p>b</p></li></ul>
        3. a⏎4. b ⇒ <ol dir="auto" start="3"><li>a</li><li>b</li></ol>
        - a⏎⏎      *b*⏎⏎c⏎    *d* ⇒ <ul dir="auto"><li><p>a</p><p>    *b*</p></li></ul><p dir="auto">c<br>    *d*</p>
        1) a ⇒ <ol dir="auto" class="parens"><li>a</li></ol>
        1. a⏎   - b⏎   - c ⇒ <ol dir="auto"><li>a<ul><li>b</li><li>c</li></ul></li></ol>
    "#);
}

#[test]
fn a_heading_is_a_bold_paragraph() {
    all("
        ## Plan ⇒ <p><strong>Plan</strong></p>
        # channel ⇒ <p><strong># channel</strong></p>
        #channel ⇒ <p>#channel</p>
        ## ⇒ <p><strong>##</strong></p>
    ");
}

#[test]
fn links_are_rendered() {
    let href = "https://a.bc/d_(e)_f*g*h?i=j&amp;k";
    let link = format!("<a {href}>{href}</a>");
    all(&format!(
        "
        https://a.bc/d_(e)_f*g*h?i=j&k ⇒ <p>{link}</p>
        **https://a.bc/d_(e)_f*g*h?i=j&k** ⇒ <p><strong>{link}</strong></p>
        _https://a.bc/d_(e)_f*g*h?i=j&k_. ⇒ <p><em>{link}</em>.</p>
        <https://a.bc/d_(e)_f*g*h?i=j&k> ⇒ <p>{link}</p>
        [the *text*](https://a.bc/d_(e)_f*g*h?i=j&k) ⇒ <p><a {href}>the <em>text</em></a></p>
    "
    ));
    all("
        [x](HTTP://a.bc 'title') ⇒ <p><a HTTP://a.bc>x</a> 'title'</p>
        ![a cat](http://a.bc/c.png) ⇒ <p><a http://a.bc/c.png>a cat</a></p>
        ![](http://a.bc) ⇒ <p><a http://a.bc>http://a.bc</a></p>
        [m](mailto:a@b.cd) ⇒ <p><a mailto:a@b.cd>m</a></p>
        见http://ab.cd/x。谢谢 ⇒ <p>见<a http://ab.cd/x>http://ab.cd/x</a>。谢谢</p>
    ");
}

#[test]
fn a_link_text_that_names_another_host_is_followed_by_the_true_host() {
    let evil = |text: &str| html(&format!("[{text}](https://evil.example/x)"));
    for text in "good.example¦www.good.example¦https://good.example/x¦log in at good.example now¦good\u{200B}.example¦good。example¦\
        ｇｏｏｄ．ｅｘａｍｐｌｅ¦**good**.example¦`good.example`¦http://good¦10.0.0.1"
        .split('¦')
    {
        assert!(
            evil(text).ends_with("</a> (evil.example)</p>"),
            "{}",
            evil(text)
        );
    }
    for text in "evil.example¦https://evil.example¦WWW.Evil.Example¦here¦e.g. v1.2¦a: b".split('¦')
    {
        assert!(evil(text).ends_with("</a></p>"), "{}", evil(text));
    }
    assert!(html("[a@good.example](mailto:a@evil.example)").ends_with("</a> (a@evil.example)</p>"));
}

#[test]
fn several_words_mention_the_whole_room() {
    for word in ["@room", "@all", "@channel", "@everyone", "@Everyone."] {
        assert!(render(word).calls_room(), "{word}");
    }
    for word in ["@allan", "@channels", "all", "@rooms"] {
        assert!(!render(word).calls_room(), "{word}");
    }
}

#[test]
fn known_names_become_mentions() {
    let ada = r#"<a class="mention mention--7" href="/people/ada">@ada</a>"#;
    all(&format!(
        r#"
        @ada hi ⇒ <p>{ada} hi</p>
        (@Ada.) ⇒ <p>({ada}.)</p>
        **@ada** ⇒ <p><strong>{ada}</strong></p>
        > - @ada ⇒ <blockquote dir="auto"><ul><li>@ada</li></ul></blockquote>
        @ada--  ⇒ <p>{ada}--</p>
        @bob ⇒ <p>@bob</p>
        @bob@ada ⇒ <p>@bob@ada</p>
        `@ada` a@ada.b \@ada ⇒ <p><code>@ada</code> a@ada.b @ada</p>
        [@ada](http://a.bc) ⇒ <p><a http://a.bc>@ada</a></p>
        http://a.bc/@ada ⇒ <p><a http://a.bc/@ada>http://a.bc/@ada</a></p>
        @Room! ⇒ <p><span class="mention mention--room">@Room</span>!</p>
    "#
    ));
    assert_eq!(
        render("@here").html(&known, false).to_string(),
        "<p>@here</p>"
    );
    let rendered = render("`@x` @here @Ada. @ada");
    assert_eq!(rendered.names(), [fold("ada"), fold("ada.")]);
    assert!(rendered.calls_here() && !rendered.calls_room());
    let many: String = (0..99).map(|n| format!("@person{n} ")).collect();
    assert_eq!(render(&many).names().len(), 20);
}

#[test]
fn names_may_contain_markdown_characters() {
    let id = |_: &str| Some((UserId(1), "a_b_".to_owned()));
    for text in ["@a_b_", "@_a_b_", "x *y* @a_b_"] {
        assert!(
            render(text).html(&id, true).as_str().contains("@a_b_</a>"),
            "{text}"
        );
    }
    let quoted = |_: &str| Some((UserId(1), "a\"<b>".to_owned()));
    let html = render("@x").html(&quoted, true).to_string();
    assert!(
        html.contains(r#"href="/people/a&quot;&lt;b&gt;">@a"&lt;b&gt;</a>"#),
        "{html}"
    );
}

#[test]
fn shortcodes_become_emoji() {
    all("
        :tada: :+1: ⇒ <p>🎉 👍</p>
        :tada::tada: ⇒ <p>🎉🎉</p>
        好:tada: ⇒ <p>好🎉</p>
        *:white_check_mark:* ⇒ <p><em>✅</em></p>
        :nothing: 10:30:45 :100 ⇒ <p>:nothing: 10:30:45 :100</p>
        10:100:45 std::key::Key ::key:: a:key: ⇒ <p>10:100:45 std::key::Key ::key:: a:key:</p>
    ");
    assert_eq!(shortcodes::emoji("nothing"), None);
    assert_eq!(shortcodes::emoji(""), None);
    for (name, emoji) in shortcodes::all() {
        assert_eq!(shortcodes::emoji(name), Some(*emoji));
    }
    assert_eq!(shortcodes::all().len(), shortcodes::TABLE.lines().count());
}

#[test]
fn an_excerpt_is_one_line_without_markdown() {
    for (text, expected) in [
        ("**a** _b_\n\nc `d`  e", "a b c d e"),
        ("3. a\n4. b", "3. a 4. b"),
        ("- a\n- b", "a b"),
        ("> a\n\nb", "a b"),
        ("```rust\nfn main() {\n}\n```", "fn main() { }"),
        (
            "[text](http://a.bc) :tada: @ada <b> &amp;",
            "text 🎉 @ada <b> &amp;",
        ),
        ("2*3*4", "2*3*4"),
        ("a \u{202E}b", "a b"),
    ] {
        assert_eq!(excerpt(text, 99), expected, "{text}");
    }
    assert_eq!(excerpt("hello world", 11), "hello world");
    assert_eq!(excerpt("hello world", 7), "hello…");
    assert_eq!(excerpt("ab👨\u{200D}👩\u{200D}👧 cd", 5), "ab…");
    assert_eq!(excerpt("🇩🇪🇫🇷🇪🇸", 4), "🇩🇪…");
    assert_eq!(excerpt("abe\u{301}\u{302}fg", 4), "ab…");
}
