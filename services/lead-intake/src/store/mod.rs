//! The only module with SQL. Functions join the caller's transaction, which carries the group.

pub mod inputs;
pub mod lead_list;
pub mod leads;
pub mod record_places;
pub mod sources;
pub mod waiting_leads;
