//! The only module with SQL. Functions join the caller's transaction, which carries the group.

pub mod calls;
pub mod cardless_calls;
pub mod pbx_readers;
pub mod tasks;
