//! A key that an import made junk is worth something again when the import is taken back, also for who came meanwhile.

use std::collections::BTreeSet;

use edina_proto::registry::v1::SourceRecord;

use crate::{
    reading_anew::superuser,
    support::{record, run, until},
    taking_back::{import, take_back_import},
};

/// The branch's own number, written down for everybody.
const NUMBER: &str = "+7 916 555-21-43";
/// More clients than may have a key that identifies somebody.
const CROWD: usize = 40;

fn with_number(source: &str, id: &str, name: String, day: i64) -> SourceRecord {
    SourceRecord {
        full_name: name,
        phones: vec![NUMBER.into()],
        ..record(source, id, "contact", day)
    }
}

#[test]
fn what_was_withheld_comes_back() {
    run(async |group| {
        let names = [
            "Беляков Аркадий",
            "Жукова Инна",
            "Мещеряков Ефим",
            "Носова Тамара",
            "Рябов Захар",
        ];
        let fathers = [
            "Ильич",
            "Львович",
            "Глебович",
            "Фомич",
            "Павлович",
            "Егорович",
            "Янович",
            "Маркович",
        ];
        let crowd = (0..CROWD)
            .map(|n| SourceRecord {
                birth_date: format!("{:02}.03.19{}", n % 28 + 1, 50 + n),
                ..with_number(
                    "import",
                    &format!("row-{n}"),
                    format!("{} {}", names[n % 5], fathers[n / 5]),
                    1,
                )
            })
            .collect();
        let (import_id, clients) = import(&group, "crowd", crowd).await;
        let clients: BTreeSet<String> = clients.into_iter().collect();
        assert!(clients.len() > 32, "{}", clients.len());
        let call = |id: &str| SourceRecord {
            phones: vec![NUMBER.into()],
            ..record("call_tracking", id, "call", 20)
        };
        let himself = with_number("sales_dms", "s-1", "Заозерский Вениамин Аркадьевич".into(), 2);
        let himself = group.resolve(himself).await.client_id;
        let nobody = group.resolve(call("call-1")).await.client_id;
        assert_ne!(nobody, himself, "a number of everybody");

        take_back_import(&group, &import_id).await;
        let pool = superuser(&group).await;
        until("keys are given back", async || {
            let left: i64 =
                sqlx::query_scalar("select count(*) from jobs where group_id = $1 and kind = 'regain_keys'")
                    .bind(group.caller.group.as_str())
                    .fetch_one(&pool)
                    .await
                    .unwrap();
            left == 0
        })
        .await;
        let holders: Vec<String> = sqlx::query_scalar(
            "select client_id::text from client_keys where group_id = $1 and key = $2 order by 1",
        )
        .bind(group.caller.group.as_str())
        .bind(edina_identity::engine::keys::number_of_phone("+79165552143"))
        .fetch_all(&pool)
        .await
        .unwrap();
        let mut both = [himself.clone(), nobody];
        both.sort();
        assert_eq!(holders, both);
        pool.close().await;
        let again = with_number("service_dms", "ro-1", "Заозерский В. А.".into(), 30);
        assert_eq!(group.resolve(again).await.client_id, himself);
    });
}
