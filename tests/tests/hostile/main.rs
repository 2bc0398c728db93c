//! Hostile input against the real processes. What counts as a failure, in every journey here: an answer of 5xx to input
//! that is merely wrong; an answer without a reason; an input that is neither a lead nor kept with its reason; a service
//! that ends, stops being ready or grows without bound; mark-up, template or SQL of a stranger that does anything.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod asking;
mod charsets;
mod floods;
mod forms;
mod imports;
mod markup;
mod memory;
mod messages;
mod overload;
mod pages;
mod slow;
mod sweep;
mod xml;
