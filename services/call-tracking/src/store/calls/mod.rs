//! Calls. One statement a function.

mod following;
mod marking;
mod reading;
mod row;

pub use following::{end_left_over, insert, of_number, update};
pub use marking::{follow, mark_answered_announced, mark_ended_announced, resolve, set_result, set_task};
pub use reading::{CallFilter, get, get_for_update, list, live};
pub use row::{CallRow, CallWrite};
