//! Errors of forms, with the field to show them at.

use crate::error::Error;

/// Error of a form.
#[derive(Clone, Debug)]
pub struct FormError {
    /// Name of the field, or of the form on a page with several. Empty for the whole form.
    pub field: &'static str,
    /// Error with its message.
    pub error: Error,
}

impl FormError {
    /// Error at a field.
    pub fn at(field: &'static str, error: Error) -> FormError {
        FormError { field, error }
    }
}

impl<E: Into<Error>> From<E> for FormError {
    fn from(error: E) -> FormError {
        FormError::at("", error.into())
    }
}

/// Message to show at `field`, for templates.
pub fn sentence(error: Option<&FormError>, field: &str) -> Option<String> {
    let here = error.filter(|error| error.field == field);
    here.map(|error| error.error.to_string())
}
