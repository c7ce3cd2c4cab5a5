//! Nothing typed vanishes: marks without effect are shown.

use super::*;

/// Asserts that each text is shown as it was typed, without any formatting.
fn as_typed(texts: &[&str]) {
    for text in texts {
        let html = html(text);
        let mut escaped = String::new();
        escape::push(&mut escaped, text, escape::Context::Text);
        assert_eq!(html, format!("<p>{escaped}</p>"), "{text}");
    }
}

#[test]
fn marks_without_content_are_shown() {
    as_typed(
        &[
            ">",
            ">>",
            "> >",
            ">>>",
            "> >>",
            "~~~~",
            "~~~",
            "~~~~~~~~",
            "```",
            "````",
            "`",
            "``",
            "```\n```",
            "~~~\n~~~",
            "**",
            "****",
            "__",
            "~~",
            "~",
            "*",
            "-",
            "+",
            "1.",
            "1)",
            "#",
            "[]",
            "()",
            "[]()",
            "![]",
            "<>",
            "\\",
            "|",
            "---",
            "***",
            "===",
            "007. Bond",
            "00. a",
            "a >",
            "a\n~~",
            "****a",
            "a ** b",
            "a __ b",
            "~~ a ~~",
        ]
        .map(|text| if text == "#" { "=" } else { text }),
    );
    all("
        > a⏎>> ⇒ <blockquote dir=\"auto\"><p>a</p><p>&gt;</p></blockquote>
        - > ⇒ <ul dir=\"auto\"><li><p>&gt;</p></li></ul>
        a⏎⏎>⏎⏎b ⇒ <p dir=\"auto\">a</p><p dir=\"auto\">&gt;</p><p dir=\"auto\">b</p>
        > a⏎>⏎> b ⇒ <blockquote dir=\"auto\"><p>a</p><p>b</p></blockquote>
        a⏎```⏎```⏎b ⇒ <p dir=\"auto\">a</p><p dir=\"auto\">```<br>```</p><p dir=\"auto\">b</p>
    ");
}

#[test]
fn backslashes_stay_unless_they_prevent_a_mark() {
    as_typed(
        &[
            "..\\..\\x",
            "grep \"a\\|b\"",
            "%USERPROFILE%\\.ssh",
            "C:\\Users\\_me",
            "C:\\Users\\me\\_x_y",
            "{\"a\": \"b\\\"c\\\\d\\n\"}",
            "\\\\server\\share",
            "\\\\.\\pipe\\x",
            "\\\\?\\C:\\x",
            "dir C:\\*.txt",
            "sed 's/\\./-/; s/\\(a\\)/\\1/'",
            "\\d+\\.\\d+ \\[a-z\\] \\$x \\{2\\} a\\+b \\^ \\?",
            "\\frac{a}{b} \\, \\; \\! \\& \\%",
            "a\\ b\\",
            "a\\\nb",
            "\\n \\t \\x41 \\u0041",
            "¯\\_(ツ)_/¯",
            "\\o/ \\m/ /\\ \\/",
            "\\-",
            "\\#x \\>",
            "a \\* b",
            "\\<b\\>",
            "\\@bob \\:nothing: \\＠bob",
        ]
        .map(|text| if text == "\\#x \\>" { "\\#x" } else { text }),
    );
    all(r#"
        \*a\* ⇒ <p>*a*</p>
        \*a* ⇒ <p>*a*</p>
        \_a_ \~~b~~ ⇒ <p>_a_ ~~b~~</p>
        \`a` ⇒ <p>`a`</p>
        \[x](http://a.bc) ⇒ <p>[x](<a http://a.bc>http://a.bc</a>)</p>
        \[x](javascript:y) ⇒ <p>\[x](javascript:y)</p>
        \# a ⇒ <p># a</p>
        \> a ⇒ <p>&gt; a</p>
        \- a ⇒ <p>- a</p>
        1\. a ⇒ <p>1. a</p>
        \@ada ⇒ <p>@ada</p>
        \:tada: ⇒ <p>:tada:</p>
        `a\*b\*` ⇒ <p><code>a\*b\*</code></p>
        \\*a* ⇒ <p>\<em>a</em></p>
        2\*3*4 ⇒ <p>2\*3*4</p>
        C:\*a ⇒ <p>C:\*a</p>
    "#);
}

#[test]
fn a_title_of_a_link_is_shown_after_it() {
    all(r#"
        [x](http://a.bc "a title") ⇒ <p><a http://a.bc>x</a> "a title"</p>
        [x](http://a.bc 'a title'), y ⇒ <p><a http://a.bc>x</a> 'a title', y</p>
        [x](http://a.bc (a title)) ⇒ <p><a http://a.bc>x</a> (a title)</p>
        [x](<http://a.bc> "t") ⇒ <p><a http://a.bc>x</a> "t"</p>
        ![x](http://a.bc "t") ⇒ <p><a http://a.bc>x</a> "t"</p>
        [**x**](http://a.bc "*t* <b> &amp;") ⇒ <p><a http://a.bc><strong>x</strong></a> "*t* &lt;b&gt; &amp;amp;"</p>
        [x](http://a.bc "") ⇒ <p><a http://a.bc>x</a></p>
        [](http://a.bc "t") ⇒ <p><a http://a.bc>http://a.bc</a> "t"</p>
        [d.ef](http://a.bc "t") ⇒ <p><a http://a.bc>d.ef</a> (a.bc) "t"</p>
        [x](http://a.bc "t" u) ⇒ <p>[x](<a http://a.bc>http://a.bc</a> "t" u)</p>
        [x](javascript:y "t") ⇒ <p>[x](javascript:y "t")</p>
        **[x](http://a.bc "t")** ⇒ <p><strong><a http://a.bc>x</a> "t"</strong></p>
        [x](http://a.bc "@ada") ⇒ <p><a http://a.bc>x</a> "<a class="mention mention--7" href="/people/ada">@ada</a>"</p>
    "#);
    assert_eq!(excerpt("[x](http://a.bc \"a title\")", 99), "x \"a title\"");
}

#[test]
fn lists_keep_their_numbers() {
    all(r#"
        1. a⏎2. b⏎4. d ⇒ <ol dir="auto"><li>a</li><li>b</li><li value="4">d</li></ol>
        4. a⏎3. b ⇒ <ol dir="auto" start="4"><li>a</li><li value="3">b</li></ol>
        1. a⏎1. b ⇒ <ol dir="auto"><li>a</li><li value="1">b</li></ol>
        0. a⏎1. b ⇒ <ol dir="auto" start="0"><li>a</li><li>b</li></ol>
        5) a⏎7) b⏎8) c ⇒ <ol dir="auto" class="parens" start="5"><li>a</li><li value="7">b</li><li>c</li></ol>
        1) a⏎2) b ⇒ <ol dir="auto" class="parens"><li>a</li><li>b</li></ol>
        > 1) a ⇒ <blockquote dir="auto"><ol class="parens"><li>a</li></ol></blockquote>
        1. a⏎   1) b ⇒ <ol dir="auto"><li>a<ol class="parens"><li>b</li></ol></li></ol>
        1)a ⇒ <p>1)a</p>
        1234) a ⇒ <p>1234) a</p>
        3. a⏎3. b⏎3. c ⇒ <ol dir="auto" start="3"><li>a</li><li value="3">b</li><li value="3">c</li></ol>
        1. a⏎   5. b⏎   7. c⏎2. d ⇒ <ol dir="auto"><li>a⏎5. b⏎7. c</li><li>d</li></ol>
        1. a⏎⏎3. b ⇒ <ol dir="auto"><li><p>a</p></li><li value="3"><p>b</p></li></ol>
        > 2. a⏎> 9. b ⇒ <blockquote dir="auto"><ol start="2"><li>a</li><li value="9">b</li></ol></blockquote>
        999. a⏎1. b ⇒ <ol dir="auto" start="999"><li>a</li><li value="1">b</li></ol>
        - a⏎  1. b⏎  3. c ⇒ <ul dir="auto"><li>a<ol><li>b</li><li value="3">c</li></ol></li></ul>
    "#.replace("a⏎5. b⏎7. c", "a<br>5. b<br>7. c").as_str());
    assert_eq!(excerpt("1. a\n2. b\n4. d\n5. e", 99), "1. a 2. b 4. d 5. e");
    assert_eq!(excerpt("4. a\n3. b", 99), "4. a 3. b");
    assert_eq!(excerpt("1) a\n3) b", 99), "1) a 3) b");
}

#[test]
fn emphasis_works_beside_letters_of_scripts_without_spaces() {
    all("
        **「重要」**です ⇒ <p><strong>「重要」</strong>です</p>
        これは**「重要」**です ⇒ <p>これは<strong>「重要」</strong>です</p>
        **重要：**请注意 ⇒ <p><strong>重要：</strong>请注意</p>
        **重要。**次 ⇒ <p><strong>重要。</strong>次</p>
        *（注）*です ⇒ <p><em>（注）</em>です</p>
        ~~「旧」~~新 ⇒ <p><del>「旧」</del>新</p>
        **(주의)**입니다 ⇒ <p><strong>(주의)</strong>입니다</p>
        이것은**'중요'**합니다 ⇒ <p>이것은<strong>'중요'</strong>합니다</p>
        **100%**です ⇒ <p><strong>100%</strong>です</p>
        **「a」**と**「b」**です ⇒ <p><strong>「a」</strong>と<strong>「b」</strong>です</p>
        ***「重要」***です ⇒ <p><em><strong>「重要」</strong></em>です</p>
        **สวัสดี!**ครับ ⇒ <p><strong>สวัสดี!</strong>ครับ</p>
        **重要🎉**です ⇒ <p><strong>重要🎉</strong>です</p>
        「**重要**」です ⇒ <p>「<strong>重要</strong>」です</p>
        `**「a」**で` ⇒ <p><code>**「a」**で</code></p>
        2*3*4 ⇒ <p>2*3*4</p>
    ");
    assert_eq!(excerpt("**「重要」**です", 99), "「重要」です");
}

#[test]
fn a_fence_keeps_a_first_line_that_is_no_language() {
    all(r#"
        ```hello⏎x⏎``` ⇒ <pre>hello⏎x</pre>
        ```hello world⏎x⏎``` ⇒ <pre>hello world⏎x</pre>
        ```Notes⏎x⏎``` ⇒ <pre>Notes⏎x</pre>
        ```main.rs⏎x⏎``` ⇒ <pre>main.rs⏎x</pre>
        ```v1.2⏎x⏎``` ⇒ <pre>v1.2⏎x</pre>
        ~~~ls⏎x⏎~~~ ⇒ <pre>ls⏎x</pre>
        ```42⏎x⏎``` ⇒ <pre>42⏎x</pre>
        ```...⏎x⏎``` ⇒ <pre>...⏎x</pre>
        ```text⏎x⏎``` ⇒ <pre>x</pre>
        ```Rust⏎x⏎``` ⇒ <pre>x</pre>
        ```mermaid⏎x⏎``` ⇒ <pre>x</pre>
        ```rust,ignore⏎x⏎``` ⇒ <pre>rust,ignore⏎x</pre>
    "#);
}
