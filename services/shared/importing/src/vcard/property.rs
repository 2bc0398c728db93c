//! One line of a card: `group.NAME;PARAMETER=VALUE:value`.

use edina_identity::normalise::account;
use encoding_rs::{Encoding, UTF_8};

/// A property taken apart.
pub(super) struct Property {
    /// Upper case, without its group.
    pub(super) name: String,
    /// Network of an account, where a parameter names it: `X-SERVICE-TYPE=Telegram`, `TYPE=telegram`.
    pub(super) service: Option<String>,
    /// What the card calls a number or an address: mobile, work, home.
    pub(super) label: Option<&'static str>,
    /// A fax, a modem or a pager: nobody is reached by its number.
    pub(super) is_machine: bool,
    /// The year that stands for none in a date.
    pub(super) omitted_year: Option<String>,
    /// Decoded, still with the escapes of structured values.
    pub(super) value: Result<String, crate::Reason>,
}

/// The name, or the whole line when there is none.
pub(super) fn name(line: &[u8]) -> String {
    let end = line.iter().position(|byte| matches!(byte, b':' | b';'));
    let name = &line[..end.unwrap_or(line.len()).min(64)];
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
    String::from_utf8_lossy(name).trim().to_ascii_uppercase()
}

/// Whether a quoted-printable value goes on in the next line.
pub(super) fn goes_on(line: &[u8]) -> bool {
    line.last() == Some(&b'=') && split(line).is_some_and(|(head, _)| is_quoted_printable(head))
}

/// Head and value, at the first colon outside of quotation marks.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut quoted = false;
    let at = line.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b':' && !quoted
    })?;
    Some((&line[..at], &line[at + 1..]))
}

/// Whether the value is in base 64, as some telephones write names.
fn is_base64(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).to_ascii_uppercase();
    let mut parameters = head.split(';').skip(1).map(str::trim);
    parameters.any(|parameter| matches!(parameter, "BASE64" | "ENCODING=BASE64" | "ENCODING=B"))
}

fn is_quoted_printable(head: &[u8]) -> bool {
    String::from_utf8_lossy(head)
        .to_ascii_uppercase()
        .contains("QUOTED-PRINTABLE")
}

/// Takes a line apart; nothing for one without a colon.
pub(super) fn read(line: &[u8], file: &'static Encoding) -> Option<Property> {
    let (head, value) = split(line)?;
    let upper = String::from_utf8_lossy(head).to_ascii_uppercase();
    let charset = upper
        .split(';')
        .find_map(|parameter| parameter.trim().strip_prefix("CHARSET="))
        .and_then(|label| Encoding::for_label(label.trim_matches('"').as_bytes()));
    let decoded;
    let (bytes, encoding) = if is_quoted_printable(head) {
        decoded = quoted_printable(value);
        (
            decoded.as_slice(),
            charset.unwrap_or_else(|| likely(&decoded, file)),
        )
    } else if is_base64(head) {
        decoded = base64(value)?;
        (
            decoded.as_slice(),
            charset.unwrap_or_else(|| likely(&decoded, file)),
        )
    } else {
        (
            value,
            charset
                .filter(|_| std::str::from_utf8(value).is_err())
                .unwrap_or(file),
        )
    };
    let service = upper
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| matches!(name.trim(), "X-SERVICE-TYPE" | "SERVICE-TYPE" | "TYPE"))
        .flat_map(|(_, values)| values.trim_matches('"').split(','))
        .find(|value| account::network(value).is_some())
        .map(str::to_owned);
    let kinds: Vec<&str> = upper
        .split(';')
        .skip(1)
        .flat_map(|parameter| parameter.strip_prefix("TYPE=").unwrap_or(parameter).split(','))
        .map(|kind| kind.trim().trim_matches('"'))
        .collect();
    let is = |names: &[&str]| kinds.iter().any(|kind| names.contains(kind));
    let omitted_year = upper
        .split(';')
        .find_map(|parameter| parameter.trim().strip_prefix("X-APPLE-OMIT-YEAR="))
        .map(|year| year.trim_matches('"').to_owned());
    Some(Property {
        name: name(line),
        label: [("work", "WORK"), ("mobile", "CELL"), ("home", "HOME")]
            .into_iter()
            .find(|(_, kind)| is(&[kind]))
            .map(|(label, _)| label),
        is_machine: is(&["FAX", "PAGER", "MODEM"]) && !is(&["VOICE", "CELL"]),
        omitted_year,
        service,
        value: crate::encoding::cell(bytes, encoding),
    })
}

/// Quoted-printable without a charset is UTF-8 when it can be, else what the file is in.
fn likely(bytes: &[u8], file: &'static Encoding) -> &'static Encoding {
    match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) if file == UTF_8 => encoding_rs::WINDOWS_1251,
        Err(_) => file,
    }
}

fn quoted_printable(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let hex = |offset: usize| {
            let digit = char::from(*value.get(at + offset)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        match (*byte, hex(1), hex(2)) {
            (b'=', Some(high), Some(low)) => {
                out.push(high * 16 + low);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Nothing for what is no base 64.
fn base64(value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(value.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in value {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b' ' | b'\t' => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// The parts of a structured value, unescaped.
pub(super) fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in value.chars() {
        let last = parts.len() - 1;
        match c {
            'n' | 'N' if escaped => parts[last].push('\n'),
            _ if escaped => parts[last].push(c),
            '\\' => {}
            ';' if parts.len() < 16 => parts.push(String::new()),
            _ => parts[last].push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    for part in &mut parts {
        *part = part.trim().to_owned();
    }
    parts
}

/// A plain value, unescaped.
pub(super) fn plain(value: &str) -> String {
    parts(value).join(";")
}
