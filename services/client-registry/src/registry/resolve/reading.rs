//! A record made comparable.

use chrono::{DateTime, Utc};
use edina_identity::{
    Home, Normalised, Profile, Warning,
    engine::{base, keys},
};
use uuid::Uuid;

use super::Resolved;
use crate::{
    client::{
        evidence::{self, Unusable},
        record::Said,
    },
    registry::import::Row,
    store::records::Identity,
};

/// A record with everything that is asked of it later.
pub(crate) struct Reading<'a> {
    pub(super) said: &'a Said,
    /// Whose it is, if somebody says so.
    pub(super) given: Option<Uuid>,
    pub(super) at: DateTime<Utc>,
    pub(super) normalised: Normalised,
    pub(super) profile: Profile,
    pub(super) keys: Vec<i64>,
    /// The record as it is stored.
    pub(super) raw: String,
    pub(super) hash: Vec<u8>,
}

impl<'a> Reading<'a> {
    /// Reads a record, or says why it cannot be used. One that is given to a client needs nothing to know him by.
    pub(crate) fn of(
        said: &'a Said,
        given: Option<Uuid>,
        now: DateTime<Utc>,
        home: &Home,
    ) -> Result<Self, Unusable> {
        let at = said.occurred_at.unwrap_or(now);
        let normalised = match given {
            None => evidence::read(said, now, home)?,
            Some(_) => edina_identity::normalise(&said.input(at), home),
        };
        let profile = Profile::of(&normalised);
        let raw = serde_json::to_string(said).unwrap_or_default();
        if raw.contains("\\u0000") {
            return Err(evidence::unusable("record", "a text holds a NUL character"));
        }
        Ok(Self {
            said,
            given,
            at,
            keys: keys::numbers(&profile),
            hash: evidence::content_hash(&raw),
            raw,
            normalised,
            profile,
        })
    }

    /// Reads many; beside the readings, for every row whether it was read.
    pub(crate) fn of_rows(
        rows: &'a [Row],
        now: DateTime<Utc>,
        home: &Home,
    ) -> (Vec<Self>, Vec<Result<(), Unusable>>) {
        let mut readings = Vec::with_capacity(rows.len());
        let told = rows
            .iter()
            .map(|row| match row {
                Row::Record(said) => Self::of(said, None, now, home).map(|reading| readings.push(reading)),
                Row::Rejected(why) => Err(why.clone()),
            })
            .collect();
        (readings, told)
    }

    /// What makes it itself.
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            source: &self.said.source,
            external_id: &self.said.external_id,
            content_hash: if self.said.external_id.is_empty() {
                &self.hash
            } else {
                &[]
            },
        }
    }

    /// Numbers of the locks that copies of it, and others of the same new client, take too.
    pub(super) fn lock_numbers(&self, group: &str) -> Vec<i64> {
        evidence::lock_numbers(
            group,
            self.said,
            &self.hash,
            &edina_identity::match_keys(&self.normalised),
        )
    }

    /// Values whose frequency is counted.
    pub(super) fn terms(&self) -> Vec<(&'static str, String)> {
        base::terms(&self.profile)
    }

    pub(super) fn warnings(&self) -> Vec<Warning> {
        self.normalised.warnings.clone()
    }
}

/// The answers of all rows in their order, of what was read and what was not.
pub(crate) fn in_order(
    told: Vec<Result<(), Unusable>>,
    resolved: Vec<Resolved>,
) -> Vec<Result<Resolved, Unusable>> {
    let mut resolved = resolved.into_iter();
    told.into_iter()
        .filter_map(|row| match row {
            Ok(()) => resolved.next().map(Ok),
            Err(why) => Some(Err(why)),
        })
        .collect()
}
