//! Splits mark-up into tags and text, forgiving everything; each token knows the bytes it was made of.

/// A piece of the document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Open {
        name: String,
        attributes: Vec<(String, String)>,
        empty: bool,
    },
    Close {
        name: String,
    },
    /// Text with entities still in it.
    Text(&'a str),
    /// The inside of a CDATA section: literal.
    Literal(&'a str),
}

/// Most attributes kept of one tag; the rest is skipped.
const MAX_ATTRIBUTES: usize = 32;
/// Longest attribute value kept, in bytes.
const MAX_VALUE: usize = 1024;
/// Longest tag name; anything longer is text.
const MAX_NAME: usize = 64;
/// Furthest the end of a tag is looked for: beyond it, `<` was just a character.
const MAX_TAG: usize = 16 * 1024;

/// Remembers where a mark comes next, so that hostile input costs one pass, not one pass a mark.
struct Landmark {
    needle: &'static str,
    known: Option<Option<usize>>,
}

impl Landmark {
    fn new(needle: &'static str) -> Self {
        Self { needle, known: None }
    }

    /// The first occurrence at or after `from`, in bytes of the whole text. Ask with growing `from` only.
    fn after(&mut self, text: &str, from: usize) -> Option<usize> {
        match self.known {
            Some(None) => None,
            Some(Some(at)) if at >= from => Some(at),
            _ => {
                let found =
                    find_ignoring_case(text.get(from..).unwrap_or_default(), self.needle).map(|at| at + from);
                self.known = Some(found);
                found
            }
        }
    }
}

pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The document itself stands inside a comment: comment marks are then nothing but noise.
    comments_are_transparent: bool,
    /// A declaration without an end was met: later ones are not searched for theirs.
    declarations_broken: bool,
    comment_end: Landmark,
    literal_end: Landmark,
    instruction_end: Landmark,
    prospect_end: Landmark,
    closing_tag: Landmark,
    closing_comment: Landmark,
    leads: [Landmark; 3],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, comments_are_transparent: bool) -> Self {
        Self {
            text,
            at: 0,
            comments_are_transparent,
            declarations_broken: false,
            comment_end: Landmark::new("-->"),
            literal_end: Landmark::new("]]>"),
            instruction_end: Landmark::new(">"),
            prospect_end: Landmark::new("</prospect"),
            closing_tag: Landmark::new("</"),
            closing_comment: Landmark::new("</comment"),
            leads: LEADS.map(Landmark::new),
        }
    }

    /// Start of what comes next, in bytes.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('<') {
                return Some(self.text_until_tag(0));
            }
            if rest.starts_with("<![CDATA[") {
                return Some(self.literal());
            }
            if rest.starts_with("<!--") {
                self.skip_comment();
                continue;
            }
            if rest.starts_with("<!") {
                self.skip_declaration();
                continue;
            }
            // `<?xml …?>`, `<?adf …?>`; some end with a bare `>`.
            if rest.starts_with("<?") {
                self.at = self
                    .instruction_end
                    .after(self.text, self.at)
                    .map_or(self.at + 2, |end| end + 1);
                continue;
            }
            return match read_tag(rest) {
                Some((token, length)) => {
                    self.at += length;
                    Some(token)
                }
                None => Some(self.text_until_tag(1)),
            };
        }
    }

    /// Everything up to the next `<` after `skip` bytes.
    fn text_until_tag(&mut self, skip: usize) -> Token<'a> {
        let rest = &self.text[self.at..];
        let end = rest[skip..].find('<').map_or(rest.len(), |at| at + skip);
        self.at += end;
        Token::Text(&rest[..end])
    }

    fn literal(&mut self) -> Token<'a> {
        let from = self.at + "<![CDATA[".len();
        let end = self.literal_end.after(self.text, from);
        let prospect_end = self.prospect_end.after(self.text, from);
        // A section that swallows the end of its prospect was never closed: it ends at the next closing tag.
        let (to, next) = match (end, prospect_end) {
            (Some(end), None) => (end, end + 3),
            (Some(end), Some(prospect)) if end < prospect => (end, end + 3),
            (_, Some(_)) => {
                let at = self.closing_tag.after(self.text, from).unwrap_or(self.text.len());
                (at, at)
            }
            (None, None) => {
                let at = self
                    .closing_comment
                    .after(self.text, from)
                    .unwrap_or(self.text.len());
                (at, at)
            }
        };
        self.at = next;
        Token::Literal(&self.text[from..to])
    }

    /// Skips a comment whole; its opening mark only, when it is unclosed or the document stands inside it.
    fn skip_comment(&mut self) {
        let from = self.at + 4;
        let end = self.comment_end.after(self.text, from);
        let text = self.text;
        let holds_lead = |leads: &mut [Landmark; 3], end: usize| {
            leads
                .iter_mut()
                .any(|lead| lead.after(text, from).is_some_and(|at| at < end))
        };
        self.at = match end {
            Some(end) if !self.comments_are_transparent || !holds_lead(&mut self.leads, end) => end + 3,
            _ => from,
        };
    }

    /// `<!DOCTYPE …>` with its inner subset is skipped unread: no entity is ever defined, none is expanded or fetched.
    fn skip_declaration(&mut self) {
        let rest = &self.text[self.at..];
        let length = if self.declarations_broken {
            None
        } else {
            declaration_length(rest)
        };
        self.declarations_broken |= length.is_none();
        self.at += length.unwrap_or(2);
    }
}

/// Length of the declaration at the start of `rest`; `None` when it has no end, or an end that would swallow a lead.
fn declaration_length(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') => depth += 1,
            (None, b'>') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (!has_lead(&rest[..at])).then_some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name_byte(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':')
}

/// Reads the tag at the start of `rest`; `None` when the `<` does not begin one.
fn read_tag<'a>(rest: &str) -> Option<(Token<'a>, usize)> {
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
    super::text::decode_entities(&value[..end])
}

/// Tags that tell a lead.
const LEADS: [&str; 3] = ["<adf", "<prospect", "<customer"];

/// True when the text opens a prospect or a whole ADF document.
pub(super) fn has_lead(text: &str) -> bool {
    LEADS.iter().any(|tag| find_ignoring_case(text, tag).is_some())
}

/// Where ASCII `needle` (in lower case) first occurs, whatever the case in `text`.
pub(super) fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes()
        .windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}
