//! Text to short messages and back: picks the alphabet, cuts long text, numbers the parts.
//!
//! Latin text that fits the GSM alphabet goes as septets (160 in one part, 153 in each of several), everything else
//! as UCS-2 (70 or 67 units). A part never ends inside an escape pair or a surrogate pair.

use super::gsm7;
use bytes::{BufMut, Bytes, BytesMut};

/// Most parts one message may take unless the caller says otherwise.
pub const DEFAULT_MAX_PARTS: usize = 10;
const UDH_LEN: usize = 6;

/// Alphabet of a short message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// `data_coding` 0, one septet per octet.
    Gsm7,
    /// `data_coding` 8, big-endian 16-bit units.
    Ucs2,
}

impl Coding {
    /// The SMPP `data_coding` value.
    #[must_use]
    pub const fn data_coding(self) -> u8 {
        match self {
            Self::Gsm7 => 0,
            Self::Ucs2 => 8,
        }
    }

    /// Units (septets or 16-bit units) that fit alone, and in each part of several.
    #[must_use]
    pub const fn capacity(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// What a text would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Size {
    pub coding: Coding,
    /// Septets or 16-bit units.
    pub units: usize,
    pub parts: usize,
}

/// A text that would take more parts than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text takes {parts} SMS parts, at most {most} are allowed")]
pub struct TooLong {
    pub parts: usize,
    pub most: usize,
}

/// The octets of one part, header included when there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub has_header: bool,
    pub octets: Bytes,
}

/// Which alphabet `text` needs.
#[must_use]
pub fn coding_of(text: &str) -> Coding {
    if text.chars().all(|character| gsm7::septets(character).is_some()) {
        Coding::Gsm7
    } else {
        Coding::Ucs2
    }
}

/// Counts parts without building them. An empty text is one part.
#[must_use]
pub fn measure(text: &str) -> Size {
    let coding = coding_of(text);
    let cut = cut(text, coding);
    Size {
        coding,
        units: cut.iter().map(|piece| units(piece, coding)).sum(),
        parts: cut.len(),
    }
}

/// Cuts `text` into parts; several of them carry `05 00 03 reference count number`.
///
/// # Errors
/// More than `most` (never above 255) parts would be needed.
pub fn split(text: &str, reference: u8, most: usize) -> Result<(Coding, Vec<Part>), TooLong> {
    let coding = coding_of(text);
    let pieces = cut(text, coding);
    let most = most.min(255);
    let count = match u8::try_from(pieces.len()) {
        Ok(count) if pieces.len() <= most => count,
        _ => {
            return Err(TooLong {
                parts: pieces.len(),
                most,
            });
        }
    };
    if count <= 1 {
        let octets = encode(text, coding).freeze();
        return Ok((
            coding,
            vec![Part {
                has_header: false,
                octets,
            }],
        ));
    }
    let parts = (1..=count).zip(pieces).map(|(number, piece)| {
        let mut octets = BytesMut::with_capacity(UDH_LEN + 2 * piece.len());
        octets.put_slice(&[0x05, 0x00, 0x03, reference, count, number]);
        octets.put_slice(&encode(piece, coding));
        Part {
            has_header: true,
            octets: octets.freeze(),
        }
    });
    Ok((coding, parts.collect()))
}

fn units(text: &str, coding: Coding) -> usize {
    text.chars().map(|character| width(character, coding)).sum()
}

fn width(character: char, coding: Coding) -> usize {
    match coding {
        Coding::Gsm7 => gsm7::septets(character).map_or(1, |(_, length)| length),
        Coding::Ucs2 => character.len_utf16(),
    }
}

/// Pieces of the text, one per part, cut between characters only.
fn cut(text: &str, coding: Coding) -> Vec<&str> {
    let (alone, each) = coding.capacity();
    if units(text, coding) <= alone {
        return vec![text];
    }
    let (mut pieces, mut start, mut used) = (Vec::new(), 0, 0);
    for (at, character) in text.char_indices() {
        let width = width(character, coding);
        if used + width > each {
            pieces.push(&text[start..at]);
            (start, used) = (at, 0);
        }
        used += width;
    }
    pieces.push(&text[start..]);
    pieces
}

fn encode(text: &str, coding: Coding) -> BytesMut {
    let mut octets = BytesMut::with_capacity(2 * text.len());
    for character in text.chars() {
        match coding {
            Coding::Gsm7 => {
                if let Some((pair, length)) = gsm7::septets(character) {
                    octets.put_slice(&pair[..length]);
                }
            }
            Coding::Ucs2 => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    octets.put_u16(*unit);
                }
            }
        }
    }
    octets
}

/// Place of a part in a long message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub reference: u16,
    pub count: u8,
    /// From 1 to `count`.
    pub number: u8,
}

/// Takes the user data header off. Knows 8- and 16-bit concatenation; a broken header leaves the octets as they are.
#[must_use]
pub fn strip_header(octets: &[u8]) -> (Option<Place>, &[u8]) {
    let Some((length, rest)) = octets.split_first() else {
        return (None, octets);
    };
    let Some((mut header, text)) = rest.split_at_checked(usize::from(*length)) else {
        return (None, octets);
    };
    while let [kind, size, tail @ ..] = header {
        let Some((data, next)) = tail.split_at_checked(usize::from(*size)) else {
            break;
        };
        let place = match (*kind, data) {
            (0x00, [reference, count, number]) => Some((u16::from(*reference), *count, *number)),
            (0x08, [high, low, count, number]) => Some((u16::from_be_bytes([*high, *low]), *count, *number)),
            _ => None,
        };
        if let Some((reference, count, number)) =
            place.filter(|(_, count, number)| (1..=*count).contains(number))
        {
            return (
                Some(Place {
                    reference,
                    count,
                    number,
                }),
                text,
            );
        }
        header = next;
    }
    (None, text)
}

/// Text of received octets; `None` for codings nobody here sends (binary, Japanese and the like).
#[must_use]
pub fn decode(octets: &[u8], data_coding: u8) -> Option<String> {
    match data_coding {
        0 => Some(gsm7::decode(octets)),
        1 | 3 => Some(octets.iter().map(|octet| char::from(*octet)).collect()),
        8 => {
            let units = octets.chunks(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xFFFD,
            });
            Some(
                char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or('\u{FFFD}'))
                    .collect(),
            )
        }
        _ => None,
    }
}
