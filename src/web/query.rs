//! Single parameters of a URL's query.

use std::str::FromStr;

use poem::Request;

use crate::error::{Error, Result};

/// Value of a query parameter, if it is there. `invalid` is the text of the error for a value that cannot be parsed
/// and for a repeated parameter.
pub fn param<T: FromStr>(req: &Request, name: &str, invalid: &str) -> Result<Option<T>> {
    let pairs: Vec<(String, String)> = req.params().unwrap_or_default();
    let mut values = pairs.iter().filter(|(key, _)| key == name);
    let refused = || Error::Invalid(invalid.into());
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some((_, value)), None) => value.parse().map(Some).map_err(|_| refused()),
        (Some(_), Some(_)) => Err(refused()),
    }
}

/// Value of a query parameter; `None` where [`param`] refuses it.
pub fn lenient_param<T: FromStr>(req: &Request, name: &str) -> Option<T> {
    param(req, name, "").ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_missing_or_valid_or_refused() {
        let get = |query: &str| {
            let uri = format!("/?{query}").parse().expect("a URL");
            param(&Request::builder().uri(uri).finish(), "before", "No.")
        };
        assert_eq!(get(""), Ok(None));
        assert_eq!(get("after=5"), Ok(None));
        assert_eq!(
            get("after=x&before=%205"),
            Err(Error::Invalid("No.".into()))
        );
        assert_eq!(get("after=x&before=5"), Ok(Some(5_i64)));
        for refused in ["before=", "before=x", "before=5&before=5"] {
            assert_eq!(get(refused), Err(Error::Invalid("No.".into())), "{refused}");
        }
    }
}
