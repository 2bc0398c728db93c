//! One stack, one registry and one lead-intake for all tests; every test has a dealership group of its own.
//!
//! A test that moves the clock, or needs a registry that is away, starts a lead-intake of its own on its own database.

mod answer;
mod documents;
mod facts;
mod group;
mod world;

use std::time::Duration;

pub use answer::Answer;
pub use documents::{document, one, prospect};
pub use group::{BRANCH, Group, id, seller};
pub use world::run;

/// Asks until the condition holds, within a deadline.
pub async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: not within 30 seconds"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
