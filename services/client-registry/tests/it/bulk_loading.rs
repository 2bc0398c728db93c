//! Cards loaded in bulk are those the registry itself would have made of the same records.

use client_registry::{
    MIGRATOR,
    bulk::{Home, Load, load},
    client::record::{Said, VehicleSaid},
    registry::Registry,
};
use edina_messaging::outbox::RelaySignal;
use edina_postgres::{
    Database,
    migrate::{Target, provision},
};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::support::run;

/// Everything but ids and the time of arrival, each table in one order.
const TABLES: [(&str, &str); 10] = [
    ("clients", "select count(*)::text, sum(version)::text, min(kind) from clients where id = root_id"),
    (
        "source_records",
        "select external_id, encode(content_hash, 'hex'), concat_ws('|', source, kind, occurred_at, branch_id, department,
             outcome, raw, normalised, brief, brief_version, profile, profile_version) from source_records order by 1",
    ),
    (
        "client_keys",
        "select key::text, count(*)::text, '' from client_keys group by 1 order by 1",
    ),
    (
        "key_counts",
        "select kind, case kind when 'total' then '' else value end, sum(records)::text from key_counts
         group by 1, 2 order by 1, 2",
    ),
    (
        "search_terms",
        "select kind, term, concat_ws('|', shown, count(*)) from search_terms group by kind, term, shown order by 1, 2, 3",
    ),
    ("name_words", "select word, sound, '' from name_words order by 1"),
    ("name_slips", "select slip, word, '' from name_slips order by 1, 2"),
    ("vehicles", "select key, '', '' from vehicles order by 1"),
    (
        "vehicle_statements",
        "select v.key, concat(s.role, ':', s.family), s.at::text from vehicle_statements s join vehicles v on v.id = s.vehicle_id order by 1, 2, 3",
    ),
    (
        "timeline_entries",
        "select kind, text, concat_ws('|', at, department, branch_id, ref_service, facts) from timeline_entries
         order by 1, 2, 3",
    ),
];

/// What two clerks wrote of person `number`, with everything that has to be escaped on its way.
fn records(number: u64) -> Vec<Said> {
    // Nobody's values are a slip away from another's.
    let apart = |n: u64| (n + 1) * 7_919 % 9_000 + 1_000;
    let far = apart(number);
    let sale = Said {
        source: "sales_dms".into(),
        external_id: format!("ДКП-{number}"),
        kind: "sale".into(),
        occurred_at: "2026-03-01T10:00:00Z".parse().ok(),
        last_name: ["Орлов", "Пчёлкин", "Вишневский"][usize::try_from(number % 3).unwrap()].into(),
        first_name: ["Пётр", "Семён", "Глеб", "Лев"][usize::try_from(number % 4).unwrap()].into(),
        middle_name: "Ильич".into(),
        birth_date: format!("{}-{:02}-{:02}", 1_950 + far % 50, far % 12 + 1, far % 28 + 1),
        phones: vec![format!("8 (973) {}-{}", far % 900 + 100, apart(far))],
        emails: vec![format!("p{}.{far}@example.com", apart(far + 3))],
        branch_id: "b-1".into(),
        department: "sales".into(),
        comment: "скидка 5 %\tза \"ковры\"\n\\N и {тире}".into(),
        vehicles: vec![VehicleSaid {
            vin: format!("XTA2107{}0M0{}001", far % 10, apart(far + 1)),
            plate: format!("А{}ВС777", far % 900 + 100),
            make: "LADA".into(),
            model: "Vesta".into(),
            ..VehicleSaid::default()
        }],
        ..Said::default()
    };
    let repair = Said {
        source: "service_dms".into(),
        external_id: format!("ЗН-{number}"),
        kind: "repair_order".into(),
        occurred_at: "2026-04-01T10:00:00Z".parse().ok(),
        last_name: String::new(),
        first_name: String::new(),
        middle_name: String::new(),
        full_name: format!("{} {} {}", sale.last_name, sale.first_name, sale.middle_name),
        ..sale.clone()
    };
    vec![sale, repair]
}

async fn dump(pool: &PgPool, sql: &'static str) -> Vec<(String, String, String)> {
    sqlx::query_as(sql).fetch_all(pool).await.unwrap()
}

#[test]
fn bulk_and_one_by_one_store_the_same() {
    run(|group| async move {
        let admin_url = &group.world().admin_url;
        let mut pools = Vec::new();
        let mut urls = Vec::new();
        for name in ["registry_one_by_one", "registry_bulk"] {
            let migrator = &MIGRATOR;
            urls.push(provision(admin_url, &Target { name, migrator }).await.unwrap());
            let url = admin_url.replace("/postgres", &format!("/{name}"));
            pools.push(
                PgPoolOptions::new()
                    .max_connections(2)
                    .connect(&url)
                    .await
                    .unwrap(),
            );
        }
        let home = Home {
            country: "RU".into(),
            area_code: None,
        };
        let database = Database::connect_lazy(&urls[0], 2, "test").unwrap();
        let clock = group.world().clock.clone();
        let one_by_one = Registry::new(database, clock.clone(), RelaySignal::default(), home.clone());
        for said in (0..7).flat_map(records) {
            one_by_one.resolve(&group.caller, &said).await.unwrap();
        }
        let bulk = Load {
            group: group.caller.group.clone(),
            home,
            now: clock.now(),
            clients: 7,
            records,
        };
        let loaded = load(&pools[1], bulk, |_| {}).await.unwrap();
        assert_eq!((loaded.clients, loaded.records), (7, 14));

        for (table, sql) in TABLES {
            let (ours, theirs) = (dump(&pools[1], sql).await, dump(&pools[0], sql).await);
            assert_eq!(ours, theirs, "{table}");
            assert!(!ours.is_empty(), "{table}");
        }
        let structure = "select tablename::text, indexname::text, indexdef from pg_indexes
             where schemaname = 'public' order by 1, 2";
        assert_eq!(dump(&pools[1], structure).await, dump(&pools[0], structure).await);
    });
}

#[test]
fn a_base_with_cards_is_refused() {
    run(|group| async move {
        let admin_url = &group.world().admin_url;
        let (name, migrator) = ("registry_in_use", &MIGRATOR);
        provision(admin_url, &Target { name, migrator }).await.unwrap();
        let url = admin_url.replace("/postgres", "/registry_in_use");
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect(&url)
            .await
            .unwrap();
        let bulk = || Load {
            group: group.caller.group.clone(),
            home: Home::default(),
            now: group.world().clock.now(),
            clients: 1,
            records,
        };
        load(&pool, bulk(), |_| {}).await.unwrap();
        let again = load(&pool, bulk(), |_| {}).await.unwrap_err();
        assert!(again.to_string().contains("empty"), "{again:#}");
    });
}
