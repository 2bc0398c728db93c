//! Bytes of the manager interface to messages, incrementally: however the stream is split, the frames are the same.
//!
//! The wire is a banner line, then messages of `Key: value` lines ended by a blank line; lines end with CR LF or a
//! bare LF. A line or message beyond the [`Limits`] is dropped up to its end and reported as [`Frame::Skipped`], so
//! a peer that has gone mad costs neither memory nor the connection.

use bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::action;
use super::message::Message;

/// Bounds of what is kept in memory of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest line without its line feed, bytes.
    pub line_bytes: usize,
    /// Most lines of a message.
    pub fields: usize,
    /// Most bytes of all lines of a message together.
    pub message_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 64 * 1024,
            fields: 1024,
            message_bytes: 256 * 1024,
        }
    }
}

/// Why a message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// A line was longer than [`Limits::line_bytes`].
    LineTooLong,
    /// More lines than [`Limits::fields`].
    TooManyFields,
    /// More bytes than [`Limits::message_bytes`].
    MessageTooLong,
}

/// One unit of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The greeting, for instance `Asterisk Call Manager/5.0.4`.
    Banner(String),
    /// A complete message.
    Message(Message),
    /// A message was dropped; the stream goes on after it.
    Skipped(SkipReason),
}

/// Decoder of frames and encoder of actions.
#[derive(Debug, Default)]
pub struct AmiCodec {
    limits: Limits,
    /// Bytes at the buffer's start known to hold no line feed.
    scanned: usize,
    /// Inside a line that is too long: its bytes are thrown away up to the line feed.
    in_long_line: bool,
    skip: Option<SkipReason>,
    fields: Vec<(String, String)>,
    message_bytes: usize,
}

impl AmiCodec {
    /// A codec with other bounds than the default.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<Frame> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return self.end_of_message();
        }
        if self.skip.is_some() {
            return None;
        }
        if self.fields.is_empty() && is_banner(line) {
            return Some(Frame::Banner(String::from_utf8_lossy(line).into_owned()));
        }
        self.message_bytes += line.len();
        if self.fields.len() >= self.limits.fields {
            self.drop_message(SkipReason::TooManyFields);
        } else if self.message_bytes > self.limits.message_bytes {
            self.drop_message(SkipReason::MessageTooLong);
        } else {
            self.fields.push(split_field(line));
        }
        None
    }

    fn drop_message(&mut self, reason: SkipReason) {
        self.skip.get_or_insert(reason);
        self.fields = Vec::new();
    }

    fn end_of_message(&mut self) -> Option<Frame> {
        self.message_bytes = 0;
        if let Some(reason) = self.skip.take() {
            return Some(Frame::Skipped(reason));
        }
        if self.fields.is_empty() {
            return None;
        }
        Some(Frame::Message(Message::from_fields(std::mem::take(
            &mut self.fields,
        ))))
    }
}

fn is_banner(line: &[u8]) -> bool {
    const GREETING: &[u8] = b"Asterisk Call Manager";
    line.get(..GREETING.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(GREETING))
}

