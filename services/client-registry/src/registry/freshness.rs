//! How long contacts hold: the limits of a group, by kind and segment (R123).

use std::time::Duration;

use edina_proto::registry::v1::{FreshnessLimit, FreshnessLimits};
use edina_runtime::{caller::Caller, group::GroupId};

use super::{Registry, RegistryError, believed::Believed};
use crate::{
    client::{
        evidence::one_of,
        freshness::{KINDS, Limits, MOST_DAYS, Present, SEGMENTS},
    },
    store,
};

/// Limits by group, read again after a while.
#[derive(Debug, Clone)]
pub(super) struct KnownLimits(Believed<Limits>);

impl Default for KnownLimits {
    fn default() -> Self {
        Self(Believed::new(Duration::from_secs(15)))
    }
}

impl Registry {
    /// The present moment under the group's limits.
    pub(super) async fn present(&self, group: &GroupId) -> Result<Present, RegistryError> {
        let now = self.clock.now();
        let limits = match self.limits.0.of(group.as_str()) {
            Some(limits) => limits,
            None => {
                let mut tx = self.database.begin(group).await?;
                let limits = store::freshness::limits(&mut tx, group.as_str()).await?;
                tx.rollback().await?;
                self.limits.0.learn(group.as_str(), limits.clone());
                limits
            }
        };
        Ok(Present { now, limits })
    }

    /// The limits of the group.
    pub async fn freshness_limits(&self, caller: &Caller) -> Result<FreshnessLimits, RegistryError> {
        let mut tx = self.begin(caller).await?;
        let limits = store::freshness::limits(&mut tx, caller.group.as_str()).await?;
        tx.rollback().await?;
        Ok(wire(&limits))
    }

    /// Sets a limit, in days.
    pub async fn set_freshness_limit(
        &self,
        caller: &Caller,
        kind: &str,
        segment: &str,
        days: u32,
    ) -> Result<FreshnessLimits, RegistryError> {
        one_of("kind", kind, &KINDS)?;
        one_of("segment", segment, &SEGMENTS)?;
        let days = i32::try_from(days)
            .ok()
            .filter(|_| (1..=MOST_DAYS).contains(&days))
            .ok_or_else(|| RegistryError::invalid("days", format!("must be 1 to {MOST_DAYS}")))?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        store::freshness::set(
            &mut tx,
            group,
            (kind, segment, days),
            self.clock.now(),
            caller.employee_id(),
        )
        .await?;
        let limits = store::freshness::limits(&mut tx, group).await?;
        tx.commit().await?;
        self.limits.0.forget(group);
        Ok(wire(&limits))
    }
}

fn wire(limits: &Limits) -> FreshnessLimits {
    let limit = |(kind, segment): (&str, &str)| FreshnessLimit {
        kind: kind.to_owned(),
        segment: segment.to_owned(),
        days: limits.days(kind, segment),
    };
    FreshnessLimits {
        limits: KINDS
            .iter()
            .flat_map(|kind| SEGMENTS.map(|segment| limit((kind, segment))))
            .collect(),
    }
}
