//! Who is who: why or why not for any two, and what decides it: the model, its thresholds, taking its work back.

mod explain;
mod settings;

pub use explain::explain;
pub use settings::{set, show, train, undo_model};
