//! Reads and sets HTTP headers.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header::IntoHeaderName};

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

/// Replaces a header.
pub fn set(headers: &mut HeaderMap, name: impl IntoHeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
