//! XML pieces of a part, each within its bound.

use std::io::{self, BufRead, Read};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{
    archive::refused,
    counted::{Counted, Pending, TOO_LARGE},
};
use crate::{Reason, Refused, limits};

/// A part as a stream of XML pieces.
pub(super) struct Markup<R: Read> {
    reader: Reader<Bounded<R>>,
    pending: Pending,
    buffer: Vec<u8>,
}

/// Stops within a piece that is too large.
pub(super) struct Bounded<R: Read>(Counted<R>, Pending);

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.1.within(limits::XML_EVENT_BYTES) {
            return Err(io::Error::other(format!("{TOO_LARGE}: one piece of XML")));
        }
        self.0.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

impl<R: Read> Markup<R> {
    pub(super) fn new(part: Counted<R>) -> Self {
        let pending = part.pending();
        let mut reader = Reader::from_reader(Bounded(part, pending.clone()));
        let config = reader.config_mut();
        config.check_end_names = false;
        config.expand_empty_elements = true;
        Self {
            reader,
            pending,
            buffer: Vec::new(),
        }
    }

    /// The next piece; the end is [`Event::Eof`].
    pub(super) fn next(&mut self) -> Result<Event<'_>, Refused> {
        self.buffer.clear();
        // A large piece must not leave its room behind for ever.
        if self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        self.pending.reset();
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| match error {
                quick_xml::Error::Io(error) => refused(&error),
                error => Refused(Reason::Damaged(error.to_string())),
            })
    }
}

/// An attribute by its local name, unescaped.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| {
            let raw = attribute.value.into_owned();
            quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), std::borrow::Cow::into_owned)
        })
}

/// A number in an attribute; zero when there is none.
pub(super) fn number(tag: &BytesStart<'_>, name: &str) -> usize {
    attribute(tag, name)
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

/// Adds what a piece between tags says, up to a little more than a cell may hold.
pub(super) fn add_text(to: &mut String, event: &Event<'_>) {
    let room = (limits::CELL_CHARS + 1)
        .saturating_mul(4)
        .saturating_sub(to.len());
    if room == 0 {
        return;
    }
    let add = |to: &mut String, text: &str| {
        to.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
    };
    match event {
        Event::Text(text) => add(to, text),
        Event::CData(text) => add(to, text),
        Event::GeneralRef(name) => {
            let escaped = format!("&{};", &**name);
            if let Ok(text) = quick_xml::escape::unescape(&escaped) {
                add(to, &text);
            }
        }
        _ => {}
    }
}
