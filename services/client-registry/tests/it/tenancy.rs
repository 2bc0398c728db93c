//! No group sees another's rows, in any table, by any call.

use edina_proto::registry::v1::{GetCardRequest, SearchClientsRequest, SourceRecord};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::{self, Group, car, record};

/// Tables without tenant rows.
const NOT_TENANT: [&str; 1] = ["_sqlx_migrations"];

#[test]
fn every_table_hides_other_groups() {
    support::run(async |group| {
        // Rows in as many tables as the calls can reach.
        let said = |id: &str| SourceRecord {
            full_name: "Громов Олег Ильич".into(),
            phones: vec!["89161234567".into()],
            vehicles: vec![car("XW7BF4FK30S123456")],
            ..record("service_dms", id, "repair_order", 1)
        };
        let client_id = group.resolve(said("ro-1")).await.client_id;
        support::own(&group, &client_id, "sales", "e-1").await;

        let world = group.world();
        let url = world.admin_url.replace("/postgres", "/client_registry");
        let mut admin = PgConnection::connect(&url).await.unwrap();
        let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity,
                 (select count(*) from pg_policy p where p.polrelid = c.oid)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p') order by c.relname",
        )
        .fetch_all(&mut admin)
        .await
        .unwrap();
        assert!(tables.len() > 15);
        let other = Group::new();
        for (table, enabled, forced, policies) in tables {
            if NOT_TENANT.contains(&table.as_str()) {
                continue;
            }
            assert!(
                enabled && forced && policies > 0,
                "{table} has no row-level security"
            );
            let count = || AssertSqlSafe(format!("select count(*) from {table}"));
            let mut own = world.database.begin(&group.caller.group).await.unwrap();
            let mut foreign = world.database.begin(&other.caller.group).await.unwrap();
            let seen: i64 = sqlx::query_scalar(count()).fetch_one(&mut *own).await.unwrap();
            let hidden: i64 = sqlx::query_scalar(count())
                .fetch_one(&mut *foreign)
                .await
                .unwrap();
            assert_eq!(hidden, 0, "{table} shows rows to another group");
            if [
                "clients",
                "source_records",
                "client_keys",
                "search_terms",
                "owners",
            ]
            .contains(&table.as_str())
            {
                assert!(seen > 0, "{table} hides a group's own rows");
            }
            let outside: i64 = sqlx::query_scalar(count())
                .fetch_one(world.database.pool())
                .await
                .unwrap();
            assert_eq!(
                outside, 0,
                "{table} shows rows outside of a transaction of a group"
            );
        }
        let writing = sqlx::query(
            "insert into clients (group_id, id, kind, root_id, created_at) select $1, $2, 'person', $2, now()",
        )
        .bind(group.caller.group.as_str())
        .bind(uuid::Uuid::now_v7());
        let mut foreign = world.database.begin(&other.caller.group).await.unwrap();
        assert!(
            writing.execute(&mut *foreign).await.is_err(),
            "a row of another group can be written"
        );
    });
}

#[test]
fn no_call_shows_another_groups_client() {
    support::run(async |group| {
        let said = SourceRecord {
            full_name: "Громов Олег".into(),
            phones: vec!["89161234567".into()],
            ..record("service_dms", "ro-1", "repair_order", 1)
        };
        let ours = group.resolve(said.clone()).await.client_id;
        let other = Group::new();
        let asked = GetCardRequest {
            client_id: ours.clone(),
        };
        let refused = other.client().get_card(other.ask(asked)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::NotFound);
        let search = SearchClientsRequest {
            query: "громов".into(),
            limit: 0,
            ..Default::default()
        };
        assert_eq!(
            other
                .client()
                .search_clients(other.ask(search))
                .await
                .unwrap()
                .into_inner()
                .clients,
            vec![]
        );
        assert_ne!(other.resolve(said).await.client_id, ours);
    });
}
