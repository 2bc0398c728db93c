//! Whether a service can do its work: each part says so, `/readyz` and gRPC health answer for all.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How a condition stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// Work waits and catches up by itself; the service still accepts.
    Behind(String),
    /// Nothing can be accepted.
    Down(String),
}

/// Named conditions; ready while none of them is down.
///
/// Accepting never depends on a neighbour, so only the service's own database can take a service out; a broker or a
/// listener that is away is said, but does not. Also said as metrics, `edina_ready` and `edina_dependency_up`.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    service: &'static str,
    conditions: Arc<Mutex<BTreeMap<&'static str, State>>>,
}

impl Readiness {
    /// Of the service with this name.
    pub fn of(service: &'static str) -> Self {
        Self {
            service,
            ..Self::default()
        }
    }

    /// Says that a condition holds.
    pub fn up(&self, condition: &'static str) {
        self.set(condition, State::Up);
    }

    /// Says that work waits for this condition, and why; the service stays ready.
    pub fn behind(&self, condition: &'static str, why: impl Into<String>) {
        self.set(condition, State::Behind(why.into()));
    }

    /// Says that the service can accept nothing, and why.
    pub fn down(&self, condition: &'static str, why: impl Into<String>) {
        self.set(condition, State::Down(why.into()));
    }

    fn set(&self, condition: &'static str, state: State) {
        let ready = {
            let mut conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
            if conditions.insert(condition, state.clone()).as_ref() == Some(&state) {
                return;
            }
            !conditions.values().any(|state| matches!(state, State::Down(_)))
        };
        let number = |is: bool| if is { 1.0 } else { 0.0 };
        metrics::gauge!("edina_ready", "service" => self.service).set(number(ready));
        metrics::gauge!("edina_dependency_up", "service" => self.service, "dependency" => condition)
            .set(number(state == State::Up));
    }

    /// The conditions that take the service out, with the reasons; empty when ready.
    pub fn unmet(&self) -> BTreeMap<&'static str, String> {
        self.collect(|state| match state {
            State::Down(why) => Some(why.clone()),
            State::Up | State::Behind(_) => None,
        })
    }

    /// The conditions that work waits for, with the reasons.
    pub fn waiting(&self) -> BTreeMap<&'static str, String> {
        self.collect(|state| match state {
            State::Behind(why) => Some(why.clone()),
            State::Up | State::Down(_) => None,
        })
    }

    fn collect(&self, pick: impl Fn(&State) -> Option<String>) -> BTreeMap<&'static str, String> {
        let conditions = self.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        conditions
            .iter()
            .filter_map(|(name, state)| Some((*name, pick(state)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_down_takes_the_service_out() {
        let readiness = Readiness::default();
        readiness.up("postgres");
        readiness.behind("nats", "away");
        assert!(readiness.unmet().is_empty());
        assert_eq!(readiness.waiting().len(), 1);
        readiness.down("postgres", "away");
        assert_eq!(readiness.unmet().into_keys().collect::<Vec<_>>(), ["postgres"]);
    }
}
