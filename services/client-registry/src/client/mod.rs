//! PURE: evidence in, card out. No SQL, no gRPC, no async.

pub mod brief;
pub mod card;
pub mod company;
pub mod completeness;
pub mod component;
pub mod consent;
pub mod contacts;
mod display_name;
pub mod evidence;
pub mod freshness;
pub mod history;
pub mod marks;
pub mod ownership;
pub mod record;
pub mod related;
pub mod relations;
pub mod search_terms;
pub mod summary;
pub mod survivorship;
pub mod texts;
pub mod vehicles;
pub mod why;
pub mod worth;
