//! Request guard that proves that the user may manage custom emoji.

use poem::{FromRequest, Request, RequestBody};

use crate::{
    accounts::User,
    error::{Error, Result},
};

/// Server admin. Only this guard can create a value.
pub struct EmojiAdmin(User);

impl EmojiAdmin {
    /// Returns the admin.
    pub fn user(&self) -> &User {
        &self.0
    }

    /// Checks that the user is a server admin.
    ///
    /// # Errors
    /// `Forbidden` if not.
    fn of(user: User) -> Result<EmojiAdmin> {
        match user.is_admin() {
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
