//! What a browser sees of an asset.

use poem::http::HeaderName;

use super::*;

fn answer(asset: &Asset, headers: &[(HeaderName, &str)]) -> Response {
    let mut request = HeaderMap::new();
    for (name, value) in headers {
        request.append(name, value.parse().expect("a header value"));
    }
    asset.answer(&request)
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
    for name in ["app.js", "app.css"] {
        let asset = table()
            .iter()
            .find(|asset| asset.name == name)
            .expect("both are made");
        let text = std::str::from_utf8(&asset.body).expect("it is text");
        assert!(!text.contains("# sourceMappingURL="), "{name}");
    }
}
