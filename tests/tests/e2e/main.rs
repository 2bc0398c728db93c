//! Journeys through the whole system: real servers, five processes, outside systems of other people's making.
//! One file a journey. What the harness offers is in the crate `e2e`.

mod harness;
