//! Delivery: a job for each mail.

use super::{
    Letter,
    address::for_log,
    html, is_configured,
    smtp::{self, Undelivered},
    store::{self, Mail},
};
use crate::{
    app::App,
    db::{
        Conn, Db, Tx,
        ids::UserId,
        time::{self, DAY},
    },
    error::{Error, Result},
    jobs::{Job, JobHandler},
};

/// Time after which a mail fails that the mail server has not accepted (ms).
const GIVE_UP: i64 = 3 * DAY;

/// Makes the path of the link in a letter, in a transaction: for a user, or for someone without an account. `None` if the
/// letter has become useless.
type MakeLink = fn(&mut Tx, Option<UserId>, &Letter) -> Result<Option<String>>;

/// Sends one mail.
pub struct SendMail {
    pub app: App,
    pub make_link: MakeLink,
}

impl JobHandler for SendMail {
    const KIND: &'static str = "send_mail";
    const AT_ONCE: usize = 2;

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let id = job.payload.parse().unwrap_or_default();
        let find = move |conn: &mut Conn| store::waiting(conn, id);
        let Some(mail) = db.read(find).await? else {
            return Ok(()); // sent before a kill
        };
        if !is_configured(&self.app) {
            return self.delay(db, &mail, "mail is not configured").await;
        }
        match self.deliver(db, &mail).await? {
            Ok(()) => self.end(db, job, &mail, (store::SENT, "")).await,
            Err(Undelivered::Later(why)) => self.delay(db, &mail, &why).await,
            Err(Undelivered::Refused(why)) if why.is_empty() => {
                self.end(db, job, &mail, (store::OBSOLETE, "")).await
            }
            Err(Undelivered::Refused(why)) => {
                let (to, error) = (for_log(&mail.recipient), kind_of(&why));
                tracing::warn!(to, error, "a mail was refused by the mail server");
                self.end(db, job, &mail, (store::FAILED, &why)).await
            }
        }
    }
}

impl SendMail {
    /// Sends a mail. A useless one is refused without a reason.
    async fn deliver(&self, db: &Db, mail: &Mail) -> Result<Result<(), Undelivered>> {
        let config = &self.app.config;
        let (Some(settings), Some(server)) = (&config.smtp_url, &config.public_url) else {
            return Ok(Err(Undelivered::Later("mail is not configured".into())));
        };
        let obsolete = Ok(Err(Undelivered::Refused(String::new())));
        let Ok(letter) = serde_json::from_str::<Letter>(&mail.letter) else {
            return obsolete;
        };
        let (make, user, for_link) = (self.make_link, mail.user_id, letter.clone());
        let make = move |tx: &mut Tx| make(tx, user, &for_link);
        let Some(path) = db.write(make).await? else {
            return obsolete;
        };
        let link = format!("{server}{path}");
        let place = self.app.settings.current().name.clone();
        let server = server.to_string();
        let texts = html::texts(&letter, (&place, &server), link)?;
        Ok(smtp::send(settings, (mail, &place, texts)).await)
    }

    /// Ends a mail, together with its job.
    async fn end(
        &self,
        db: &Db,
        job: &Job,
        mail: &Mail,
        outcome: (&'static str, &str),
    ) -> Result<()> {
        let (id, job) = (mail.id, job.clone());
        let (state, error) = (outcome.0, outcome.1.to_owned());
        let end = move |tx: &mut Tx| {
            store::end(tx.conn, id, (state, &error), time::now())?;
            tx.erases();
            job.complete(tx)
        };
        db.write(end).await
    }

    /// Keeps a mail for another attempt, with increasing delays, or gives it up after three days.
    async fn delay(&self, db: &Db, mail: &Mail, why: &str) -> Result<()> {
        let (id, error) = (mail.id, kind_of(why));
        let is_over = time::now() - mail.created_at > GIVE_UP;
        let text = why.to_owned();
        let write = move |tx: &mut Tx| match is_over {
            true => {
                store::end(tx.conn, id, (store::FAILED, &text), time::now())?;
                tx.erases();
                Ok(())
            }
            false => store::set_error(tx.conn, id, &text),
        };
        db.write(write).await?;
        if !is_over {
            return Err(Error::Internal(format!("mail: {error}")));
        }
        let to = for_log(&mail.recipient);
        tracing::warn!(to, error, "a mail was given up after three days");
        Ok(())
    }
}

/// The start of an error, with the code of the mail server. The text after it may contain the recipient's address.
fn kind_of(error: &str) -> &str {
    error.split(':').next().unwrap_or_default()
}
