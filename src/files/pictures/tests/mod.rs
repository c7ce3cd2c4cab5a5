//! Analysis of pictures that the tests build themselves.

use super::*;

mod formats;
mod hostile;
mod metadata;
mod orientation;
mod samples;
