//! The export as a download.

use poem::{Response, handler, http::header};

use super::DataExport;
use crate::{
    accounts::ConfirmedUser,
    error::Result,
    web::{reply::Reply, state::State},
};

/// `POST /account/export`: a zip with the data of the user.
#[handler]
pub async fn download(user: ConfirmedUser, State(export): State<DataExport>) -> Result<Reply> {
    let name = "attachment; filename=\"chatterbox-export.zip\"";
    let response = Response::builder()
        .content_type("application/zip")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::CONTENT_DISPOSITION, name)
        .body(export.begin(user)?);
    Ok(response.into())
}
