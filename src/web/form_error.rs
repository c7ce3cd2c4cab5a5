//! Why a form was refused, and at which of its fields a page says so.

use crate::error::Error;

/// A refused form.
#[derive(Clone, Debug)]
pub struct FormError {
    /// The name of the field, or of the form on a page with several; empty for the whole form.
    pub field: &'static str,
    /// The error, with its sentence.
    pub error: Error,
}

impl FormError {
    /// An error at a field.
    pub fn at(field: &'static str, error: Error) -> FormError {
        FormError { field, error }
    }
}

impl<E: Into<Error>> From<E> for FormError {
    fn from(error: E) -> FormError {
        FormError::at("", error.into())
    }
}

/// The sentence to show at `field`, for templates.
pub fn sentence(error: Option<&FormError>, field: &str) -> Option<String> {
    let error = error.filter(|error| error.field == field)?;
    Some(error.error.to_string())
}
