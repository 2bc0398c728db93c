//! Actions we send to a PBX. A value with a line break would let its author add headers of his own
//! (`Action: Command`), so such values are refused, not cleaned.

use bytes::{BufMut, BytesMut};

use super::message::Message;

/// Why an action cannot be put on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAction {
    /// A value holds CR, LF or NUL.
    #[error("the value of {key} holds a line break or a zero byte")]
    LineBreak {
        /// Which field.
        key: String,
    },
    /// A key is empty or holds something a key cannot.
    #[error("{key:?} is not a field name")]
    Key {
        /// The refused key.
        key: String,
    },
    /// A value is longer than Asterisk reads.
    #[error("the value of {key} is longer than {limit} bytes")]
    TooLong {
        /// Which field.
        key: String,
        /// The bound, bytes.
        limit: usize,
    },
}

/// Asterisk cuts a manager line at 1,025 bytes; a little room is left for the key.
const MAX_VALUE: usize = 900;

/// Appends `message` to `out` as bytes, ended by the blank line.
///
/// # Errors
/// [`InvalidAction`] if a key or value cannot be sent; nothing is appended then.
pub fn encode(message: &Message, out: &mut BytesMut) -> Result<(), InvalidAction> {
    for (key, value) in message.fields() {
        if key.is_empty()
            || !key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            return Err(InvalidAction::Key { key: key.clone() });
        }
        if value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(InvalidAction::LineBreak { key: key.clone() });
        }
        if value.len() > MAX_VALUE {
            return Err(InvalidAction::TooLong {
                key: key.clone(),
                limit: MAX_VALUE,
            });
        }
    }
    for (key, value) in message.fields() {
        out.put_slice(key.as_bytes());
        out.put_slice(b": ");
        out.put_slice(value.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
    Ok(())
}

/// An action with its name and the identifier its answer will carry.
pub fn action(name: &str, action_id: &str) -> Message {
    let mut message = Message::new();
    message.push("Action", name);
    message.push("ActionID", action_id);
    message
}

/// Click-to-call: rings the employee's phone first, then dials the client from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Originate {
    /// Extension of the employee, for instance `201`.
    pub extension: String,
    /// Channel technology of the extension, normally `PJSIP`.
    pub technology: String,
    /// Number to dial, as the PBX's dialplan expects it.
    pub number: String,
    /// Dialplan context the number is dialled in, for instance `internal` or `from-internal`.
    pub context: String,
    /// How long the employee's phone may ring, seconds.
    pub ring_seconds: u32,
}

impl Originate {
    /// The action to send. The answer (`OriginateResponse`) carries the same identifier.
    ///
    /// # Errors
    /// [`InvalidAction::Key`] names the part that is not an extension, number or context: these reach a dialplan,
    /// so only what such things are made of is let through.
    pub fn to_message(&self, action_id: &str) -> Result<Message, InvalidAction> {
        let name = |s: &str| {
            !s.is_empty()
                && s.len() <= 80
                && s.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let dialable = |s: &str| {
            !s.is_empty() && s.len() <= 32 && s.bytes().all(|b| b.is_ascii_digit() || b"+*#".contains(&b))
        };
        let refuse = |what: &str| Err(InvalidAction::Key { key: what.to_owned() });
        if !name(&self.extension) {
            return refuse("extension");
        }
        if !name(&self.technology) {
            return refuse("technology");
        }
        if !name(&self.context) {
            return refuse("context");
        }
        if !dialable(&self.number) {
            return refuse("number");
        }
        let mut message = action("Originate", action_id);
        message.push("Channel", format!("{}/{}", self.technology, self.extension));
        message.push("Context", &*self.context);
        message.push("Exten", &*self.number);
        message.push("Priority", "1");
        message.push("CallerID", &*self.number);
        message.push("Timeout", (u64::from(self.ring_seconds) * 1000).to_string());
        message.push("Async", "true");
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_injection_is_refused_and_nothing_is_written() {
        let mut message = action("Originate", "1");
        message.push("CallerID", "x\r\nAction: Command\r\nCommand: core stop now");
        let mut out = BytesMut::new();
        assert_eq!(
            encode(&message, &mut out),
            Err(InvalidAction::LineBreak {
                key: "CallerID".into()
            })
        );
        assert!(out.is_empty());
    }

    #[test]
    fn originate_lets_only_dialable_numbers_through() {
        let mut call = Originate {
            extension: "201".into(),
            technology: "PJSIP".into(),
            number: "+79161234567".into(),
            context: "internal".into(),
            ring_seconds: 25,
        };
        assert!(call.to_message("a").is_ok());
        call.number = "1,2)&System(x)".into();
        assert_eq!(
            call.to_message("a"),
            Err(InvalidAction::Key { key: "number".into() })
        );
    }
}
