//! One tag with its attributes, in any of the broken ways they are written.

use super::text::decode_entities;
use super::token::Token;

/// Most attributes kept of one tag; the rest is skipped.
const MAX_ATTRIBUTES: usize = 32;
/// Longest attribute value kept, in bytes.
const MAX_VALUE: usize = 1024;
/// Longest tag name; anything longer is text.
const MAX_NAME: usize = 64;
/// Furthest the end of a tag is looked for: beyond it, `<` was just a character.
const MAX_TAG: usize = 16 * 1024;

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name_byte(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':')
}

/// Reads the tag at the start of `rest`; `None` when the `<` does not begin one.
pub(super) fn read_tag<'a>(rest: &str) -> Option<(Token<'a>, usize)> {
    let bytes = rest.as_bytes();
    let closing = bytes.get(1) == Some(&b'/');
    let mut at = if closing { 2 } else { 1 };
    while closing && bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let start = at;
    if !bytes.get(at).copied().is_some_and(is_name_start) {
        return None;
    }
    while bytes.get(at).copied().is_some_and(is_name_byte) {
        at += 1;
    }
    let name = &rest[start..at];
    // `<https://…>` and `<anna@example.com>` are text in angle brackets.
    if at - start > MAX_NAME || name.ends_with(':') || matches!(bytes.get(at), Some(b'@')) {
        return None;
    }
    let name = name.rsplit(':').next().unwrap_or(name).to_lowercase();
    if closing {
        let end = rest[at..].find(['>', '<']).map_or(rest.len(), |end| at + end);
        let end = if bytes.get(end) == Some(&b'>') {
            end + 1
        } else {
            end
        };
        return Some((Token::Close { name }, end));
    }
    let (attributes, empty, end) = read_attributes(rest, at)?;
    Some((
        Token::Open {
            name,
            attributes,
            empty,
        },
        end,
    ))
}

type Attributes = (Vec<(String, String)>, bool, usize);

/// Reads `name="value"`, `name='value'`, `name=value`, `name=3D"value"`, `name"value"` and bare names up to `>`.
fn read_attributes(rest: &str, mut at: usize) -> Option<Attributes> {
    let bytes = rest.as_bytes();
    let mut attributes = Vec::new();
    loop {
        if at > MAX_TAG {
            return None;
        }
        match bytes.get(at)? {
            b'>' => return Some((attributes, false, at + 1)),
            b'/' if bytes.get(at + 1) == Some(&b'>') => return Some((attributes, true, at + 2)),
            // The `>` was lost: the next tag begins here.
            b'<' => return Some((attributes, false, at)),
            byte if is_name_start(*byte) => {
                let start = at;
                while bytes.get(at).copied().is_some_and(is_name_byte) {
                    at += 1;
                }
                let name = rest[start..at].to_lowercase();
                let (value, end) = read_value(rest, at);
                at = end;
                if attributes.len() < MAX_ATTRIBUTES {
                    attributes.push((name, value));
                }
            }
            _ => at += 1,
        }
    }
}

/// The value after an attribute's name, and where it ends.
fn read_value(rest: &str, from: usize) -> (String, usize) {
    let bytes = rest.as_bytes();
    let blanks = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let mut at = blanks(from);
    if bytes.get(at) == Some(&b'=') {
        at = blanks(at + 1);
        if rest
            .get(at..at + 3)
            .is_some_and(|mark| mark == "3D\"" || mark == "3D'")
        {
            at += 2;
        }
    } else if !matches!(bytes.get(at), Some(b'"' | b'\'')) {
        return (String::new(), from);
    }
    let Some(first) = bytes.get(at) else {
        return (String::new(), at);
    };
    if matches!(first, b'"' | b'\'') {
        let quote = char::from(*first);
        let inside = &rest[at + 1..];
        // A quote that is never closed ends with its tag.
        let end = inside.find([quote, '<']).unwrap_or(inside.len());
        let closed = inside[end..].starts_with(quote);
        let end = if closed {
            end
        } else {
            inside[..end].rfind('>').unwrap_or(end)
        };
        return (cut(&inside[..end]), at + 1 + end + usize::from(closed));
    }
    let inside = &rest[at..];
    let end = inside
        .find(|c: char| c.is_whitespace() || matches!(c, '>' | '<'))
        .unwrap_or(inside.len());
    let end = if inside[..end].ends_with('/') && inside[end..].starts_with('>') {
        end - 1
    } else {
        end
    };
    (cut(&inside[..end]), at + end)
}

fn cut(value: &str) -> String {
    let mut end = value.len().min(MAX_VALUE);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    decode_entities(&value[..end])
}
