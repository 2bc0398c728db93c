//! Builds elements out of tags that need not match: what the format allows decides what a stray tag means.

use super::text::{breaks_line, decode_entities};
use super::token::{Token, Tokens};

/// Deepest nesting kept; deeper elements become text of their ancestor.
const MAX_DEPTH: usize = 40;
/// Most elements of one document.
const MAX_ELEMENTS: usize = 50_000;

/// An element; names are lower-case, without namespace prefix.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Own text, the pieces joined; entities decoded.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    /// Bytes of the document it covers.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The document ended inside.
    pub(super) cut_off: bool,
    /// Its closing tag was missing.
    pub(super) repaired: bool,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
    }

    /// Children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a Element> {
        self.all(name).next()
    }

    /// Every element below, in document order, itself first.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Element)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }
}

/// Elements that hold others.
const CONTAINERS: &[&str] = &[
    "adf",
    "prospect",
    "vehicle",
    "customer",
    "contact",
    "address",
    "vendor",
    "provider",
    "timeframe",
    "colorcombination",
    "option",
    "finance",
];

/// Elements that hold text.
const LEAVES: &[&str] = &[
    "id",
    "requestdate",
    "year",
    "make",
    "model",
    "vin",
    "stock",
    "trim",
    "doors",
    "bodystyle",
    "transmission",
    "odometer",
    "condition",
    "imagetag",
    "price",
    "pricecomments",
    "comments",
    "comment",
    "name",
    "email",
    "phone",
    "street",
    "apartment",
    "city",
    "regioncode",
    "postalcode",
    "country",
    "url",
    "vendorname",
    "service",
    "description",
    "earliestdate",
    "latestdate",
    "interiorcolor",
    "exteriorcolor",
    "preference",
    "optionname",
    "manufacturercode",
    "weighting",
    "method",
    "amount",
    "balance",
    "leadtype",
    "language",
];

/// Reads everything into one nameless root; never fails.
pub(super) fn build(text: &str, comments_are_transparent: bool) -> Element {
    let mut tokens = Tokens::new(text, comments_are_transparent);
    let mut stack = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        let start = tokens.position();
        let Some(token) = tokens.next() else { break };
        let end = tokens.position();
        match token {
            Token::Text(raw) => push_text(&mut stack, &decode_entities(raw)),
            Token::Literal(raw) => push_text(&mut stack, raw),
            Token::Open {
                name,
                attributes,
                empty,
            } => {
                if is_markup(&stack, &name) || elements >= MAX_ELEMENTS {
                    push_text(&mut stack, if breaks_line(&name) { "\n" } else { " " });
                    continue;
                }
                make_room(&mut stack, &name, start);
                if stack.len() > MAX_DEPTH {
                    push_text(&mut stack, " ");
                    continue;
                }
                elements += 1;
                stack.push(Element {
                    name,
                    attributes,
                    start,
                    end,
                    ..Element::default()
                });
                if empty {
                    pop(&mut stack, end);
                }
            }
            Token::Close { name } => close(&mut stack, &name, start, end),
        }
    }
    while stack.len() > 1 {
        if let Some(top) = stack.last_mut() {
            top.cut_off = true;
        }
        pop(&mut stack, text.len());
    }
    let mut root = stack.pop().unwrap_or_default();
    root.end = text.len();
    root
}

fn push_text(stack: &mut [Element], text: &str) {
    if let Some(top) = stack.last_mut().filter(|top| !top.name.is_empty()) {
        top.text.push_str(text);
    }
}

fn pop(stack: &mut Vec<Element>, end: usize) {
    if let Some(mut done) = stack.pop() {
        done.end = end;
        match stack.last_mut() {
            Some(parent) => parent.children.push(done),
            None => stack.push(done),
        }
    }
}

fn is_leaf(name: &str) -> bool {
    LEAVES.contains(&name)
}

fn is_known(name: &str) -> bool {
    is_leaf(name) || CONTAINERS.contains(&name)
}

/// `<br>`, `<b>` and the like: foreign tags inside text, and breaks anywhere.
fn is_markup(stack: &[Element], name: &str) -> bool {
    let in_text = stack.last().is_some_and(|top| is_leaf(&top.name));
    (in_text && !is_known(name)) || matches!(name, "br" | "hr" | "img" | "meta" | "link" | "input")
}

/// Closes whatever cannot hold the element that begins now.
fn make_room(stack: &mut Vec<Element>, name: &str, at: usize) {
    if stack.last().is_some_and(|top| is_leaf(&top.name)) && is_known(name) {
        pop_repaired(stack, at);
    }
    let closed_by_it = |open: &str| match name {
        "adf" | "prospect" => open != "adf" && is_known(open),
        "vehicle" | "customer" | "vendor" => !matches!(open, "adf" | "prospect") && is_known(open),
        "contact" => matches!(open, "contact" | "address"),
        "address" => open == "address",
        _ => false,
    };
    while stack.last().is_some_and(|top| closed_by_it(&top.name)) {
        pop_repaired(stack, at);
    }
}

fn pop_repaired(stack: &mut Vec<Element>, at: usize) {
    if let Some(top) = stack.last_mut() {
        top.repaired = true;
    }
    pop(stack, at);
}

/// Closes the nearest open element of this name and all it holds; a closing tag of nothing open is dropped.
fn close(stack: &mut Vec<Element>, name: &str, start: usize, end: usize) {
    let Some(depth) = stack.iter().rposition(|open| open.name == name) else {
        if breaks_line(name) {
            push_text(stack, "\n");
        }
        return;
    };
    // A stray `</contact>` inside an open vehicle must not end the prospect around it.
    if depth == 0 || (is_leaf(name) && depth + 1 < stack.len()) {
        return;
    }
    while stack.len() > depth + 1 {
        pop_repaired(stack, start);
    }
    pop(stack, end);
}
