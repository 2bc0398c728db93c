//! An open connection to a PBX: greeting, sign-in, one action out, one frame in.

use std::time::Duration;

use bytes::BytesMut;
use futures::StreamExt;
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::codec::FramedRead;

use super::action::{self, action};
use super::codec::{AmiCodec, Frame};
use super::message::Message;
use super::settings::{Auth, PbxAddress, Tuning};

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("sign-in refused: {0}")]
    AuthFailed(String),
    #[error("{0}")]
    Lost(String),
    #[error("nobody reads the signals any more")]
    ReaderGone,
}

/// The connection is of no use any more.
pub(super) fn lost(why: impl Into<String>) -> Broken {
    Broken::Lost(why.into())
}

/// What a connection wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Events {
    All,
    None,
}

/// An open connection.
pub(super) struct Wire {
    reader: FramedRead<Box<dyn AsyncRead + Send + Unpin>, AmiCodec>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    patience: Duration,
    next_action: u64,
}

impl Wire {
    pub(super) async fn open(address: &PbxAddress, tuning: &Tuning) -> Result<Self, Broken> {
        let connect = TcpStream::connect((address.host.as_str(), address.port));
        let stream = match timeout(tuning.connect_timeout, connect).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(lost(format!("cannot connect: {error}"))),
            Err(_) => return Err(lost("cannot connect: no answer in time")),
        };
        stream.set_nodelay(true).map_err(|e| lost(e.to_string()))?;
        let (reader, writer): (
            Box<dyn AsyncRead + Send + Unpin>,
            Box<dyn AsyncWrite + Send + Unpin>,
        ) = if let Some(trust) = &address.tls {
            let agree = trust.connect(&address.host, stream);
            let stream = match timeout(tuning.connect_timeout, agree).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return Err(lost(format!("no TLS: {error}"))),
                Err(_) => return Err(lost("no TLS: no answer in time")),
            };
            let (reader, writer) = tokio::io::split(stream);
            (Box::new(reader), Box::new(writer))
        } else {
            let (reader, writer) = stream.into_split();
            (Box::new(reader), Box::new(writer))
        };
        let reader = FramedRead::with_capacity(reader, AmiCodec::default(), 64 * 1024);
        Ok(Self {
            reader,
            writer,
            patience: tuning.connect_timeout,
            next_action: 0,
        })
    }

    pub(super) fn action_id(&mut self) -> String {
        self.next_action += 1;
        format!("edina-{}", self.next_action)
    }

    pub(super) async fn send(&mut self, message: &Message) -> Result<(), Broken> {
        let mut bytes = BytesMut::new();
        action::encode(message, &mut bytes).map_err(|e| lost(format!("cannot be sent: {e}")))?;
        let write = async {
            self.writer.write_all(&bytes).await?;
            self.writer.flush().await
        };
        match timeout(self.patience, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(format!("connection broken: {error}"))),
            Err(_) => Err(lost("the PBX does not read")),
        }
    }

    pub(super) async fn frame(&mut self) -> Result<Frame, Broken> {
        match self.reader.next().await {
            Some(Ok(frame)) => Ok(frame),
            Some(Err(error)) => Err(lost(format!("connection broken: {error}"))),
            None => Err(lost("the PBX closed the connection")),
        }
    }

    pub(super) async fn greeting(&mut self) -> Result<String, Broken> {
        let patience = self.patience;
        match timeout(patience, self.frame()).await {
            Ok(Ok(Frame::Banner(version))) => Ok(version),
            Ok(Ok(_)) => Err(lost("this is not an Asterisk manager interface")),
            Ok(Err(broken)) => Err(broken),
            Err(_) => Err(lost(
                "no greeting in time: is this an Asterisk manager interface?",
            )),
        }
    }

    /// The answer to an action; events before it are of no use yet, the resynchronisation covers them.
    pub(super) async fn answer(&mut self, id: &str) -> Result<Message, Broken> {
        let patience = self.patience;
        let wait = async {
            loop {
                if let Frame::Message(message) = self.frame().await?
                    && message.response().is_some()
                    && message.action_id().is_none_or(|a| a == id)
                {
                    return Ok(message);
                }
            }
        };
        timeout(patience, wait)
            .await
            .unwrap_or_else(|_| Err(lost("the PBX did not answer in time")))
    }

    pub(super) async fn sign_in(&mut self, address: &PbxAddress, events: Events) -> Result<(), Broken> {
        let mut login = Message::new();
        if address.auth == Auth::Md5 {
            let id = self.action_id();
            let mut challenge = action("Challenge", &id);
            challenge.push("AuthType", "MD5");
            self.send(&challenge).await?;
            let answer = self.answer(&id).await?;
            let Some(challenge) = answer.get("Challenge") else {
                return Err(Broken::AuthFailed(
                    answer.get("Message").unwrap_or("no challenge given").to_owned(),
                ));
            };
            login.push("AuthType", "MD5");
            login.push("Key", md5_key(challenge, address.secret.expose_secret()));
        } else {
            login.push("Secret", address.secret.expose_secret());
        }
        let id = self.action_id();
        let mut message = action("Login", &id);
        message.push("Username", &*address.user);
        for (key, value) in login.fields() {
            message.push(&**key, &**value);
        }
        message.push(
            "Events",
            match events {
                Events::All => "on",
                Events::None => "off",
            },
        );
        self.send(&message).await?;
        let answer = self.answer(&id).await?;
        match answer.response() {
            Some("Success") => Ok(()),
            _ => Err(Broken::AuthFailed(
                answer.get("Message").unwrap_or("no reason given").to_owned(),
            )),
        }
    }
}

/// The key that answers a challenge: hex of MD5 over challenge and secret.
pub(crate) fn md5_key(challenge: &str, secret: &str) -> String {
    let digest = Md5::new().chain_update(challenge).chain_update(secret).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_key_answers_the_challenge() {
        // The test vector of RFC 1321 for "abc".
        assert_eq!(super::md5_key("a", "bc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
