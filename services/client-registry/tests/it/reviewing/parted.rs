//! Questions that a repair leaves between cards, and the names of cards of which only initials are known.

use edina_proto::registry::v1::{Review, SourceRecord};

use super::page;
use crate::support::{self, Group, record};

fn brother(name: &str, id: &str, day: i64) -> SourceRecord {
    SourceRecord {
        full_name: name.into(),
        phones: vec!["8 916 777-12-12".into()],
        birth_date: "1980-05-06".into(),
        ..record("service_dms", id, "repair_order", day)
    }
}

async fn open(group: &Group) -> Vec<Review> {
    page(group, "open", 50, "").await.0
}

/// `М.И.` was Максим's while nobody knew Марк: now it may be either's, and a human is asked of both.
#[test]
fn whose_an_initial_is_is_asked_once_it_may_be_two_mens() {
    support::run(async |group| {
        let maxim = group.resolve(brother("Боярцев Максим Ильич", "ro-1", 1)).await;
        let short = group.resolve(brother("Боярцев М.И.", "ro-2", 2)).await;
        assert_eq!(
            (short.outcome.as_str(), &short.client_id),
            ("linked", &maxim.client_id)
        );
        assert!(open(&group).await.is_empty());

        let mark = group.resolve(brother("Боярцев Марк Ильич", "ro-3", 3)).await;
        assert_ne!(mark.client_id, maxim.client_id);
        let reviews = open(&group).await;
        let mut sides: Vec<[&str; 2]> = reviews
            .iter()
            .map(|review| [review.left_client_id.as_str(), review.right_client_id.as_str()])
            .collect();
        sides.sort_unstable();
        assert_eq!(sides.len(), 2, "{sides:?}");
        for known in [&maxim.client_id, &mark.client_id] {
            let asked = sides.iter().filter(|pair| pair.contains(&known.as_str())).count();
            assert_eq!(asked, 1, "{known} of {sides:?}");
        }
        let short = sides
            .iter()
            .flatten()
            .find(|id| **id != maxim.client_id && **id != mark.client_id)
            .unwrap();
        assert_eq!(group.card(short).await.display_name, "Боярцев М.И.");
    });
}
