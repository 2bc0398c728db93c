//! What a file is, by its first bytes; its name only has to agree.

use std::io::{Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use crate::{Reason, Refused};

/// A shape of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    Xlsx,
    Vcard,
    /// A table of a web page.
    Html,
}

impl Format {
    /// For messages.
    pub fn named(self) -> &'static str {
        match self {
            Self::Csv => "a CSV table",
            Self::Xlsx => "an XLSX workbook",
            Self::Vcard => "a vCard file",
            Self::Html => "a web page",
        }
    }

    /// What the end of a name promises; none when it promises nothing known.
    fn promised(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        match end.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            "vcf" | "vcard" => Some(Self::Vcard),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
}

/// Bytes looked at.
const HEAD: usize = 4096;

/// What the file is; refuses what cannot be read and names that lie.
pub fn recognise(input: &mut (impl Read + Seek), name: &str) -> Result<Format, Refused> {
    let mut head = Vec::with_capacity(HEAD);
    let unreadable = |error: std::io::Error| Refused(Reason::Unreadable(error.to_string()));
    input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    input
        .by_ref()
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(unreadable)?;
    input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let found = of_bytes(&head)?;
    match Format::promised(name) {
        Some(promised) if promised != found => Err(Refused(Reason::NotWhatItSays {
            named: name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            is: found.named().to_owned(),
        })),
        _ => Ok(found),
    }
}

fn of_bytes(head: &[u8]) -> Result<Format, Refused> {
    if head.is_empty() {
        return Err(Refused(Reason::Empty));
    }
    let is = |what: &str| Err(Refused(Reason::NotImportable { is: what.to_owned() }));
    if head.starts_with(b"PK\x03\x04") {
        if contains(head, b"opendocument") {
            return is("an OpenDocument file");
        }
        // Whether the archive is a workbook is seen when it is opened.
        return Ok(Format::Xlsx);
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return is("an old Excel workbook (.xls) or a protected one");
    }
    if head.starts_with(b"%PDF") {
        return is("a PDF document");
    }
    const BINARY: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"7z\xbc\xaf",
        b"Rar!",
        b"\x7fELF",
    ];
    if BINARY.iter().any(|mark| head.starts_with(mark)) {
        return is("no text");
    }
    let text = crate::encoding::sniffed_text(head);
    let start = text.trim_start().to_ascii_lowercase();
    if start.starts_with("begin:vcard") {
        return Ok(Format::Vcard);
    }
    let of_page = [
        "<!doctype html",
        "<html",
        "<head",
        "<meta",
        "<body",
        "<style",
        "<table",
    ];
    if start.starts_with('<') && !start.contains("<workbook") && of_page.iter().any(|tag| start.contains(tag))
    {
        return Ok(Format::Html);
    }
    if start.starts_with("<?xml") {
        return is("an XML document");
    }
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
        .count();
    if odd * 10 > text.chars().count() {
        return is("no text");
    }
    Ok(Format::Csv)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
