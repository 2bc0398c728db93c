//! Character data: entities, mark-up inside text, blanks and lengths.

/// Longest entity name worth looking up.
const MAX_ENTITY: usize = 10;

/// Entities that templates emit; everything else stays as it is written.
const ENTITIES: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("ndash", "–"),
    ("mdash", "—"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("hellip", "…"),
    ("rsquo", "’"),
    ("lsquo", "‘"),
    ("rdquo", "”"),
    ("ldquo", "“"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
];

/// Replaces the well-known and the numeric entities once; a stray `&` and unknown names stay.
pub(super) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_ENTITY + 2).position(|byte| byte == b';');
        let decoded = end.and_then(|end| entity(&rest[1..end]).map(|value| (value, end + 1)));
        match decoded {
            Some((value, length)) => {
                out.push_str(&value);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(String::from);
    }
    let lower = name.to_ascii_lowercase();
    ENTITIES
        .iter()
        .find(|(known, _)| *known == lower)
        .map(|(_, value)| (*value).to_owned())
}

/// One line: control characters gone, every run of blanks one blank, trimmed; `None` when nothing is left.
pub(super) fn line(text: &str, limit: usize) -> Option<String> {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let joined = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(limit).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Free text: mark-up removed (breaks become line ends), entities decoded, blank runs collapsed within each line.
pub(super) fn prose(text: &str, limit: usize) -> Option<String> {
    let lines: Vec<String> = decode_entities(&strip_tags(text))
        .lines()
        .filter_map(|text| line(text, limit))
        .collect();
    let cut: String = lines.join("\n").chars().take(limit).collect();
    (!cut.is_empty()).then_some(cut)
}

/// Removes `<b>`-like tags; `<br>`, `</p>` and the like end a line. `<` before anything but a letter or `/` is text.
fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match rest
            .bytes()
            .take(512)
            .position(|byte| byte == b'>')
            .filter(|_| is_tag)
        {
            Some(end) if !rest[..end].contains("://") && !rest[..end].contains('@') => {
                let name: String = rest[1..end]
                    .chars()
                    .skip_while(|c| *c == '/')
                    .take_while(char::is_ascii_alphanumeric)
                    .collect::<String>()
                    .to_ascii_lowercase();
                out.push(if breaks_line(&name) { '\n' } else { ' ' });
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Tags after which text stands on a new line.
pub(super) fn breaks_line(name: &str) -> bool {
    matches!(
        name,
        "br" | "p" | "div" | "li" | "tr" | "ul" | "table" | "h1" | "h2" | "h3" | "hr"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_known_numeric_and_stray() {
        assert_eq!(
            decode_entities("A &amp; B & C &#1048;&#x432;&unknown; &"),
            "A & B & C Ив&unknown; &"
        );
        assert_eq!(decode_entities("&lol9;&#xFFFFFFFF;"), "&lol9;&#xFFFFFFFF;");
    }

    #[test]
    fn prose_loses_markup_and_keeps_lines() {
        assert_eq!(
            prose("Цена<br />1 &lt; 2 <b>руб</b>\n\n", 100).as_deref(),
            Some("Цена\n1 < 2 руб")
        );
        assert_eq!(prose("5 < 7 & 8 > 3", 100).as_deref(), Some("5 < 7 & 8 > 3"));
        assert_eq!(prose(" <br/> ", 100), None);
    }
}
