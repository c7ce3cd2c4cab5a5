//! The list of admin pages.

use poem::handler;

use crate::{
    accounts::Admin,
    admin::html::{IndexPage, warning},
    app::App,
    error::Result,
    web::{framed::Framed, reply::Reply, state::State},
};

/// `GET /admin`
#[handler]
pub async fn index(admin: Admin, State(app): State<App>) -> Result<Reply> {
    let page = IndexPage {
        warning: warning(&app),
    };
    Ok(Framed::new(admin.user().viewer(), "Admin", "/admin", &page)?.into())
}
