//! Which sign stands between the cells.

use std::io::{Read, Seek};

use crate::{Refused, csv, encoding::Found, limits, table::RawRow};

const KNOWN: [u8; 4] = [b';', b',', b'\t', b'|'];

/// The delimiter under which most column names are known, then the one that cuts rows most alike.
///
/// `known` answers how many of a row's cells are names of columns.
pub fn find<R: Read + Seek>(
    input: &mut R,
    encoding: Found,
    known: &dyn Fn(&RawRow) -> usize,
) -> Result<u8, Refused> {
    let mut best = (0, 0, 0);
    let mut chosen = b';';
    for delimiter in KNOWN {
        let rows = csv::first_rows(input, csv::Layout { encoding, delimiter }, limits::HEADER_ROWS)?;
        // Excel's own hint.
        if let Some([Ok(hint), Ok(rest)]) = rows.first().map(|row| row.cells.as_slice())
            && hint.eq_ignore_ascii_case("sep=")
            && rest.is_empty()
        {
            return Ok(delimiter);
        }
        let names = rows.iter().map(known).max().unwrap_or(0);
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let alike = rows
            .iter()
            .filter(|row| row.cells.len() == width && width > 1)
            .count();
        if (names, alike, width) > best {
            best = (names, alike, width);
            chosen = delimiter;
        }
    }
    Ok(chosen)
}
