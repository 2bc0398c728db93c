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
        evidence::{self, Unusable, VehicleRead},
        record::Said,
        search_terms::{self, Term},
        texts::Texts,
    },
    registry::{homes::Homes, import::Row},
    store::before::Identity,
};

/// A record with everything that is asked of it later: all that can be made of it alone is made here, before it holds any
/// lock, and while the database is busy with the records before it.
pub(crate) struct Reading<'a> {
    pub(super) said: &'a Said,
    /// Whose it is, if somebody says so.
    pub(super) given: Option<Uuid>,
    pub(super) at: DateTime<Utc>,
    pub(super) normalised: Normalised,
    pub(super) profile: Profile,
    pub(super) keys: Vec<i64>,
    /// Values whose frequency is counted.
    pub(super) counted: Vec<(&'static str, String)>,
    /// The id it gets if it is new.
    pub(super) id: Uuid,
    /// What is stored of it.
    pub(super) texts: Texts,
    pub(super) vehicles: Vec<VehicleRead>,
    /// By what people find it.
    pub(super) terms: Vec<Term>,
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
        let texts = Texts::of(said, &normalised, &profile)
            .ok_or_else(|| evidence::unusable("record", "a text holds a NUL character"))?;
        let id = Uuid::now_v7();
        let vehicles = evidence::vehicles_of(said, &normalised, id);
        Ok(Self {
            said,
            given,
            at,
            keys: keys::numbers(&profile),
            counted: base::terms(&profile),
            id,
            texts,
            terms: search_terms::terms(said, &normalised, &vehicles),
            vehicles,
            normalised,
            profile,
        })
    }

    /// Reads many; beside the readings, for every row whether it was read.
    pub(crate) fn of_rows(
        rows: &'a [Row],
        now: DateTime<Utc>,
        homes: &Homes,
    ) -> (Vec<Self>, Vec<Result<(), Unusable>>) {
        let mut readings = Vec::with_capacity(rows.len());
        // Rows of one file are of one branch, as a rule.
        let mut home: Option<(&str, Home)> = None;
        let told = rows
            .iter()
            .map(|row| match row {
                Row::Record(said) => {
                    let branch = said.branch_id.as_str();
                    let (_, home) = match &mut home {
                        Some(known) if known.0 == branch => known,
                        other => other.insert((branch, homes.at(branch))),
                    };
                    Self::of(said, None, now, home).map(|reading| readings.push(reading))
                }
                Row::Rejected(why) => Err(why.clone()),
            })
            .collect();
        (readings, told)
    }

    pub(crate) fn said(&self) -> &'a Said {
        self.said
    }

    /// Makes it the latest of all: it was read while others before it still were, and what a card is formed of goes by the
    /// order of ids.
    pub(in crate::registry) fn comes_now(&mut self) {
        self.id = Uuid::now_v7();
        if self.vehicles.iter().any(VehicleRead::is_own) {
            self.vehicles = evidence::vehicles_of(self.said, &self.normalised, self.id);
        }
    }

    /// What makes it itself.
    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            source: &self.said.source,
            external_id: &self.said.external_id,
            content_hash: if self.said.external_id.is_empty() {
                &self.texts.content_hash
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
            &self.texts.content_hash,
            &edina_identity::match_keys(&self.normalised),
        )
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
