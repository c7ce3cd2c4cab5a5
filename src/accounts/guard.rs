//! Request guard: proves that the user has a valid session.

use poem::{FromRequest, Request, RequestBody};

use super::{Accounts, User};
use crate::{
    error::{Error, Result},
    web::{origin, state::handle, token::Token},
};

impl<'a> FromRequest<'a> for User {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<User> {
        let token = Token::of(req).ok_or(Error::Unauthenticated)?;
        Ok(handle::<Accounts>(req)?.identify(token.value()).await?)
    }
}

/// User, or `None` without a valid session.
pub struct Visitor(pub Option<User>);

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Visitor> {
        match User::from_request(req, body).await.map_err(Error::from) {
            Ok(user) => Ok(Visitor(Some(user))),
            Err(Error::Unauthenticated) => Ok(Visitor(None)),
            Err(error) => Err(error.into()), // a failed check is no proof of absence
        }
    }
}

impl User {
    /// Guard of a socket: accepts `?token=` too. A cookie from another site's page is `Forbidden`.
    pub async fn of_socket(req: &Request) -> Result<User> {
        let token = Token::of_socket(req).ok_or(Error::Unauthenticated)?;
        if let Token::Cookie(_) = token {
            origin::guard_cookie(req)?;
        }
        handle::<Accounts>(req)?.identify(token.value()).await
    }
}
