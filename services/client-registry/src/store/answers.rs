//! What people answered about who is who, as it teaches a model.

use std::collections::{BTreeSet, HashMap};

use edina_identity::{Profile, engine::train::Answer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::profiles;

/// Clients whose cards are read at once.
const PORTION: usize = 200;

/// The newest answers: clients people called different, and clients people joined. Each side is what the records of that
/// client say, without those of clients joined to it.
pub(crate) async fn newest(
    connection: &mut PgConnection,
    group: &str,
    most: i64,
) -> sqlx::Result<Vec<Answer>> {
    let said = sqlx::query!(
        r#"select left_id as "one!", right_id as "other!", false as "same!", at as "at!" from verdicts
           where group_id = $1 and undone_at is null
         union all
         select kept_id, absorbed_id, true, at from merge_links
           where group_id = $1 and undone_at is null and cause_record_id is null
         order by 4 desc limit $2"#,
        group,
        most
    )
    .fetch_all(&mut *connection)
    .await?;
    let named: BTreeSet<Uuid> = said.iter().flat_map(|pair| [pair.one, pair.other]).collect();
    let named: Vec<Uuid> = named.into_iter().collect();
    let mut says: HashMap<Uuid, Profile> = HashMap::new();
    for portion in named.chunks(PORTION) {
        for kept in profiles::of_cards(connection, group, portion).await?.0 {
            if portion.contains(&kept.client_id) {
                says.entry(kept.client_id).or_default().join(&kept.profile);
            }
        }
    }
    let answer = |one: &Uuid, other: &Uuid, same: bool| {
        let (a, b) = (says.get(one)?.clone(), says.get(other)?.clone());
        Some(Answer { a, b, same })
    };
    Ok(said
        .iter()
        .filter_map(|pair| answer(&pair.one, &pair.other, pair.same))
        .collect())
}
