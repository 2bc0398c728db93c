//! Mail through an SMTP relay: pooled connections, TLS, and a clear word on what a failure means.
//!
//! The dialogue is driven step by step, because the moment of a failure decides: before the text is handed over
//! nothing was sent; after it, silence means *unknown*.

mod config;

pub use config::{BadUrl, SmtpConfig, TlsMode};

use super::{LinkState, MailProvider, OutgoingMail, ProviderStatus, SubmitError, Submitted};
use crate::message::gate::GateToken;
use async_trait::async_trait;
use edina_runtime::tls::{Trust, distrust};
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// One relay with its pool of connections.
pub struct SmtpClient {
    config: SmtpConfig,
    permits: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    status: watch::Sender<ProviderStatus>,
}

impl SmtpClient {
    /// Connects on first use.
    #[must_use]
    pub fn new(config: SmtpConfig) -> Self {
        let (status, _) = watch::channel(ProviderStatus::new(LinkState::Connecting));
        Self {
            permits: Semaphore::new(config.pool.max(1)),
            idle: Mutex::default(),
            status,
            config,
        }
    }

    /// Connects, secures the line and signs in as before a mail, says goodbye and sends nothing.
    ///
    /// # Errors
    /// [`SubmitError::NotSent`] with what went wrong, without secrets.
    pub async fn probe(&self) -> Result<(), SubmitError> {
        let mut connection = self.connection().await?;
        // Whether the goodbye is answered is the server's business.
        drop(timeout(self.config.step_timeout, connection.quit()).await);
        Ok(())
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, SubmitError> {
        loop {
            let pooled = self.idle.lock().await.pop();
            let Some((mut connection, since)) = pooled else {
                break;
            };
            let fresh = since.elapsed() < self.config.idle;
            if fresh
                && timeout(self.config.step_timeout, connection.test_connected())
                    .await
                    .unwrap_or(false)
            {
                return Ok(connection);
            }
        }
        let opened = timeout(self.config.step_timeout * 2, self.open()).await;
        match opened {
            Ok(Ok(connection)) => {
                self.status.send_modify(|status| {
                    status.state = LinkState::Up;
                    status.trouble = None;
                    status.sessions += 1;
                });
                Ok(connection)
            }
            Ok(Err(error)) => {
                let state = if error.is_permanent() {
                    LinkState::Refused
                } else {
                    LinkState::Down
                };
                Err(self.not_sent(state, describe("connecting", &error)))
            }
            Err(_) => Err(self.not_sent(LinkState::Down, "connecting: no answer in time".into())),
        }
    }

    fn not_sent(&self, state: LinkState, trouble: String) -> SubmitError {
        tracing::warn!(%trouble, host = %self.config.host, port = self.config.port, "SMTP relay is not usable");
        self.status.send_modify(|status| {
            status.state = state;
            status.trouble = Some(trouble.clone());
        });
        SubmitError::NotSent(trouble)
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let config = &self.config;
        let hello = ClientId::default();
        let secured = || {
            let mut parameters = TlsParameters::builder(config.host.clone());
            if let Some(pem) = config.trust.as_ref().and_then(Trust::own_pem) {
                parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
            }
            parameters.build()
        };
        let wrapper = if config.tls == TlsMode::Implicit {
            Some(secured()?)
        } else {
            None
        };
        let server = (config.host.as_str(), config.port);
        let patience = Some(config.step_timeout);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, patience, &hello, wrapper, None).await?;
        if config.tls == TlsMode::StartTls {
            connection.starttls(secured()?, &hello).await?;
        }
        if let Some((user, password)) = &config.login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &login)
                .await?;
        }
        Ok(connection)
    }

    /// MAIL, RCPT, DATA: until here nothing is sent. Then the text: from here silence is unknown.
    async fn dialogue(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        body: &[u8],
    ) -> Result<(), (SubmitError, bool)> {
        let patience = self.config.step_timeout;
        let before = |error: lettre::transport::smtp::Error, step: &str| match rejected(&error, step) {
            Some(rejected) => (rejected, true),
            None => (SubmitError::NotSent(describe(step, &error)), false),
        };
        let late = |step: &str| (SubmitError::NotSent(format!("{step}: no answer in time")), false);
        let mut options = Vec::new();
        if !envelope
            .to()
            .iter()
            .chain(envelope.from())
            .all(|address| address.to_string().is_ascii())
        {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let reason = "the server does not take such addresses (SMTPUTF8)".to_owned();
                return Err((
                    SubmitError::Rejected {
                        code: 0,
                        reason,
                        final_: true,
                    },
                    true,
                ));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !body.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = connection.command(Mail::new(envelope.from().cloned(), options));
        timeout(patience, mail)
            .await
            .map_err(|_| late("MAIL"))?
            .map_err(|error| before(error, "MAIL"))?;
        for to in envelope.to() {
            let rcpt = connection.command(Rcpt::new(to.clone(), Vec::new()));
            timeout(patience, rcpt)
                .await
                .map_err(|_| late("RCPT"))?
                .map_err(|error| before(error, "RCPT"))?;
        }
        let data = connection.command(Data);
        timeout(patience, data)
            .await
            .map_err(|_| late("DATA"))?
            .map_err(|error| before(error, "DATA"))?;
        match timeout(self.config.data_timeout, connection.message(body)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match rejected(&error, "text") {
                Some(rejected) => (rejected, true),
                None => (
                    unknown(format!("the connection was lost after DATA ({})", kind(&error))),
                    false,
                ),
            }),
            Err(_) => Err((unknown("no answer to the text in time".into()), false)),
        }
    }

    fn compose(&self, mail: &OutgoingMail) -> Result<(Envelope, Vec<u8>), SubmitError> {
        let refuse = |reason: &str| SubmitError::Rejected {
            code: 0,
            reason: reason.into(),
            final_: true,
        };
        let to: Mailbox = mail.to.parse().map_err(|_| refuse("the address is not valid"))?;
        // One line, whatever the template produced: a header cannot grow another.
        let subject: String = mail
            .subject
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let id = format!("<{}@{}>", mail.message_id, self.config.from.email.domain());
        let builder = lettre::Message::builder()
            .from(self.config.from.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(id));
        let message = match &mail.html {
            Some(html) => {
                builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone()))
            }
            None => builder.singlepart(SinglePart::plain(mail.text.clone())),
        };
        let message = message.map_err(|_| refuse("the mail cannot be composed"))?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

