//! The only module with SQL.

pub mod dispatches;
pub mod message_list;
pub mod messages;
pub mod receipts;
pub mod suppressions;
pub mod turns;
pub mod wordings;
