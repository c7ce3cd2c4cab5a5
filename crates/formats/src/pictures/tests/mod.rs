//! Tests of picture analysis with generated pictures.

use super::*;

mod cut;
mod formats;
mod hostile;
mod metadata;
mod orientation;
mod samples;
