//! Which cell formats show a number as a date.

use std::{collections::HashSet, io::Read};

use quick_xml::events::Event;

use super::{
    counted::Counted,
    markup::{Markup, attribute, number},
};
use crate::{Reason, Refused, limits};

/// Formats by their number in the style sheet.
pub(super) struct Formats {
    dates: Vec<bool>,
    pub(super) since_1904: bool,
}

impl Formats {
    /// A workbook without formats.
    pub(super) fn none(since_1904: bool) -> Self {
        Self {
            dates: Vec::new(),
            since_1904,
        }
    }

    pub(super) fn read<R: Read>(part: Counted<R>, since_1904: bool) -> Result<Self, Refused> {
        let mut markup = Markup::new(part);
        let mut codes = HashSet::new();
        let mut dates = Vec::new();
        let mut in_cells = false;
        loop {
            match markup.next()? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "numFmt" => {
                        let code = attribute(&tag, "formatCode").unwrap_or_default();
                        if is_date_code(&code) && codes.len() < limits::FORMATS {
                            codes.insert(number(&tag, "numFmtId"));
                        }
                    }
                    "cellXfs" => in_cells = true,
                    "xf" if in_cells => {
                        if dates.len() >= limits::FORMATS {
                            return Err(Refused(Reason::Bomb("cell formats".to_owned())));
                        }
                        let format = number(&tag, "numFmtId");
                        dates.push(is_builtin_date(format) || codes.contains(&format));
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => in_cells = false,
                Event::Eof => return Ok(Self { dates, since_1904 }),
                _ => {}
            }
        }
    }

    pub(super) fn is_date(&self, format: usize) -> bool {
        self.dates.get(format).copied().unwrap_or(false)
    }
}

/// Formats every workbook has without saying so.
fn is_builtin_date(format: usize) -> bool {
    matches!(format, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// Days, months, years, hours or seconds outside of quotes, brackets and escapes.
fn is_date_code(code: &str) -> bool {
    let mut quoted = false;
    let mut bracket = false;
    let mut escaped = false;
    for c in code.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' => bracket = true,
            ']' => bracket = false,
            _ if bracket => {}
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return true,
            // The first part is for positive numbers; that decides.
            ';' => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_date_code;

    #[test]
    fn codes_of_dates_and_of_money() {
        for code in [
            "dd.mm.yyyy",
            "[$-419]d mmm yyyy;@",
            "m/d/yy h:mm",
            "yyyy\\-mm\\-dd",
        ] {
            assert!(is_date_code(code), "{code}");
        }
        for code in ["General", "0", "#,##0.00\\ \"руб.\"", "[Red]0.00", "@", "0_d"] {
            assert!(!is_date_code(code), "{code}");
        }
    }
}
