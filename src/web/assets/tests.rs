//! Tests of the assets as browsers request them.

use poem::http::HeaderName;

use super::{
    bundle::{bundle, bundle_one},
    *,
};

fn answer(asset: &Asset, headers: &[(HeaderName, &str)]) -> Response {
    let mut request = HeaderMap::new();
    for (name, value) in headers {
        request.append(name, value.parse().expect("a header value"));
    }
    asset.respond(&request)
}

fn header_of(response: &Response, name: HeaderName) -> &str {
    response.header(name).unwrap_or_default()
}

fn app_css() -> &'static Asset {
    find(url("app.css").rsplit('/').next().expect("a path")).expect("it exists")
}

#[test]
fn every_asset_is_found_under_its_own_path_only() {
    for asset in table() {
        let name = asset.path.strip_prefix("/assets/").expect("the folder");
        assert_eq!(find(name).map(|found| &found.path), Some(&asset.path));
        assert_eq!(url(&asset.name), asset.path);
        assert!(name.contains(&asset.hash), "{name}");
        assert_eq!(asset.hash.len(), 12, "{name}");
        let old = name.replace(&asset.hash, "000000000000");
        assert!(
            find(&asset.name).is_none() && find(&old).is_none(),
            "{name}"
        );
    }
    assert!(find("").is_none() && find("missing").is_none() && find("../Cargo.toml").is_none());
    assert_eq!(url("no-such-file.css"), "/assets/missing");
}

#[test]
fn the_name_follows_the_content() {
    let path = |body: &str| Asset::new("a.b.svg", body.into()).path;
    assert_eq!(path("x"), path("x"));
    assert_ne!(path("x"), path("y"));
    assert_eq!(path(""), "/assets/a.b-e3b0c44298fc.svg");
}

#[test]
fn comments_and_indentation_are_left_out() {
    let url = "const home = \"http://x // y\";\n";
    for (text, bare) in [
        (
            "/* one */ .a {\n  b: c; /* saved */\n}\n\n",
            ".a {\nb: c; /* saved */\n}\n",
        ),
        (
            "/*\n * two\n */\n// three\n  x(\"//\"); // saved\n",
            "x(\"//\");\n",
        ),
        ("wait(500); // ms\n", "wait(500);\n"),
        (url, url),
    ] {
        assert_eq!(build::bare(text), bare);
    }
}

#[test]
fn a_response_may_be_cached_for_ever() {
    let response = answer(app_css(), &[]);
    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::VARY, "Accept-Encoding"),
        (header::CONTENT_ENCODING, ""),
    ] {
        assert_eq!(header_of(&response, name), value);
    }
}

#[test]
fn each_encoding_has_a_strong_tag_of_its_own() {
    let mut tags = Vec::new();
    for (accepted, encoding) in [("", ""), ("gzip", "gzip"), ("gzip, br", "br")] {
        let response = answer(app_css(), &[(header::ACCEPT_ENCODING, accepted)]);
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), encoding);
        let tag = header_of(&response, header::ETAG).to_owned();
        let opaque = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        assert!(opaque.is_some_and(|opaque| !opaque.is_empty()), "{tag}");
        assert!(!tags.contains(&tag));
        tags.push(tag);
    }
}

