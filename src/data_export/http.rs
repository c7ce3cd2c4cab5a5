//! The export as a download.

use poem::{Response, handler, http::header};

use super::DataExport;
use crate::{
    accounts::{ConfirmedUser, User, http::account::ask_again},
    error::Result,
    web::{reply::Reply, state::State, wants::Wants},
};

/// `POST /account/export`: a zip with the data of the user.
#[handler]
pub async fn download(user: User, wants: Wants, State(export): State<DataExport>) -> Result<Reply> {
    let Ok(user) = ConfirmedUser::of(user) else {
        return ask_again(wants);
    };
    let name = "attachment; filename=\"chatterbox-export.zip\"";
    let response = Response::builder()
        .content_type("application/zip")
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::CONTENT_DISPOSITION, name)
        .body(export.begin(user)?);
    Ok(response.into())
}
