//! The list of sheets and where the other parts are.

use std::{
    collections::HashMap,
    io::{Read, Seek},
};

use quick_xml::events::Event;

use super::{
    archive::Archive,
    markup::{Markup, attribute},
};
use crate::{Reason, Refused, limits};

/// A visible sheet.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) part: String,
}

/// What the workbook says about its parts.
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    pub(super) shared: Option<String>,
    pub(super) styles: Option<String>,
    /// Days are counted from 1904 instead of 1900.
    pub(super) since_1904: bool,
}

const PART: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";

pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Workbook, Refused> {
    if !archive.has(PART) {
        return Err(Refused(Reason::NotImportable {
            is: "a ZIP archive".to_owned(),
        }));
    }
    let targets = if archive.has(RELATIONS) {
        relations(archive)?
    } else {
        Vec::new()
    };
    let by_id: HashMap<&str, &str> = targets
        .iter()
        .map(|relation| (relation.id.as_str(), relation.part.as_str()))
        .collect();
    let by_kind = |kind: &str| {
        let found = targets.iter().find(|relation| relation.kind.ends_with(kind));
        found
            .map(|relation| relation.part.clone())
            .filter(|part| archive.has(part))
    };
    let (shared, styles) = (by_kind("/sharedStrings"), by_kind("/styles"));
    let mut sheets = Vec::new();
    let mut since_1904 = false;
    let mut markup = Markup::new(archive.part(PART, limits::SMALL_PART_BYTES)?);
    loop {
        match markup.next()? {
            Event::Start(tag) if tag.local_name().as_ref() == "sheet" => {
                let hidden = attribute(&tag, "state").is_some_and(|state| state != "visible");
                let name = attribute(&tag, "name").unwrap_or_default();
                let part = attribute(&tag, "id").and_then(|id| by_id.get(id.as_str()).copied());
                if sheets.len() >= limits::SHEETS {
                    return Err(Refused(Reason::Bomb(format!("{} sheets", sheets.len()))));
                }
                if let (false, Some(part)) = (hidden, part) {
                    sheets.push(Sheet {
                        name,
                        part: part.to_owned(),
                    });
                }
            }
            Event::Start(tag) if tag.local_name().as_ref() == "workbookPr" => {
                since_1904 = attribute(&tag, "date1904").is_some_and(|set| set == "1" || set == "true");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    drop(markup);
    sheets.retain(|sheet| archive.has(&sheet.part));
    if sheets.is_empty() {
        return Err(Refused(Reason::Damaged(
            "the workbook has no visible sheet".to_owned(),
        )));
    }
    Ok(Workbook {
        sheets,
        shared,
        styles,
        since_1904,
    })
}

struct Relation {
    id: String,
    kind: String,
    part: String,
}

fn relations<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Vec<Relation>, Refused> {
    let mut markup = Markup::new(archive.part(RELATIONS, limits::SMALL_PART_BYTES)?);
    let mut found = Vec::new();
    loop {
        match markup.next()? {
            Event::Start(tag) if tag.local_name().as_ref() == "Relationship" => {
                let target = attribute(&tag, "Target").unwrap_or_default();
                let part = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("xl/{target}"),
                };
                found.push(Relation {
                    id: attribute(&tag, "Id").unwrap_or_default(),
                    kind: attribute(&tag, "Type").unwrap_or_default(),
                    part,
                });
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}
