//! Rows of a file that are known: they stay with this import, too, unless they say something else than before.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::resolve::{Reading, Resolved};
use crate::store;

/// Why a row is refused whose document is known with other content.
pub(super) const CONTRADICTS: &str =
    "a document of this number, day and car came before and says something else; what it said first stays";

/// Notes what came again with this import; answers of each record whether its document is known and says something else.
pub(super) async fn note(
    connection: &mut PgConnection,
    group: &str,
    import_id: Uuid,
    readings: &[Reading<'_>],
    resolved: &[Resolved],
) -> sqlx::Result<Vec<bool>> {
    let contradicts = contradicts(connection, group, readings, resolved).await?;
    let again = resolved
        .iter()
        .zip(&contradicts)
        .filter(|(one, contradicts)| one.known && !**contradicts);
    let again: Vec<Uuid> = again.map(|(one, _)| one.source_record_id).collect();
    if !again.is_empty() {
        store::repeats::note(connection, group, &again, Some(import_id)).await?;
    }
    Ok(contradicts)
}

/// Of each record whether its document is known and says something else: what came first stays, and nobody shall think that
/// the other was taken.
async fn contradicts(
    connection: &mut PgConnection,
    group: &str,
    readings: &[Reading<'_>],
    resolved: &[Resolved],
) -> sqlx::Result<Vec<bool>> {
    let documents = |reading: &Reading<'_>| matches!(reading.said().kind.as_str(), "sale" | "repair_order");
    let all = || readings.iter().zip(resolved);
    let known: BTreeSet<Uuid> = all()
        .filter(|(reading, one)| one.known && documents(reading))
        .map(|(_, one)| one.source_record_id)
        .collect();
    if known.is_empty() {
        return Ok(vec![false; resolved.len()]);
    }
    let known: Vec<Uuid> = known.into_iter().collect();
    let stored = store::records::said(connection, group, &known).await?;
    Ok(all()
        .map(|(reading, one)| {
            let before = stored.get(&one.source_record_id);
            one.known && before.is_some_and(|before| !before.repeats(reading.said()))
        })
        .collect())
}
