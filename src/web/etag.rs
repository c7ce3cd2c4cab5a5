//! Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use poem::http::{HeaderMap, header};

use super::headers;

/// Random part of all tags. Tags of an earlier process are invalid, because templates may have changed.
static PROCESS: LazyLock<u128> = LazyLock::new(|| uuid::Uuid::new_v4().as_u128());

/// Weak tag of a response that depends on `state` alone.
pub fn weak(state: impl Hash) -> String {
    format!("W/\"{:016x}\"", hash(state))
}

/// Hash of `state` that is stable within this process.
pub fn hash(state: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (*PROCESS, state).hash(&mut hasher);
    hasher.finish()
}

/// Whether `If-None-Match` contains this tag (weak comparison).
pub fn has(request: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let (tag, named) = (opaque(tag), headers::list(request, header::IF_NONE_MATCH));
    let mut named = named.split(',');
    named.any(|one| one.trim() == "*" || opaque(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_depends_on_the_state() {
        assert_eq!(weak((1, "a")), weak((1, "a")));
        assert_ne!(weak((1, "a")), weak((2, "a")));
    }

    #[test]
    fn if_none_match_may_list_several_tags() {
        let (a, b) = ("\"a\"", "\"b\"");
        for (named, has_it) in [
            (&["W/\"a\""][..], true),
            (&[a], true),
            (&["\"b\", W/\"a\""], true),
            (&[b, a], true),
            (&["*"], true),
            (&[b], false),
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
