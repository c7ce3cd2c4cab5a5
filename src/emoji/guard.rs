//! Request guard: proves that the user may change the emoji of the server.

use poem::{FromRequest, Request, RequestBody};

use crate::{
    accounts::User,
    error::{Error, Result},
};

/// Admin of the server. Only this guard makes one.
pub struct EmojiAdmin(User);

impl EmojiAdmin {
    /// The admin.
    pub fn user(&self) -> &User {
        &self.0
    }

    /// Proof for an admin; `Forbidden` for others.
    fn of(user: User) -> Result<EmojiAdmin> {
        match user.is_admin {
            true => Ok(EmojiAdmin(user)),
            false => Err(Error::Forbidden(
                "Only server admins can add and remove emoji.".into(),
            )),
        }
    }
}

impl<'a> FromRequest<'a> for EmojiAdmin {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<EmojiAdmin> {
        Ok(EmojiAdmin::of(User::from_request(req, body).await?)?)
    }
}
