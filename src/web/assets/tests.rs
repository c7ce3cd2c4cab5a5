//! What a browser sees of an asset.

use std::collections::BTreeMap;

use poem::http::HeaderName;

use super::*;

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
        let name = asset
            .path
            .strip_prefix("/assets/")
            .expect("all are in one folder");
        assert_eq!(find(name).map(|found| &found.path), Some(&asset.path));
        assert_eq!(url(&asset.name), asset.path);
        assert!(
            name.contains(&asset.hash) && asset.hash.len() == 12,
            "{name}"
        );
        assert!(
            find(&asset.name).is_none(),
            "{} without its hash",
            asset.name
        );
        assert!(
            find(&name.replace(&asset.hash, "000000000000")).is_none(),
            "an old {name}"
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
fn comments_and_indentation_stay_at_home() {
    let text = "/* one */ .a {\n  b: c; /* kept */\n}\n\n/*\n * two\n */\n// three\n  x(\"//\"); // kept\n";
    assert_eq!(
        build::bare(text),
        ".a {\nb: c; /* kept */\n}\nx(\"//\"); // kept\n"
    );
}

#[test]
fn an_answer_may_be_kept_for_ever() {
    let response = answer(app_css(), &[]);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        header_of(&response, header::CACHE_CONTROL),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        header_of(&response, header::CONTENT_TYPE),
        "text/css; charset=utf-8"
    );
    assert_eq!(header_of(&response, header::VARY), "Accept-Encoding");
    assert_eq!(header_of(&response, header::CONTENT_ENCODING), "");
}

#[test]
fn each_encoding_has_a_strong_tag_of_its_own() {
    let mut tags = Vec::new();
    for (accepted, encoding) in [("", ""), ("gzip", "gzip"), ("gzip, br", "br")] {
        let response = answer(app_css(), &[(header::ACCEPT_ENCODING, accepted)]);
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), encoding);
        let tag = header_of(&response, header::ETAG).to_owned();
        assert!(
            tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'),
            "{tag}"
        );
        assert!(!tags.contains(&tag));
        tags.push(tag);
    }
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let br = (header::ACCEPT_ENCODING, "br");
    let tag = app_css().etag(Encoding::Brotli);
    for named in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".into(),
    ] {
        let response = answer(app_css(), &[br.clone(), (header::IF_NONE_MATCH, &named)]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{named}");
        assert_eq!(header_of(&response, header::ETAG), tag);
        assert!(header_of(&response, header::CACHE_CONTROL).contains("immutable"));
        assert_eq!(header_of(&response, header::VARY), "Accept-Encoding");
    }
    for other in [
        "",
        "\"other\"",
        tag.trim_matches('"'),
        &app_css().etag(Encoding::Gzip),
    ] {
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
        let response = answer(
            &Asset::new(name, vec![7; 999]),
            &[(header::ACCEPT_ENCODING, "br")],
        );
        assert_eq!(
            header_of(&response, header::CONTENT_ENCODING),
            encoding,
            "{name}"
        );
    }
}

#[test]
fn comments_that_point_to_source_maps_are_left_out() {
    assert!(build::is_source_map("//# sourceMappingURL=htmx.min.js.map"));
    assert!(build::is_source_map("/*# sourceMappingURL=a.css.map */"));
    assert!(!build::is_source_map("// sourceMappingURL is a word"));
    for name in ["vendor.js", "app.css"] {
        let asset = table()
            .iter()
            .find(|asset| asset.name == name)
            .expect("both are made");
        let text = std::str::from_utf8(&asset.body).expect("it is text");
        assert!(!text.contains("# sourceMappingURL="), "{name}");
    }
}

fn linked(files: &[(&str, &str)]) -> Result<Vec<Asset>, String> {
    let owned = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    modules::linked(&owned.collect::<BTreeMap<_, _>>())
}

fn path_in<'a>(assets: &'a [Asset], name: &str) -> &'a str {
    let found = assets.iter().find(|asset| asset.name == name);
    &found.expect("it is made").path
}

#[test]
fn an_import_names_the_hashed_path() {
    let files = [
        (
            "a.js",
            "import \"./b.js\";\nimport {\nc,\n} from \"./c.js\";\nc(\"./b.js\");\n",
        ),
        ("b.js", "export { c } from \"./c.js\";\n"),
        ("c.js", "export const c = 1;\n"),
    ];
    let assets = linked(&files).expect("they fit");
    let (b, c) = (path_in(&assets, "b.js"), path_in(&assets, "c.js"));
    let a = assets.last().expect("three are made");
    assert_eq!(
        a.body,
        format!("import \"{b}\";\nimport {{\nc,\n}} from \"{c}\";\nc(\"./b.js\");\n")
    );
    assert_eq!(a.imports, [c, b], "each after its own imports, once");
}

#[test]
fn a_changed_module_changes_the_names_of_those_that_import_it() {
    let of = |text: &str| {
        let assets = linked(&[
            ("a.js", "import \"./b.js\";\n"),
            ("b.js", text),
            ("c.js", "1\n"),
        ])
        .expect("they fit");
        ["a.js", "b.js", "c.js"].map(|name| path_in(&assets, name).to_owned())
    };
    let (one, two) = (of("1\n"), of("2\n"));
    assert!(one[0] != two[0] && one[1] != two[1]);
    assert_eq!(one[2], two[2]);
}

#[test]
fn circles_and_missing_modules_are_refused() {
    let (a, b) = (
        ("a.js", "import \"./b.js\";"),
        ("b.js", "import \"./a.js\";"),
    );
    let why = linked(&[a, b]).err().expect("a circle");
    assert_eq!(why, "a.js > b.js > a.js is a circle");
    let why = linked(&[a]).err().expect("one is missing");
    assert_eq!(why, "a.js imports b.js");
}

#[test]
fn our_modules_are_linked_from_the_two_entries() {
    let scripts: Vec<_> = table()
        .iter()
        .filter(|asset| asset.name.ends_with(".js") && asset.name != "vendor.js")
        .collect();
    let entries = ["app.js", "room_page.js"];
    for asset in &scripts {
        let text = std::str::from_utf8(&asset.body).expect("it is text");
        for fault in ["from \"./", "import \"./", "import("] {
            assert!(!text.contains(fault), "{}: {fault}", asset.name);
        }
        for (place, call) in [("api.js", "fetch("), ("events.js", "new CustomEvent(")] {
            let allowed = asset.name == place;
            assert_eq!(text.contains(call), allowed, "{call} in {}", asset.name);
        }
        let loaded = imports("room_page.js").contains(&asset.path);
        assert!(
            loaded || entries.contains(&&*asset.name),
            "nothing imports {}",
            asset.name
        );
    }
    assert!(
        imports("app.js")
            .iter()
            .all(|path| imports("room_page.js").contains(path))
    );
    assert!(!imports("app.js").is_empty() && imports("no-such.js").is_empty());
}
