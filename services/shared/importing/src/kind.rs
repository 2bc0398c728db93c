//! Kinds of files: what their rows are and how their columns are called. The names are data, in `kinds/`.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::{field::Field, format::Format};

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A list of people or companies, one a row.
    #[serde(rename = "contacts")]
    Contacts,
    /// Sales out of a dealer management system.
    #[serde(rename = "sales-dms")]
    SalesDms,
    /// Repair orders out of one.
    #[serde(rename = "service-dms")]
    ServiceDms,
    /// amoCRM's export of contacts and companies.
    #[serde(rename = "amocrm")]
    AmoCrm,
    /// Bitrix24's export of contacts and companies.
    #[serde(rename = "bitrix24")]
    Bitrix24,
    /// Lists of counterparties out of 1C.
    #[serde(rename = "1c")]
    OneC,
    /// Cards of a telephone or mail program.
    #[serde(rename = "vcard")]
    Vcard,
}

/// What is known about a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    source: String,
    record: String,
    department: String,
    document: bool,
    columns: BTreeMap<Field, Vec<String>>,
}

struct Data {
    known: Known,
    /// Normalised name of a column to its field.
    fields: BTreeMap<String, Field>,
}

static COMMON: &str = include_str!("kinds/common.json");
static KINDS: LazyLock<BTreeMap<Kind, Data>> = LazyLock::new(|| {
    let common: BTreeMap<Field, Vec<String>> = serde_json::from_str(COMMON).unwrap_or_default();
    let read = |text: &str| serde_json::from_str::<Known>(text).ok();
    Kind::ALL
        .into_iter()
        .filter_map(|kind| {
            let known = read(kind.file())?;
            let mut fields = BTreeMap::new();
            for (field, names) in common.iter().chain(&known.columns) {
                for name in names {
                    fields.insert(plain(name), *field);
                }
            }
            Some((kind, Data { known, fields }))
        })
        .collect()
});

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Contacts,
        Self::SalesDms,
        Self::ServiceDms,
        Self::AmoCrm,
        Self::Bitrix24,
        Self::OneC,
        Self::Vcard,
    ];

    fn file(self) -> &'static str {
        match self {
            Self::Contacts => include_str!("kinds/contacts.json"),
            Self::SalesDms => include_str!("kinds/sales-dms.json"),
            Self::ServiceDms => include_str!("kinds/service-dms.json"),
            Self::AmoCrm => include_str!("kinds/amocrm.json"),
            Self::Bitrix24 => include_str!("kinds/bitrix24.json"),
            Self::OneC => include_str!("kinds/1c.json"),
            Self::Vcard => include_str!("kinds/vcard.json"),
        }
    }

    /// Its name on the command line and in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::SalesDms => "sales-dms",
            Self::ServiceDms => "service-dms",
            Self::AmoCrm => "amocrm",
            Self::Bitrix24 => "bitrix24",
            Self::OneC => "1c",
            Self::Vcard => "vcard",
        }
    }

    fn data(self) -> Option<&'static Data> {
        KINDS.get(&self)
    }

    /// `source` of its records.
    pub fn source(self) -> &'static str {
        self.data().map_or("import", |data| &data.known.source)
    }

    /// `kind` of its records.
    pub fn record(self) -> &'static str {
        self.data().map_or("contact", |data| &data.known.record)
    }

    /// Department of its records unless another is said; may be empty.
    pub fn department(self) -> &'static str {
        self.data().map_or("", |data| &data.known.department)
    }

    /// Whether a row is a document, which is said once, and not the present state of a card.
    pub fn is_document(self) -> bool {
        self.data().is_some_and(|data| data.known.document)
    }

    /// Whether files of that shape may be of this kind.
    pub fn comes_as(self, format: Format) -> bool {
        (self == Self::Vcard) == (format == Format::Vcard)
    }

    /// The field of a column by its name, and which one of its kind it is (`Телефон 2` is the second), from 1.
    pub fn field_of(self, header: &str) -> Option<(Field, usize)> {
        let fields = &self.data()?.fields;
        let name = plain(header);
        if let Some(field) = fields.get(&name) {
            return Some((*field, 1));
        }
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let nth = name[bare.len()..]
            .parse::<usize>()
            .ok()
            .filter(|nth| (1..=32).contains(nth))?;
        fields.get(bare.trim_end()).map(|field| (*field, nth))
    }

    /// Some names of columns it knows, for messages.
    pub fn examples(self) -> String {
        let shown = [
            Field::Name,
            Field::FullName,
            Field::Phone,
            Field::Email,
            Field::Vin,
            Field::Id,
        ];
        let Some(data) = self.data() else {
            return String::new();
        };
        let first = |field: &Field| {
            data.known
                .columns
                .get(field)
                .and_then(|names| names.first().cloned())
        };
        let mut names: Vec<String> = shown.iter().filter_map(first).collect();
        if names.is_empty() {
            names = ["ФИО", "Телефон", "E-mail", "VIN"].map(str::to_owned).to_vec();
        }
        names.join(", ")
    }
}

/// A header without case, signs and doubled blanks.
pub(crate) fn plain(header: &str) -> String {
    let mut out = String::new();
    for c in header.chars().take(crate::limits::HEADER_CHARS) {
        match c {
            'ё' | 'Ё' => out.push('е'),
            '№' => out.push('№'),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ if out.ends_with(' ') || out.is_empty() => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No such kind.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no kind of file; there are contacts, sales-dms, service-dms, amocrm, bitrix24, 1c and vcard")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownKind(text.chars().take(40).collect()))
    }
}
