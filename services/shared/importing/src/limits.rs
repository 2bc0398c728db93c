//! Every bound of reading, in one place. What is beyond ends in a reason, not in memory.

/// Longest record of a CSV file or card of a vCard file, bytes. Also the most that is held of the file at once.
pub const RECORD_BYTES: usize = 1 << 20;
/// Longest text of one cell, characters; Excel's own bound.
pub const CELL_CHARS: usize = 32_767;
/// Most columns of a table.
pub const COLUMNS: usize = 1024;
/// Longest header, characters.
pub const HEADER_CHARS: usize = 200;
/// Rows looked at for the header: reports begin with titles.
pub const HEADER_ROWS: u64 = 30;
/// Bytes looked at to find the encoding, from the first that is not ASCII.
pub const SNIFFED_BYTES: usize = 256 * 1024;

/// Largest workbook, bytes as stored.
pub const WORKBOOK_BYTES: u64 = 1 << 30;
/// Most parts of a workbook.
pub const WORKBOOK_PARTS: u64 = 10_000;
/// Most visible sheets of a workbook.
pub const SHEETS: usize = 1000;
/// Sheets looked at for a header, from the first; one further on is named in the mapping.
pub const SHEETS_LOOKED_AT: usize = 64;
/// Largest sheet, inflated bytes: a million rows of thirty columns take half of it.
pub const SHEET_BYTES: u64 = 6 << 30;
/// Largest table of shared texts, inflated bytes; it is held in memory.
pub const SHARED_BYTES: u64 = 128 << 20;
/// Most shared texts.
pub const SHARED_TEXTS: usize = 4 << 20;
/// Largest of the other parts (list of sheets, styles), inflated bytes.
pub const SMALL_PART_BYTES: u64 = 16 << 20;
/// How much larger than stored a part may get once it is beyond [`RATIO_FROM_BYTES`]; deflate's own bound is 1032.
pub const RATIO: u64 = 300;
/// Below this size a part may be as repetitive as it likes, inflated bytes.
pub const RATIO_FROM_BYTES: u64 = 32 << 20;
/// Largest piece of XML between two others (one text, one tag), bytes.
pub const XML_EVENT_BYTES: u64 = 16 << 20;
/// Most cell formats of a workbook.
pub const FORMATS: usize = 70_000;

/// Most values of one kind in a record: phones, e-mails, vehicles, consents, extra facts.
pub const VALUES: usize = 32;
/// Longest text of a record the registry takes, bytes.
pub const RECORD_TEXT_BYTES: usize = 16 * 1024;