/// `Key: value`; the value may hold further colons. A line without a colon is kept whole under an empty key.
fn split_field(line: &[u8]) -> (String, String) {
    match line.iter().position(|b| *b == b':') {
        Some(colon) => {
            let (key, value) = (
                line.get(..colon).unwrap_or_default(),
                line.get(colon + 1..).unwrap_or_default(),
            );
            (text(key), text(value))
        }
        None => (String::new(), text(line)),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

impl Decoder for AmiCodec {
    type Item = Frame;
    type Error = std::io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Frame>, std::io::Error> {
        loop {
            let found = src
                .get(self.scanned..)
                .and_then(|rest| rest.iter().position(|b| *b == b'\n'));
            let Some(offset) = found else {
                if self.in_long_line || src.len() > self.limits.line_bytes {
                    self.in_long_line = true;
                    src.clear();
                }
                self.scanned = src.len();
                return Ok(None);
            };
            let length = self.scanned + offset;
            self.scanned = 0;
            let line = src.split_to(length);
            src.advance(1);
            if std::mem::take(&mut self.in_long_line) || line.len() > self.limits.line_bytes {
                self.drop_message(SkipReason::LineTooLong);
                continue;
            }
            if let Some(frame) = self.line(&line) {
                return Ok(Some(frame));
            }
        }
    }

    /// A message cut off by the end of the stream is not a message: what was read of it is dropped.
    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Frame>, std::io::Error> {
        let frame = self.decode(src)?;
        if frame.is_none() {
            src.clear();
            self.scanned = 0;
        }
        Ok(frame)
    }
}

impl Encoder<&Message> for AmiCodec {
    type Error = std::io::Error;

    fn encode(&mut self, message: &Message, out: &mut BytesMut) -> Result<(), std::io::Error> {
        action::encode(message, out).map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidInput, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(codec: &mut AmiCodec, chunks: &[&[u8]]) -> Vec<Frame> {
        let mut buffer = BytesMut::new();
        let mut frames = Vec::new();
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            while let Some(frame) = codec.decode(&mut buffer).unwrap() {
                frames.push(frame);
            }
        }
        frames
    }

    #[test]
    fn banner_repeated_keys_bare_line_feeds_and_bad_utf8() {
        let bytes = b"Asterisk Call Manager/5.0.4\r\nEvent: X\nVariable: a=1:2, b\r\nVariable: \xff\n\r\nResponse: Success\n\n\n";
        let frames = decode(&mut AmiCodec::default(), &[bytes]);
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[0], Frame::Banner("Asterisk Call Manager/5.0.4".into()));
        let Frame::Message(event) = &frames[1] else {
            unreachable!("{frames:?}")
        };
        assert_eq!(
            event.all("variable").collect::<Vec<_>>(),
            ["a=1:2, b", "\u{fffd}"]
        );
        let Frame::Message(answer) = &frames[2] else {
            unreachable!("{frames:?}")
        };
        assert_eq!(answer.response(), Some("Success"));
    }

    #[test]
    fn too_much_is_skipped_and_the_next_message_is_read() {
        let limits = Limits {
            line_bytes: 20,
            fields: 3,
            message_bytes: 50,
        };
        let long_line = b"Event: A\r\nKey: 01234567890123456789\r\n\r\nEvent: B\r\n\r\n".as_slice();
        let many = b"A: 1\nB: 2\nC: 3\nD: 4\n\nEvent: B\n\n".as_slice();
        let heavy =
            b"A: 0123456789012345\nB: 0123456789012345\nC: 0123456789012345\n\nEvent: B\n\n".as_slice();
        let next = Frame::Message(Message::from_fields(vec![("Event".into(), "B".into())]));
        for (bytes, reason) in [
            (long_line, SkipReason::LineTooLong),
            (many, SkipReason::TooManyFields),
            (heavy, SkipReason::MessageTooLong),
        ] {
            let whole = decode(&mut AmiCodec::with_limits(limits), &[bytes]);
            assert_eq!(whole, [Frame::Skipped(reason), next.clone()]);
            for at in 0..bytes.len() {
                let (head, tail) = bytes.split_at(at);
                assert_eq!(
                    decode(&mut AmiCodec::with_limits(limits), &[head, tail]),
                    whole,
                    "split at {at}"
                );
            }
        }
    }

    #[test]
    fn an_endless_line_takes_no_memory() {
        let mut codec = AmiCodec::default();
        let mut buffer = BytesMut::new();
        for _ in 0..1000 {
            buffer.extend_from_slice(&[b'x'; 1024]);
            assert_eq!(codec.decode(&mut buffer).unwrap(), None);
            assert!(buffer.len() <= 65 * 1024);
        }
    }
}
