//! Files of other systems, row by row, as source records of the registry.
//!
//! [`ImportFile::open`] looks what a file really is ([`format`]), refuses what it cannot be, and finds encoding,
//! delimiter, sheet, header and [`Mapping`]. [`ImportFile::preview`] shows how it will be understood;
//! [`ImportFile::visit`] hands out every row from a given place on, each a record or a [`Rejected`] with line, column
//! and reason; [`ImportFile::ahead`] reads portions of rows while others are sent, [`Trial`] sends those of a dry run with
//! what belongs to them. Readers of CSV ([`csv`]), XLSX ([`xlsx`]), vCard ([`vcard`])
//! and tables of web pages ([`html`]) stream within the bounds of [`limits`].
//! No network, no database, no clock: the same file, mapping and [`Settings`] give the same records every time.

mod ahead;
pub mod csv;
pub mod encoding;
pub mod field;
mod file;
pub mod format;
pub mod html;
pub mod kind;
pub mod limits;
pub mod mapping;
mod portion;
mod preview;
pub mod reason;
mod record;
pub mod table;
mod trial;
pub mod value;
pub mod vcard;
pub mod xlsx;

pub use file::{ImportFile, ReadRow, key, salted};
pub use kind::Kind;
pub use mapping::Mapping;
pub use portion::{LeftOut, Part, Portion};
pub use preview::{Preview, PreviewColumn, PreviewRow};
pub use reason::{Reason, Refused, Rejected};
pub use record::Settings;
pub use trial::{Asked, Closeness, MOST_TOGETHER, Trial};
