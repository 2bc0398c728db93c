//! The texts cells point to, end to end in one piece of memory.

use std::io::Read;

use quick_xml::events::Event;

use super::{
    counted::Counted,
    markup::{Markup, add_text},
};
use crate::{Reason, Refused, encoding, limits, table::Cell};

/// Texts by number.
#[derive(Default)]
pub(super) struct Shared {
    text: String,
    ends: Vec<usize>,
}

impl Shared {
    pub(super) fn read<R: Read>(part: Counted<R>) -> Result<Self, Refused> {
        let mut markup = Markup::new(part);
        let mut shared = Self::default();
        let mut one = String::new();
        // Readings of Japanese names stand beside the text and are no part of it.
        let (mut inside, mut aside) = (false, false);
        loop {
            match markup.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "si" => one.clear(),
                    "t" => inside = true,
                    "rPh" => aside = true,
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    "si" => shared.add(&one)?,
                    "t" => inside = false,
                    "rPh" => aside = false,
                    _ => {}
                },
                Event::Eof => return Ok(shared),
                event if inside && !aside => add_text(&mut one, &event),
                _ => {}
            }
        }
    }

    fn add(&mut self, text: &str) -> Result<(), Refused> {
        if self.ends.len() >= limits::SHARED_TEXTS {
            return Err(Refused(Reason::Bomb(format!("{} shared texts", self.ends.len()))));
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
        Ok(())
    }

    /// A text as a cell; a number nothing stands under is an error of the cell.
    pub(super) fn cell(&self, number: &str) -> Cell {
        let at = number.trim().parse::<usize>().ok();
        let found = at.and_then(|at| {
            let start = at
                .checked_sub(1)
                .map_or(Some(0), |before| self.ends.get(before).copied())?;
            self.text.get(start..*self.ends.get(at)?)
        });
        found.map_or_else(
            || Err(Reason::ErrorValue(format!("shared text {:.20}", number.trim()))),
            encoding::bounded,
        )
    }
}
