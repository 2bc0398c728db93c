//! Monthly files overlap: a row that two files have stays until neither stands, whatever is taken back first.

use std::collections::{BTreeMap, BTreeSet};

use edina_proto::registry::v1::{ImportBatch, SourceRecord};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{
    support::{self, Group, record},
    taking_back::{arrive, clients, import, one_of_two_cards, said, snapshot, take_back_import},
};

const SEEDS: [u64; 3] = [4, 23, 88];
const FILES: usize = 5;
const ROWS: usize = 14;

/// A row by its number: the same in every file that has it.
fn row(seed: u64, number: usize) -> SourceRecord {
    let mut random = StdRng::seed_from_u64(seed * 1_000 + number as u64);
    said(&mut random, &format!("row-{number}"))
}

/// Ids, in their source, of the records that stand.
async fn standing(group: &Group) -> BTreeSet<String> {
    let mut tx = group.world().database.begin(&group.caller.group).await.unwrap();
    let ids: Vec<String> = sqlx::query_scalar(
        "select external_id from source_records where external_id like 'row-%' and not withdrawn",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    ids.into_iter().collect()
}

#[test]
fn rows_of_several_files_stay_until_none_of_them_stands() {
    support::run(async |_| {
        for seed in SEEDS {
            let group = Group::new();
            let mut random = StdRng::seed_from_u64(seed);
            let came = arrive(&group, &mut random, 12, "before").await;
            let ids = clients(&came);
            let before = snapshot(&group, &ids).await;
            let mut files: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
            for file in 0..FILES {
                let rows: BTreeSet<usize> = (0..ROWS).filter(|_| random.random_bool(0.5)).collect();
                let records = rows.iter().map(|number| row(seed, *number)).collect();
                let (import_id, _) = import(&group, &format!("file-{file}"), records).await;
                files.insert(import_id, rows);
                if file > 0 && random.random_bool(0.3) {
                    take_back_some(&group, &mut random, &mut files).await;
                }
            }
            while !files.is_empty() {
                let wanted: BTreeSet<String> = files
                    .values()
                    .flatten()
                    .map(|number| format!("row-{number}"))
                    .collect();
                assert_eq!(standing(&group).await, wanted, "seed {seed}: {files:?}");
                take_back_some(&group, &mut random, &mut files).await;
            }
            assert_eq!(standing(&group).await, BTreeSet::new(), "seed {seed}");
            assert_eq!(snapshot(&group, &ids).await, before, "seed {seed}");
        }
    });
}

async fn take_back_some(
    group: &Group,
    random: &mut StdRng,
    files: &mut BTreeMap<String, BTreeSet<usize>>,
) -> ImportBatch {
    let mut ids: Vec<String> = files.keys().cloned().collect();
    ids.shuffle(random);
    files.remove(&ids[0]);
    take_back_import(group, &ids[0]).await
}

fn person(number: usize) -> SourceRecord {
    SourceRecord {
        full_name: format!("Файлов{} Пётр", ["", "ский"][number % 2]),
        phones: vec![format!("7907{:07}", 1_000_003 + number * 7_919)],
        ..record("import", &format!("row-{number}"), "contact", 3)
    }
}

#[test]
fn what_a_row_joined_stays_joined_with_the_file_that_has_it_too() {
    support::run(async |group| {
        let [by_mail, by_phone, whole] = one_of_two_cards();
        let one = group.resolve(by_mail).await.client_id;
        let other = group.resolve(by_phone).await.client_id;
        let (january, _) = import(&group, "january", vec![whole.clone(), person(1), person(2)]).await;
        let (february, _) = import(&group, "february", vec![whole, person(2), person(3)]).await;
        assert_eq!(group.card(&other).await.client_id, one);

        let undone = take_back_import(&group, &january).await;
        assert_eq!((undone.withdrawn, undone.handed_on), (1, 2), "{undone:?}");
        assert_eq!(
            group.card(&other).await.client_id,
            one,
            "February's row says it too"
        );
        let undone = take_back_import(&group, &february).await;
        assert_eq!((undone.withdrawn, undone.handed_on), (3, 0), "{undone:?}");
        assert_eq!(group.card(&other).await.client_id, other);
        assert_eq!(group.card(&one).await.source_record_count, 1);
    });
}

#[test]
fn what_a_system_said_again_by_itself_stays() {
    support::run(async |group| {
        let (import_id, went) = import(&group, "k", vec![person(1), person(2)]).await;
        let again = group.resolve(person(1)).await;
        let undone = take_back_import(&group, &import_id).await;
        assert_eq!((undone.withdrawn, undone.handed_on), (1, 1));
        assert!(went.contains(&again.client_id));
        assert_eq!(group.card(&again.client_id).await.source_record_count, 1);
    });
}
