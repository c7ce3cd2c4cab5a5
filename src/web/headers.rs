//! Reads and sets HTTP headers.

use std::cell::RefCell;

use poem::http::{HeaderMap, HeaderName, HeaderValue, header::IntoHeaderName};

use crate::db::time;

/// Value of a header. Empty if it is missing or not text.
pub fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Values of all lines of a header, joined by commas.
pub fn list(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    values.join(",")
}

thread_local! {
    /// The last second (since 1970) of which a thread has made the header.
    static DATE: RefCell<Option<(i64, HeaderValue)>> = const { RefCell::new(None) };
}

/// The value of `Date`; `None` if the clock of the server stands before 1970. That of hyper would stay at a time that
/// was too late for a moment.
pub fn date() -> Option<HeaderValue> {
    time::check_clock().ok()?;
    let now = time::now();
    let second = now / 1000;
    DATE.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(of, _)| *of != second) {
            let value = HeaderValue::from_str(&time::http_date(now)).ok()?;
            *last = Some((second, value));
        }
        last.as_ref().map(|(_, value)| value.clone())
    })
}

/// Replaces a header.
pub fn set(headers: &mut HeaderMap, name: impl IntoHeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
