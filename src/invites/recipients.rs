//! People to whom a new invite link is mailed.

use std::time::Instant;

use super::Invites;
use crate::{
    accounts::User,
    db::{Tx, ids::InviteLinkId},
    error::{Error, Result},
    mail::{self, Letter, MailAddress},
    web::form_error::FormError,
};

/// Name of the field.
const FIELD: &str = "send_to";
/// Maximum number of addresses of one link.
const MAX_RECIPIENTS: usize = 20;
/// Part of a wrong address that its error repeats (characters).
const SHOWN: usize = 60;

/// Checks addresses as typed, without empty ones and repetitions.
pub fn parse(typed: &[String], max_uses: Option<i64>) -> Result<Vec<MailAddress>, FormError> {
    let mut found: Vec<MailAddress> = Vec::new();
    let typed = typed.iter().flat_map(|text| text.split([',', ';', '\n']));
    for text in typed.map(str::trim).filter(|text| !text.is_empty()) {
        let address = MailAddress::parse(text).map_err(|_| {
            let text: String = text.chars().take(SHOWN).collect();
            invalid(format!(
                "“{text}” isn’t an e-mail address. Separate addresses with commas."
            ))
        })?;
        if !found.iter().any(|known| known.key() == address.key()) {
            found.push(address);
        }
    }
    if found.len() > MAX_RECIPIENTS {
        let what = format!("You can send a link to {MAX_RECIPIENTS} addresses at once.");
        return Err(invalid(what));
    }
    match max_uses.filter(|uses| (*uses as usize) < found.len()) {
        None => Ok(found),
        Some(_) => Err(invalid(
            "Fewer people can use this link than you’re sending it to. Let more people use it."
                .into(),
        )),
    }
}

fn invalid(what: String) -> FormError {
    FormError::at(FIELD, Error::Invalid(what))
}

impl Invites {
    /// Whether links can be mailed.
    pub fn sends_mails(&self) -> bool {
        mail::is_configured(&self.0.app)
    }

    /// Counts the mails of a new link against the limit of its creator. Returns the number to give back if the link is
    /// not created.
    ///
    /// # Errors
    /// `Conflict` without a mail server, `TooMany` after 20 invitations by mail in an hour.
    pub(super) fn take_mails(&self, user: &User, count: usize) -> Result<usize, FormError> {
        if count > 0 && !self.sends_mails() {
            let why = "This server doesn’t send mail. Copy the link and send it yourself.";
            return Err(FormError::at(FIELD, Error::Conflict(why.into())));
        }
        if !self.is_limited() {
            return Ok(0);
        }
        for taken in 0..count {
            if let Err(wait) = self.0.mailed.take(user.id, Instant::now()) {
                self.refund_mails(user, taken);
                let why = "You’ve sent a lot of invitations by mail.";
                return Err(FormError::at(FIELD, Error::too_many(why, wait)));
            }
        }
        Ok(count)
    }

    /// Gives mails back that were counted and are not sent.
    pub(super) fn refund_mails(&self, user: &User, count: usize) {
        for _ in 0..count {
            self.0.mailed.refund(&user.id);
        }
    }

    /// Adds the mails with a new link to the queue.
    pub(super) fn mail(
        tx: &mut Tx,
        to: &[MailAddress],
        (link, inviter): (InviteLinkId, &str),
    ) -> Result<()> {
        let inviter = inviter.to_owned();
        let letter = Letter::Invitation { link, inviter };
        to.iter()
            .try_for_each(|address| mail::queue(tx, address, None, &letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str, max_uses: Option<i64>) -> Result<Vec<String>, Error> {
        let found = parse(&[typed.to_owned()], max_uses).map_err(|refused| refused.error)?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_are_separated_and_each_gets_one_mail() {
        assert_eq!(parsed(" , ", None), Ok(Vec::new()));
        assert_eq!(
            parsed(
                "ada@example.com, bob@example.com;\n ADA@example.com ",
                Some(2)
            ),
            Ok(vec!["ada@example.com".into(), "bob@example.com".into()])
        );
    }

    #[test]
    fn wrong_and_too_many_addresses_are_refused() {
        let many: Vec<_> = (0..21).map(|n| format!("u{n}@example.com")).collect();
        for (typed, uses, part) in [
            ("ada@example.com, bob", None, "“bob” isn’t"),
            (&*many.join(","), None, "20 addresses"),
            ("a@example.com,b@example.com", Some(1), "Fewer people"),
        ] {
            let error = parsed(typed, uses).expect_err(typed).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