fn unknown(reason: String) -> SubmitError {
    SubmitError::Unknown {
        reason,
        provider_ids: Vec::new(),
    }
}

/// A numbered answer of the server. The text after the number may quote the address, so it is left out.
fn rejected(error: &lettre::transport::smtp::Error, step: &str) -> Option<SubmitError> {
    let code = u32::from(u16::from(error.status()?));
    let reason = format!("{step}: the server answered {code}");
    Some(SubmitError::Rejected {
        code,
        reason,
        final_: error.is_permanent(),
    })
}

fn describe(step: &str, error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("{step}: the server answered {code}"),
        None => match distrust(error) {
            Some(why) => format!("{step}: {why}"),
            None => format!("{step}: {}", kind(error)),
        },
    }
}

fn kind(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_tls() {
        "TLS failed"
    } else if error.is_response() {
        "an answer that is no SMTP"
    } else if error.is_client() {
        "the server lacks what this mail needs"
    } else {
        "connection error"
    }
}

#[async_trait]
impl MailProvider for SmtpClient {
    async fn submit(&self, mail: OutgoingMail, token: GateToken) -> Result<Submitted, SubmitError> {
        if !token.covers(mail.message_id) {
            return Err(SubmitError::NotSent("the gate cleared another message".into()));
        }
        let (envelope, body) = self.compose(&mail)?;
        let wait = self.config.step_timeout + self.config.data_timeout;
        let Ok(Ok(_permit)) = timeout(wait, self.permits.acquire()).await else {
            return Err(SubmitError::NotSent(
                "all connections to the relay are busy".into(),
            ));
        };
        let mut connection = self.connection().await?;
        let outcome = self.dialogue(&mut connection, &envelope, &body).await;
        // A connection that broke the dialogue is dropped; one that refused politely is reset and kept.
        let keep = match &outcome {
            Ok(()) => true,
            Err((_, polite)) => {
                let reset = lettre::transport::smtp::commands::Rset;
                *polite
                    && timeout(self.config.step_timeout, connection.command(reset))
                        .await
                        .is_ok_and(|done| done.is_ok())
            }
        };
        if keep {
            self.idle.lock().await.push((connection, Instant::now()));
        }
        outcome.map_err(|(error, _)| error)?;
        let id = format!("{}@{}", mail.message_id, self.config.from.email.domain());
        Ok(Submitted {
            provider_ids: vec![id],
            parts: 1,
        })
    }

    fn status(&self) -> watch::Receiver<ProviderStatus> {
        self.status.subscribe()
    }
}
