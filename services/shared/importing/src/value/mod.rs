//! Texts of cells as values: dates, amounts, digits, consents, cars.

pub mod amount;
pub mod consent;
pub mod date;
pub mod digits;
pub mod list;
pub mod vehicle;