#[test]
fn an_asset_that_the_client_has_is_not_sent_again() {
    let br = (header::ACCEPT_ENCODING, "br");
    let tag = app_css().etag(Encoding::Brotli);
    let (weak, second) = (format!("W/{tag}"), format!("\"other\", {tag}"));
    for named in [tag.clone(), weak, second, "*".into()] {
        let response = answer(app_css(), &[br.clone(), (header::IF_NONE_MATCH, &named)]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{named}");
        assert_eq!(header_of(&response, header::ETAG), tag);
        assert!(header_of(&response, header::CACHE_CONTROL).contains("immutable"));
        assert_eq!(header_of(&response, header::VARY), "Accept-Encoding");
    }
    let gzip = app_css().etag(Encoding::Gzip);
    for other in ["", "\"other\"", tag.trim_matches('"'), &gzip] {
        let response = answer(app_css(), &[br.clone(), (header::IF_NONE_MATCH, other)]);
        assert_eq!(response.status(), StatusCode::OK, "{other}");
    }
}

#[test]
fn pictures_are_not_compressed_again() {
    for (name, encoding) in [
        ("a.png", ""),
        ("a.woff2", ""),
        ("a.svg", "br"),
        ("a.webmanifest", "br"),
    ] {
        let asset = Asset::new(name, vec![7; 999]);
        let response = answer(&asset, &[(header::ACCEPT_ENCODING, "br")]);
        let actual = header_of(&response, header::CONTENT_ENCODING);
        assert_eq!(actual, encoding, "{name}");
    }
}

#[test]
fn comments_that_point_to_source_maps_are_left_out() {
    assert!(build::is_source_map("//# sourceMappingURL=htmx.min.js.map"));
    assert!(build::is_source_map("/*# sourceMappingURL=a.css.map */"));
    assert!(!build::is_source_map("// sourceMappingURL is a word"));
    for name in ["vendor.js", "app.css", "on_use.css"] {
        let asset = table().iter().find(|asset| asset.name == name);
        let body = &asset.expect("both are made").body;
        let text = std::str::from_utf8(body).expect("it is text");
        assert!(!text.contains("# sourceMappingURL="), "{name}");
    }
}

/// Bundles the entries `a.js`, for a page, and `z.js`, for actions.
fn bundled(files: &[(&str, &str)]) -> Result<[String; 2], String> {
    let owned = files
        .iter()
        .map(|(name, text)| (name.to_string(), text.to_string()));
    let owned = owned.collect();
    let made = bundle("a.js", "z.js", &owned)?;
    Ok([made.text.clone(), made.later_than("/assets/a-1.js")])
}

#[test]
fn a_bundle_holds_each_module_once_after_its_imports() {
    let a = "import { b } from \"./b.js\";\nimport \"./c.js\";\nb();\n";
    let b = "import { c } from \"./c.js\";\nexport async function b() {}\n";
    let c = "let mine = 1;\nexport const c = mine;\n";
    let unused = ("d.js", "nothing imports this\n");
    let files = [("a.js", a), ("b.js", b), ("c.js", c), unused, ("z.js", "")];
    let [made, _] = bundled(&files).expect("they fit");
    let c = "const {c}=(()=>{\nlet mine = 1;\nconst c = mine;\nreturn {c};\n})();\n";
    let b = "const {b}=(()=>{\nasync function b() {}\nreturn {b};\n})();\n";
    assert_eq!(made, format!("{c}{b}{{\nb();\n}}\n"));
}

#[test]
fn the_later_bundle_imports_the_modules_of_the_first_one() {
    let a = "import \"./c.js\";\na();\n";
    let c = "export const c = 1;\nexport const unused = 2;\n";
    let y = "import { c } from \"./c.js\";\nexport const y = c;\n";
    let z = "import { y } from \"./y.js\";\nimport \"./a.js\";\ny();\n";
    let files = [("a.js", a), ("c.js", c), ("y.js", y), ("z.js", z)];
    let [first, later] = bundled(&files).expect("they fit");
    assert!(first.ends_with("{\na();\n}\nexport {c};\n"), "{first}");
    let y = "const {y}=(()=>{\nconst y = c;\nreturn {y};\n})();\n";
    let import = "import {c} from \"/assets/a-1.js\";\n";
    assert_eq!(later, format!("{import}{y}{{\ny();\n}}\n"));
}

#[test]
fn modules_that_cannot_be_bundled_are_refused() {
    let imports_b = ("a.js", "import \"./b.js\";");
    let (one, two) = ("export const x = 1;", "export const x = 2;");
    let refused = "b.js has a statement that a bundle cannot express: ";
    let renamed = "import { x as y } from \"./a.js\";";
    for (b, reason) in [
        ("import \"./a.js\";", "a.js > b.js > a.js is a circle"),
        ("import \"./c.js\";", "a.js > b.js imports c.js"),
        (&format!("{one}\n{two}"), "b.js and b.js export x"),
        (one, "b.js and z.js export x"),
        ("import x from \"./a.js\";", refused),
        (renamed, "cannot express: import { x as y }"),
        ("export { x };", "cannot express: export { x };"),
    ] {
        let refused = bundled(&[imports_b, ("b.js", b), ("z.js", two)]).expect_err(reason);
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn our_modules_are_bundled_and_none_is_left_over() {
    let scripts = build::scripts(&build::sorted_names());
    let [app, room] = build::ENTRIES.map(|[entry, later]| {
        let made = bundle(entry, later, &scripts).expect(entry);
        [made.text, made.later]
    });
    assert!(app[0].len() < room[0].len(), "other pages load less");
    let alone = bundle_one(build::PASSKEYS, &scripts).expect("the module of passkeys");
    let bundles = [room.concat(), app.concat(), alone].join("\n");
    for (name, text) in &scripts {
        let is_moved = |line: &&str| line.starts_with("import ") || line.starts_with("export ");
        let code = text.lines().filter(|line| !is_moved(line));
        let longest = code.max_by_key(|line| line.len()).unwrap_or_default();
        assert!(bundles.contains(longest), "nothing imports {name}");
        for (place, call) in [("api.js", "fetch("), ("events.js", "new CustomEvent(")] {
            assert_eq!(text.contains(call), name == place, "{call} in {name}");
        }
    }
    assert!(!bundles.contains("import "), "every import is resolved");
}
