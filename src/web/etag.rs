//! Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use poem::http::{HeaderMap, HeaderName, header};

/// Templates may be others after an update: no tag outlives the process.
static PROCESS: LazyLock<u128> = LazyLock::new(|| uuid::Uuid::new_v4().as_u128());

/// A weak tag for an answer that follows from `what`, and from nothing else.
pub fn weak(what: impl Hash) -> String {
    format!("W/\"{:016x}\"", hash(what))
}

/// A hash of `what` that is the same for as long as this process runs.
pub fn hash(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (*PROCESS, what).hash(&mut hasher);
    hasher.finish()
}

/// Whether a request says that it has the answer with this tag. The comparison is weak.
pub fn has(request: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = opaque(tag);
    let named = all_values(request, header::IF_NONE_MATCH);
    named
        .split(',')
        .any(|one| one.trim() == "*" || opaque(one) == tag)
}

/// A list header's values, of all its lines.
pub fn all_values(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_follows_from_what_it_is_for() {
        assert_eq!(weak((1, "a")), weak((1, "a")));
        assert_ne!(weak((1, "a")), weak((2, "a")));
    }

    #[test]
    fn a_request_may_name_many_tags_in_many_ways() {
        for (named, has_it) in [
            (&["W/\"a\""][..], true),
            (&["\"a\""], true),
            (&["\"b\", W/\"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in named {
                headers.append(header::IF_NONE_MATCH, value.parse().expect("a header"));
            }
            assert_eq!(has(&headers, "W/\"a\""), has_it, "{named:?}");
        }
    }
}
