//! Bytes to text when nobody can be trusted about the charset: mark, validity, declaration, then statistics.
//!
//! Valid UTF-8 wins over any declaration, since Cyrillic in a one-byte charset is hardly ever valid UTF-8 by chance.

use encoding_rs::{Encoding, IBM866, KOI8_R, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

/// Where a declaration is looked for.
const DECLARATION_BYTES: usize = 1024;

/// Text and how sure the charset is.
pub struct Decoded {
    pub text: String,
    /// Guessed, or other than declared, or with bytes that meant nothing.
    pub guessed: bool,
}

/// Decodes; `declared` is the charset of the transport (`Content-Type`), if any. Never fails: unreadable bytes become U+FFFD.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, _, bad) = encoding.decode(bytes);
        return Decoded {
            text: text.into_owned(),
            guessed: bad,
        };
    }
    if let Some(encoding) = wide_without_mark(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return Decoded {
            text: text.into_owned(),
            guessed: true,
        };
    }
    let label = declared.map(str::to_owned).or_else(|| declared_inside(bytes));
    let declared = label.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let contradicts = declared.is_some_and(|encoding| encoding != UTF_8) && !text.is_ascii();
            return Decoded {
                text: text.to_owned(),
                guessed: contradicts,
            };
        }
        Err(error) if mostly_utf8(bytes, error) => {
            return Decoded {
                text: String::from_utf8_lossy(bytes).into_owned(),
                guessed: true,
            };
        }
        Err(_) => {}
    }
    let sniffed = sniff(bytes);
    let (encoding, guessed) = match declared {
        // A Western declaration over Cyrillic bytes is the default of some template, not a statement.
        Some(encoding) if encoding == WINDOWS_1252 && sniffed != WINDOWS_1252 => (sniffed, true),
        Some(encoding) if encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE => {
            (encoding, false)
        }
        _ => (sniffed, true),
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text: text.into_owned(),
        guessed,
    }
}

/// UTF-16 without a mark: every other byte of the ASCII mark-up at the start is zero.
fn wide_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(64)];
    if head.len() < 8 {
        return None;
    }
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let half = head.len() / 2;
    if zeros(1) * 10 >= half * 8 && zeros(0) == 0 {
        Some(UTF_16LE)
    } else if zeros(0) * 10 >= half * 8 && zeros(1) == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The value of `encoding="…"` or `charset=…` near the start.
fn declared_inside(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]).to_ascii_lowercase();
    ["encoding", "charset"].iter().find_map(|word| {
        let rest = &head[head.find(word)? + word.len()..];
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let rest = rest
            .strip_prefix("3d")
            .unwrap_or(rest)
            .trim_start_matches(['"', '\'']);
        let label: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
            .collect();
        (!label.is_empty()).then_some(label)
    })
}

/// UTF-8 that was cut in the middle of a character or carries a few foreign bytes.
fn mostly_utf8(bytes: &[u8], error: std::str::Utf8Error) -> bool {
    if error.error_len().is_none() && bytes[..error.valid_up_to()].iter().any(|byte| *byte >= 0x80) {
        return true;
    }
    let text = String::from_utf8_lossy(bytes);
    let bad = text.chars().filter(|c| *c == '\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    good > bad * 4
}

/// Chooses among the one-byte charsets by how Russian the text comes out.
fn sniff(bytes: &[u8]) -> &'static Encoding {
    let run = bytes
        .split(|byte| *byte < 0x80)
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    if run < 3 {
        return WINDOWS_1252;
    }
    let score = |encoding: &'static Encoding| russian(&encoding.decode_without_bom_handling(bytes).0);
    [WINDOWS_1251, KOI8_R, IBM866]
        .into_iter()
        .map(|encoding| (score(encoding), encoding))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or(WINDOWS_1251, |(_, encoding)| encoding)
}

/// Frequent lower-case letters speak for, a capital after a small letter and anything not Russian speak against.
fn russian(text: &str) -> i64 {
    let mut score = 0;
    let mut after_small = false;
    for c in text.chars() {
        let small = matches!(c, 'а'..='я' | 'ё');
        score += match c {
            'о' | 'е' | 'а' | 'и' | 'н' | 'т' | 'с' | 'р' | 'в' | 'л' => 3,
            _ if small => 1,
            'А'..='Я' | 'Ё' if after_small => -4,
            'А'..='Я' | 'Ё' | '№' | '«' | '»' | '–' | '—' | '\u{a0}' => 0,
            _ if c.is_ascii() => 0,
            _ => -3,
        };
        after_small = small;
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<adf>Здравствуйте, хочу записаться на тест-драйв. Иван Петров</adf>";

    #[test]
    fn russian_in_every_charset_without_a_declaration() {
        for encoding in [UTF_8, WINDOWS_1251, KOI8_R, IBM866] {
            let bytes = encoding.encode(TEXT).0;
            assert_eq!(decode(&bytes, None).text, TEXT, "{}", encoding.name());
        }
        let wide: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(
            decode(&[&[0xff, 0xfe], wide.as_slice()].concat(), None)
                .text
                .contains("Иван")
        );
    }

    #[test]
    fn declaration_that_lies() {
        let bytes = WINDOWS_1251.encode(TEXT).0;
        assert_eq!(decode(&bytes, Some("utf-8")).text, TEXT);
        assert_eq!(decode(&bytes, Some("iso-8859-1")).text, TEXT);
        assert_eq!(decode(TEXT.as_bytes(), Some("windows-1251")).text, TEXT);
        assert!(decode(TEXT.as_bytes(), Some("windows-1251")).guessed);
    }

    #[test]
    fn western_name_and_cut_character() {
        assert_eq!(decode(b"<name>Jos\xe9</name>", None).text, "<name>José</name>");
        let cut = &"Иван".as_bytes()[..7];
        assert!(decode(cut, None).text.starts_with("Ива"));
    }
}
