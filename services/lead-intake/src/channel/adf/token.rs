//! Splits mark-up into tags and text, forgiving everything; each token knows the bytes it was made of.

use super::tag::read_tag;

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
