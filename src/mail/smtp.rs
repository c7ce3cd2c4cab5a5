//! Connection to the mail server.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};

use super::{html::MailTexts, store::Mail};
use crate::config::{MailPassword, MailSecurity, MailSettings};

/// Limit of each answer of the mail server.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest stored answer (characters).
const MAX_ERROR: usize = 300;

/// Failed delivery.
#[derive(Debug)]
pub enum Undelivered {
    /// The mail server refuses the mail for good (5yz, RFC 5321), with its answer.
    Refused(String),
    /// Another attempt may succeed.
    Later(String),
}

/// Sends a mail. It returns when the mail server has accepted it.
pub async fn send(
    settings: &MailSettings,
    (mail, place, texts): (&Mail, &str, MailTexts),
) -> Result<(), Undelivered> {
    let refused = |error: &dyn std::fmt::Display| Undelivered::Refused(shortened(error));
    let message = message(settings, (mail, place, texts)).map_err(|error| refused(&error))?;
    let transport = transport(settings).map_err(|error| Undelivered::Later(shortened(&error)))?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(refused(&error)),
        Err(error) => Err(Undelivered::Later(shortened(&error))),
    }
}

fn shortened(error: &dyn std::fmt::Display) -> String {
    error.to_string().chars().take(MAX_ERROR).collect()
}

fn transport(
    settings: &MailSettings,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let host = settings.host.clone();
    let tls = match settings.security {
        MailSecurity::Tls => Tls::Wrapper(TlsParameters::new(host)?),
        MailSecurity::StartTls => Tls::Required(TlsParameters::new(host)?),
        MailSecurity::Off => Tls::None,
    };
    // The name of this machine is private.
    let name = ClientId::Domain(settings.from.domain().to_owned());
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host);
    let builder = builder.port(settings.port).tls(tls).hello_name(name);
    let builder = builder.timeout(Some(TIMEOUT));
    let builder = match settings.credentials.clone() {
        Some((user, MailPassword(password))) => {
            builder.credentials(Credentials::new(user, password))
        }
        None => builder,
    };
    Ok(builder.build())
}

/// The mail as plain text and HTML. The library encodes all values, so that none ends a header (RFC 2047).
fn message(
    settings: &MailSettings,
    (mail, place, texts): (&Mail, &str, MailTexts),
) -> Result<Message, lettre::error::Error> {
    let to = mail.recipient.parse();
    let to = to.map_err(|_| lettre::error::Error::MissingTo)?;
    let id = format!("<{}@{}>", mail.message_id, settings.from.domain());
    Message::builder()
        .from(Mailbox::new(Some(one_line(place)), settings.from.clone()))
        .to(Mailbox::new(None, to))
        .subject(one_line(&texts.subject))
        .message_id(Some(id))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(texts.plain, texts.html))
}

fn one_line(text: &str) -> String {
    let is_control = |c: char| c.is_control();
    text.replace(is_control, " ")
}

/// Keeps vacation notices from answering (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(AutoSubmitted::name(), "auto-generated".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_adds_a_header() {
        let settings = MailSettings {
            host: "mail.test".into(),
            port: 25,
            security: MailSecurity::Off,
            credentials: None,
            from: "chat@mail.test".parse().expect("an address"),
        };
        let mail = Mail {
            id: 1,
            message_id: "id".into(),
            recipient: "ada@mail.test".into(),
            user_id: None,
            letter: String::new(),
            state: String::new(),
            created_at: 0,
        };
        let bad = "Ünïcode\r\nBcc: all@mail.test";
        let texts = MailTexts {
            subject: bad.into(),
            plain: bad.into(),
            html: bad.into(),
        };
        let message = message(&settings, (&mail, bad, texts)).expect("a mail");
        let text = String::from_utf8(message.formatted()).expect("it is encoded");
        let (headers, _) = text.split_once("\r\n\r\n").expect("headers end");
        assert!(!headers.to_lowercase().contains("\nbcc"), "{headers}");
        assert!(headers.contains("Message-ID: <id@mail.test>"), "{headers}");
        assert!(
            headers.is_ascii() && headers.contains("=?utf-8?"),
            "{headers}"
        );
    }
}
