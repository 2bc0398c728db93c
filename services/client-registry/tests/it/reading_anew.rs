//! Records that an older version of the engine read are read anew, and are then found and counted as if they had come now.

use client_registry::{DATABASE, MIGRATOR};
use edina_identity::engine::profile::PROFILE_VERSION;
use edina_proto::registry::v1::{Company, CompanyContact, SocialProfile, SourceRecord};
use sqlx::{PgPool, Row as _};

use crate::support::{Group, car, record, run, until};

const VIN: &str = "XW7BF4FK30S765432";

pub async fn superuser(group: &Group) -> PgPool {
    let (server, _) = group.world().admin_url.rsplit_once('/').unwrap();
    PgPool::connect(&format!("{server}/{DATABASE}")).await.unwrap()
}

/// Keys and counts of a group, as texts.
async fn indexes(pool: &PgPool, group: &str) -> Vec<String> {
    let rows = sqlx::query(
        "select concat_ws('|', 'key', key, client_id) as line from client_keys where group_id = $1
         union all
         select concat_ws('|', kind, value, records) from key_counts where group_id = $1 order by 1",
    )
    .bind(group)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.iter().map(|row| row.get("line")).collect()
}

fn sale() -> SourceRecord {
    SourceRecord {
        last_name: "Заозерский".into(),
        first_name: "Вениамин".into(),
        middle_name: "Аркадьевич".into(),
        birth_date: "12.03.1971".into(),
        phones: vec!["+7 903 555-21-43".into()],
        vehicles: vec![car(VIN)],
        ..record("sales_dms", "s-1", "sale", 1)
    }
}

#[test]
fn what_an_older_version_read_is_found_and_counted_as_before() {
    run(async |group| {
        let name = group.caller.group.as_str().to_owned();
        let client = group.resolve(sale()).await.client_id;
        let pool = superuser(&group).await;
        let now = indexes(&pool, &name).await;
        assert!(now.iter().any(|line| line.starts_with("key|")));

        // As the migration of a new version finds and leaves it.
        for change in [
            "update source_records set profile_version = profile_version - 1, profile = null where group_id = $1",
            "delete from client_keys where group_id = $1",
            "delete from key_counts where group_id = $1 and kind <> 'total'",
            "insert into jobs (id, group_id, kind, key, payload, due_at)
             values (gen_random_uuid(), $1, 'read_anew', '', '{}', now())",
        ] {
            sqlx::query(change).bind(&name).execute(&pool).await.unwrap();
        }
        assert_ne!(indexes(&pool, &name).await, now);
        until("records are read anew", async || {
            let stale: i64 = sqlx::query_scalar(
                "select count(*) from source_records where group_id = $1 and profile_version <> $2",
            )
            .bind(&name)
            .bind(PROFILE_VERSION)
            .fetch_one(&pool)
            .await
            .unwrap();
            stale == 0
        })
        .await;
        assert_eq!(indexes(&pool, &name).await, now);
        let again = group
            .resolve(SourceRecord {
                full_name: "Заозерский В. А.".into(),
                phones: vec!["89035552143".into()],
                ..record("service_dms", "ro-1", "repair_order", 40)
            })
            .await;
        assert_eq!((again.outcome.as_str(), again.client_id), ("linked", client));
        pool.close().await;
    });
}

#[test]
fn what_older_versions_did_not_keep_finds_its_card_then() {
    run(async |group| {
        let name = group.caller.group.as_str().to_owned();
        let firm = SourceRecord {
            company: Some(Company {
                name: "ООО «Ромашка»".into(),
                ..Company::default()
            }),
            contacts: vec![CompanyContact {
                name: "Кравцов Игорь Олегович".into(),
                position: "начальник автопарка".into(),
                phone: "8 916 765-43-21".into(),
                ..CompanyContact::default()
            }],
            profiles: vec![SocialProfile {
                network: "telegram".into(),
                handle: "@romashka_auto".into(),
            }],
            ..record("import", "1", "contact", 1)
        };
        let firm = group.resolve(firm).await.client_id;
        let pool = superuser(&group).await;
        let finds = async || -> Vec<String> {
            let terms =
                "select concat_ws('|', kind, term, shown) from search_terms where group_id = $1 order by 1";
            sqlx::query_scalar(terms)
                .bind(&name)
                .fetch_all(&pool)
                .await
                .unwrap()
        };
        let (all, keys) = (finds().await, indexes(&pool, &name).await);
        // As version 3 left it, and the migration finds it.
        for change in [
            "update source_records set profile_version = 3, normalised = (normalised || '{\"version\": 4}') - 'contacts'
             where group_id = $1",
            "delete from client_keys where group_id = $1",
            "delete from search_terms where group_id = $1 and kind in ('phone', 'messenger')",
            "delete from key_counts where group_id = $1 and kind <> 'total'",
        ] {
            sqlx::query(change).bind(&name).execute(&pool).await.unwrap();
        }
        assert!(finds().await.len() < all.len());
        let job = "insert into jobs (id, group_id, kind, key, payload, due_at)
             values (gen_random_uuid(), $1, 'read_anew', '', '{}', now())";
        sqlx::query(job).bind(&name).execute(&pool).await.unwrap();
        until("records are read anew", async || {
            let stale: i64 = sqlx::query_scalar(
                "select count(*) from source_records where group_id = $1 and profile_version <> $2",
            )
            .bind(&name)
            .bind(PROFILE_VERSION)
            .fetch_one(&pool)
            .await
            .unwrap();
            stale == 0
        })
        .await;
        assert_eq!(finds().await, all);
        assert_eq!(indexes(&pool, &name).await, keys);
        pool.close().await;
        let call = SourceRecord {
            phones: vec!["89167654321".into()],
            ..record("call_tracking", "call-1", "call", 20)
        };
        assert_eq!(group.resolve(call).await.client_id, firm);
    });
}

#[test]
fn every_version_of_the_engines_reading_has_a_migration_that_has_records_read_anew() {
    let named = format!("Profile version {PROFILE_VERSION} ");
    assert!(
        MIGRATOR
            .iter()
            .any(|migration| migration.sql.as_str().contains(&named)
                && migration.sql.as_str().contains("'read_anew'")),
        "no migration says `{named}` and has records read anew"
    );
}
