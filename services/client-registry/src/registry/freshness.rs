//! How long contacts hold: the limits of a group, by kind and segment (R123).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use edina_proto::registry::v1::{FreshnessLimit, FreshnessLimits};
use edina_runtime::{caller::Caller, group::GroupId};

use super::{Registry, RegistryError};
use crate::{
    client::{
        evidence::one_of,
        freshness::{KINDS, Limits, MOST_DAYS, Present, SEGMENTS},
    },
    store,
};

/// How long limits are believed without another look.
const BELIEVED: Duration = Duration::seconds(15);

/// Limits by group, read again after a while.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownLimits(Arc<Mutex<ByGroup>>);

/// When they were read, and what they were.
type ByGroup = HashMap<GroupId, (DateTime<Utc>, Limits)>;

impl Registry {
    /// The present moment under the group's limits.
    pub(super) async fn present(&self, group: &GroupId) -> Result<Present, RegistryError> {
        let now = self.clock.now();
        let known = {
            let known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
            known
                .get(group)
                .filter(|(read_at, _)| now - *read_at < BELIEVED)
                .map(|(_, limits)| limits.clone())
        };
        let limits = match known {
            Some(limits) => limits,
            None => {
                let mut tx = self.database.begin(group).await?;
                let limits = store::freshness::limits(&mut tx, group.as_str()).await?;
                tx.rollback().await?;
                let mut known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(group.clone(), (now, limits.clone()));
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
        let mut known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&caller.group);
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
