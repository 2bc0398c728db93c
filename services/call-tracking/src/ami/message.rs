//! One message of the manager interface: an ordered list of `Key: value` lines. See [`super::codec`] for the bytes.

use std::fmt;

/// A message as received or as it will be sent. Keys may repeat and keep their order; look-ups ignore case.
///
/// `Debug` shows only what kind of message it is: values hold names and phone numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Message {
    fields: Vec<(String, String)>,
}

impl Message {
    /// An empty message.
    pub fn new() -> Self {
        Self::default()
    }

    /// A message from key and value pairs, in order.
    pub fn from_fields(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// Appends a field; an equal key does not replace an earlier one.
    pub fn push(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.fields.push((key.into(), value.into()));
    }

    /// The first value under `key` as sent, empty values included.
    pub fn raw(&self, key: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(key))
            .map(|(_, v)| v.as_str())
    }

    /// The first value under `key`; empty, `<unknown>` and `<none>` mean "nothing" on this wire.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.raw(key)
            .map(str::trim)
            .filter(|v| !v.is_empty() && *v != "<unknown>" && *v != "<none>" && *v != "(null)")
    }

    /// Every value under `key`, in order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(k, _)| k.eq_ignore_ascii_case(key))
            .map(|(_, v)| v.as_str())
    }

    /// All fields in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The event's name, if this is an event.
    pub fn event_name(&self) -> Option<&str> {
        self.get("Event")
    }

    /// `Success`, `Error`, `Goodbye`, … if this answers an action. Events may carry a `Response` field too
    /// (`OriginateResponse`), so an event is never taken for an answer.
    pub fn response(&self) -> Option<&str> {
        if self.event_name().is_some() {
            None
        } else {
            self.get("Response")
        }
    }

    /// The identifier we gave to the action this message answers.
    pub fn action_id(&self) -> Option<&str> {
        self.get("ActionID")
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("event", &self.event_name())
            .field("response", &self.response())
            .field("fields", &self.fields.len())
            .finish_non_exhaustive()
    }
}
