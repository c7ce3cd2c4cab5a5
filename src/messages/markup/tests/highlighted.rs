//! Syntax highlighting of code blocks.

use super::*;

/// The code of a block, with `k[…]` for a token of the class `k`.
fn highlighted(language: &str, code: &str) -> String {
    let html = html(&format!("```{language}\n{code}\n```"));
    reader::read(&html);
    let code = html.strip_prefix(r#"<pre dir="ltr" tabindex="0"><code>"#);
    let code = code.and_then(|code| code.strip_suffix("</code></pre>"));
    let code = code.unwrap_or_else(|| panic!("{html}"));
    let code = code.replace("</span>", "]").replace("<span class=\"", "");
    code.replace("\">", "[")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

#[test]
fn code_is_highlighted_by_language() {
    let examples = r##"
        rust ⇒ pub fn f<'a>(x: &'a str) -> u8 { ⇒ k[pub fn ]f<'a>(x: &amp;'a k[str]) -> k[u8 ]{
        rust ⇒ { b'\n' + 0x1F } // end ⇒ { b'\n' + n[0x1F ]} c[// end]
        rs ⇒ r#"a"b"# 'c' println!("x\"y") ⇒ s[r#"a"b"# ]'c' println!(s["x\"y"])
        Python ⇒ @x⏎def f():⏎  """a⏎b"""⏎  # c ⇒ v[@x⏎]k[def ]f[f]():⏎  s["""a⏎b"""⏎  ]c[# c]
        js ⇒ const a = `b⏎c` + $d('e') ⇒ k[const ]a = s[`b⏎c` ]+ f[$d](s['e'])
        json ⇒ {"a": [1.5e-3, true, "b"]} ⇒ {v["a"]: [n[1.5e-3], k[true], s["b"]]}
        html ⇒ <!-- x --><a href="b">c &amp;</a> ⇒ c[<!-- x -->]k[<a ]v[href]=s["b"]>c n[&amp;amp];k[</a]>
        css ⇒ .a { color: #fff; margin: 1px } /* x ⇒ .a { v[color]: #fff; v[margin]: n[1px ]} c[/* x]
        sql ⇒ select 'a''b' FROM t -- x⏎ ⇒ k[select ]s['a''b' ]k[FROM ]t c[-- x]
        bash ⇒ echo "$a" $b ${c} a#b # d ⇒ k[echo ]s["$a" ]v[$b ${c} ]a#b c[# d]
        yaml ⇒ a-b: true # c ⇒ v[a-b]: k[true ]c[# c]
        toml ⇒ a = 'b' ⇒ v[a ]= s['b']
        diff ⇒ +a⏎-b⏎ c⏎@@ d ⇒ i[+a⏎]d[-b⏎] c⏎f[@@ d]
        c++ ⇒ #include <x>⏎int a; ⇒ v[#include ]<x>⏎k[int ]a;
        unknown ⇒ fn 1 ⇒ unknown⏎fn 1
        text ⇒ fn 1 ⇒ fn 1
        Mermaid ⇒ fn 1 ⇒ fn 1
    "##;
    for example in examples.lines().filter(|line| line.contains('⇒')) {
        let mut fields = example
            .trim()
            .split(" ⇒ ")
            .map(|field| field.replace('⏎', "\n"));
        let mut next = || fields.next().expect("three fields");
        let (language, code, expected) = (next(), next(), next());
        assert_eq!(highlighted(&language, &code), expected, "{language}");
    }
    assert_eq!(highlighted("", "fn 1"), "fn 1");
}

#[test]
fn highlighting_changes_no_code() {
    let snippet = "a\n\"b \\\" c\" 'd' /* e */ // f\n# g $h ${i} @j `k` <l m='n'>o</l> r#\"p\"# -- q\n+r\n-s 1.5 0x";
    for language in
        "rust py js ts json html css sql bash go java kotlin swift c c++ c# ruby php yaml toml \
        diff markdown dockerfile lua make perl scala"
            .split(' ')
    {
        let html = html(&format!("```{language}\n{snippet}\n```"));
        assert_eq!(reader::read(&html), format!("\n{snippet}\n"), "{language}");
        let highlighted = html.contains("<span class=\"");
        assert!(highlighted, "{language}: {html}");
    }
}
