//! Request guards: prove that the user has a valid session, and that they entered their password lately.

use poem::{FromRequest, Request, RequestBody};

use super::{Accounts, ServerAction, User, demand};
use crate::{
    db::time,
    error::{Error, Result},
    web::{origin, state::handle, token::Token},
};

impl<'a> FromRequest<'a> for User {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<User> {
        let token = Token::of(req).ok_or(Error::Unauthenticated)?;
        Ok(handle::<Accounts>(req)?.identify(token.value()).await?)
    }
}

/// Time for which a password counts as entered lately (ms).
const CONFIRMED: i64 = 10 * 60 * 1000;

/// User who entered their password in this session in the last ten minutes.
pub struct ConfirmedUser(User);

impl ConfirmedUser {
    /// Returns the user.
    pub fn user(&self) -> &User {
        &self.0
    }

    /// Checks when the password was entered.
    ///
    /// # Errors
    /// Returns the user if it was too long ago.
    pub fn of(user: User) -> Result<ConfirmedUser, User> {
        let age = time::now() - user.confirmed_at;
        match (0..CONFIRMED).contains(&age) {
            true => Ok(ConfirmedUser(user)),
            false => Err(user),
        }
    }
}

/// `Unconfirmed` if the password was entered too long ago.
impl<'a> FromRequest<'a> for ConfirmedUser {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<ConfirmedUser> {
        let user = User::from_request(req, body).await?;
        ConfirmedUser::of(user).map_err(|_| Error::Unconfirmed.into())
    }
}

/// Server admin.
pub struct Admin(User);

impl Admin {
    /// Returns the admin.
    pub fn user(&self) -> &User {
        &self.0
    }
}

impl<'a> FromRequest<'a> for Admin {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Admin> {
        let user = User::from_request(req, body).await?;
        demand(user.role, ServerAction::ChangeSettings)?;
        Ok(Admin(user))
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
