//! The words that names are made of, asked what a mistyped one may stand for: `near_names` of the migrations.

use edina_postgres::Readers;

/// Words of the dictionary that are looked at for one slip or sound.
const MOST_NEAR: i32 = 100;

/// A word of what was typed, and what it may be a slip of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mistyped {
    /// What it shares with words one slip apart.
    pub(crate) slips: Vec<String>,
    /// How it begins to sound.
    pub(crate) sounds: Vec<String>,
}

/// Words of the dictionary of names that each of these may stand for.
pub(crate) async fn near_names(
    readers: &Readers,
    group: &str,
    mistyped: &[Mistyped],
) -> sqlx::Result<Vec<Vec<String>>> {
    let numbered = |of: fn(&Mistyped) -> &Vec<String>| -> (Vec<i32>, Vec<String>) {
        (0..)
            .zip(mistyped)
            .flat_map(|(number, word)| of(word).iter().map(move |text| (number, text.clone())))
            .unzip()
    };
    let asked = (
        group.to_owned(),
        numbered(|word| &word.slips),
        numbered(|word| &word.sounds),
    );
    let rows = readers
        .read(|connection| {
            let (group, (slip_numbers, slips), (sound_numbers, sounds)) = asked.clone();
            Box::pin(async move {
                sqlx::query!(
                    r#"select number as "number!", word as "word!" from near_names($1, $2, $3, $4, $5, $6)"#,
                    group,
                    &slip_numbers,
                    &slips,
                    &sound_numbers,
                    &sounds,
                    MOST_NEAR
                )
                .fetch_all(connection)
                .await
            })
        })
        .await?;
    let mut near = vec![Vec::new(); mistyped.len()];
    for row in rows {
        let words = usize::try_from(row.number)
            .ok()
            .and_then(|number| near.get_mut(number));
        if let Some(words) = words
            && !words.contains(&row.word)
        {
            words.push(row.word);
        }
    }
    Ok(near)
}
