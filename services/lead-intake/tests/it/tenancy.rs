//! No group sees another's rows, in any table, by any call; a new key ends the old one.

use edina_proto::intake::v1::{GetLeadRequest, ListSourcesRequest, PutSourceRequest};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::{self, document, one, prospect, seller};

/// Tables without tenant rows.
const NOT_TENANT: [&str; 1] = ["_sqlx_migrations"];

#[test]
fn every_table_hides_other_groups() {
    support::run(async |group| {
        group.people(1, vec![seller(11)]).await;
        let key = group.source("portal", "adf").await;
        let leads = group
            .take(
                &key,
                document(&[
                    prospect("A-1", "Анна Серова", "89161234567"),
                    "<prospect/>".into(),
                ]),
            )
            .await;
        group
            .lead_when(&leads[0], "assigned", |lead| !lead.owner_employee_id.is_empty())
            .await;
        let world = group.world();
        let url = world.admin_url.replace("/postgres", "/lead_intake");
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
        assert!(tables.len() > 10);
        let other = group.another();
        let database = &group.intake.database;
        for (table, enabled, forced, policies) in tables {
            if NOT_TENANT.contains(&table.as_str()) {
                continue;
            }
            assert!(
                enabled && forced && policies > 0,
                "{table} has no row-level security"
            );
            let count = || AssertSqlSafe(format!("select count(*) from {table}"));
            let mut own = database.begin(&group.caller.group).await.unwrap();
            let seen: i64 = sqlx::query_scalar(count()).fetch_one(&mut *own).await.unwrap();
            drop(own);
            let mut foreign = database.begin(&other.caller.group).await.unwrap();
            let hidden: i64 = sqlx::query_scalar(count())
                .fetch_one(&mut *foreign)
                .await
                .unwrap();
            assert_eq!(hidden, 0, "{table} shows rows to another group");
            if [
                "leads",
                "inputs",
                "sources",
                "arrivals",
                "lead_source_ids",
                "turns",
                "source_keys",
            ]
            .contains(&table.as_str())
            {
                assert!(seen > 0, "{table} hides a group's own rows");
            }
            let outside: i64 = sqlx::query_scalar(count())
                .fetch_one(database.pool())
                .await
                .unwrap();
            assert_eq!(
                outside, 0,
                "{table} shows rows outside of a transaction of a group"
            );
        }
        let mut foreign = database.begin(&other.caller.group).await.unwrap();
        let writing =
            sqlx::query("insert into turns values ($1, 'b', 'sales', 'e')").bind(group.caller.group.as_str());
        assert!(
            writing.execute(&mut *foreign).await.is_err(),
            "a row of another group can be written"
        );

        let asked = GetLeadRequest {
            lead_id: leads[0].clone(),
        };
        let refused = other.client().get_lead(other.ask(asked)).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::NotFound);
        assert!(other.leads().await.is_empty());
    });
}

#[test]
fn a_new_key_ends_the_old_one() {
    support::run(async |group| {
        let old = group.source("portal", "adf").await;
        assert!(
            group.source("portal", "adf").await.is_empty(),
            "a key is answered once"
        );
        group.take(&old, one("", "Анна Серова", "89161234567")).await;
        let sources = group
            .client()
            .list_sources(group.ask(ListSourcesRequest {}))
            .await
            .unwrap()
            .into_inner()
            .sources;
        assert_eq!(
            (sources.len(), sources[0].accepted, sources[0].rejected),
            (1, 1, 0)
        );
        let asked = PutSourceRequest {
            source: Some(sources[0].clone()),
            new_key: true,
        };
        let new = group
            .client()
            .put_source(group.ask(asked))
            .await
            .unwrap()
            .into_inner()
            .key;
        assert_ne!(old, new);
        group
            .adf(&old, one("", "Пётр Ким", "89030003344"))
            .await
            .is_problem(401);
        group.take(&new, one("", "Пётр Ким", "89030003344")).await;
        let mut bad = sources[0].clone();
        bad.name = "Имя".into();
        let asked = PutSourceRequest {
            source: Some(bad),
            new_key: false,
        };
        assert_eq!(
            group
                .client()
                .put_source(group.ask(asked))
                .await
                .unwrap_err()
                .code(),
            tonic::Code::InvalidArgument
        );
    });
}
