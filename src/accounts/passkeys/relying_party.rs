//! This server as browsers name it in passkeys: the origin and the host of the page that sends a request.

use poem::{FromRequest, Request, RequestBody};

use crate::{
    app::App,
    error::Error,
    web::{origin, state::handle},
};

/// Relying party of a request (WebAuthn, section 4). Passkeys are bound to its host.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// Origin of the page, such as `https://chat.example.com`.
    pub origin: String,
    /// Its host without a port: the id of the relying party.
    pub host: String,
}

impl<'a> FromRequest<'a> for RelyingParty {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<RelyingParty> {
        let app = handle::<App>(req)?;
        let foreign = || Error::Forbidden("Passkeys work only on pages of this server.".into());
        let origin = origin::of_page(req, &app.config).ok_or_else(foreign)?;
        Ok(RelyingParty {
            host: origin.host().to_owned(),
            origin: origin.to_string(),
        })
    }
}
