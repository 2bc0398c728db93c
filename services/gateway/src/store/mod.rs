//! The only module with SQL. Every function works inside a transaction of one dealership group.

pub mod accounts;
pub mod directory;
pub mod failures;
pub mod groups;
pub mod imports;
pub mod sessions;
pub mod switches;
pub mod tokens;
