//! Whether a service can do its work: each part says so, `/readyz` and gRPC health answer for all.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Named conditions; ready when every one of them holds.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    conditions: Arc<Mutex<BTreeMap<&'static str, Result<(), String>>>>,
}

impl Readiness {
    /// Says that a condition holds.
    pub fn up(&self, condition: &'static str) {
        self.set(condition, Ok(()));
    }

    /// Says that a condition does not hold, and why.
    pub fn down(&self, condition: &'static str, why: impl Into<String>) {
        self.set(condition, Err(why.into()));
    }

    fn set(&self, condition: &'static str, state: Result<(), String>) {
        self.conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(condition, state);
    }

    /// The conditions that do not hold, with the reasons; empty when ready.
    pub fn unmet(&self) -> BTreeMap<&'static str, String> {
        let conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        conditions
            .iter()
            .filter_map(|(name, state)| Some((*name, state.clone().err()?)))
            .collect()
    }
}
