//! How often is said what records and cards say.

use std::collections::BTreeSet;

use edina_identity::engine::base;
use sqlx::PgConnection;

use super::{Member, Neighbourhood, Reading};
use crate::store;

impl Neighbourhood {
    /// Reads how often is said what the records and the cards near them say, in a base of so many records if that is known;
    /// what the records say may have come along.
    pub(super) async fn read_counts(
        &mut self,
        connection: &mut PgConnection,
        group: &str,
        readings: &[&Reading<'_>],
        (total, came_along): (Option<u64>, bool),
    ) -> sqlx::Result<()> {
        let own: BTreeSet<_> = readings
            .iter()
            .flat_map(|reading| reading.counted.iter().cloned())
            .collect();
        let mut wanted = names_of(self.cards.values().flatten());
        if came_along {
            wanted.retain(|name| !own.contains(name));
            if wanted.is_empty() {
                return Ok(());
            }
            // Names are weighed where two have one: not those of the only record that has a caller's number.
            let alone = self.cards.values().flatten().take(2).count() < 2;
            if alone && !readings.iter().any(|reading| reading.profile.hints_at_name()) {
                return Ok(());
            }
        } else {
            wanted.extend(own);
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let counts = store::keys::counts(connection, group, &wanted, total).await?;
        self.counts.take(counts);
        Ok(())
    }
}

/// The names of records on cards, whose frequency is asked for, too: names are written in many ways.
pub(super) fn names_of<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeSet<(&'static str, String)> {
    let names: BTreeSet<(&'static str, &str)> =
        members.flat_map(|member| base::names(&member.profile)).collect();
    let names = names.into_iter();
    names.map(|(kind, name)| (kind, name.to_owned())).collect()
}
