//! One integration binary; a file per behaviour.

mod adf_quirks;
mod adf_samples;
mod forms;
