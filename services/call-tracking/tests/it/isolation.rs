//! No group sees another's calls, in any table, by any call.

use call_tracking::replay::Kind;
use edina_proto::calls::v1::{GetCallRequest, RecordResultRequest};
use edina_runtime::group::GroupId;
use sqlx::AssertSqlSafe;
use tonic::Code;

use crate::world::{self, Office};

/// Tables without tenant rows.
const NOT_TENANT: [&str; 1] = ["_sqlx_migrations"];

#[test]
fn every_table_hides_other_groups() {
    world::run(async || {
        let (office, other) = (Office::open().await, Office::open().await);
        let linked_id = office.play(Kind::QueueAbandoned).await;
        let call = office
            .call_when(&linked_id, "a task", |call| !call.task_id.is_empty())
            .await;
        let mut system = office.database.begin_system().await.unwrap();
        let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity,
                 (select count(*) from pg_policy p where p.polrelid = c.oid)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind in ('r', 'p') order by c.relname",
        )
        .fetch_all(&mut *system)
        .await
        .unwrap();
        drop(system);
        assert!(tables.len() >= 5);
        let foreign_group: GroupId = "somebody-else".parse().unwrap();
        for (table, enabled, forced, policies) in tables {
            if NOT_TENANT.contains(&table.as_str()) {
                continue;
            }
            assert!(
                enabled && forced && policies > 0,
                "{table} has no row-level security"
            );
            let count = || AssertSqlSafe(format!("select count(*) from {table}"));
            let mut own = office.database.begin(&office.group).await.unwrap();
            let seen: i64 = sqlx::query_scalar(count()).fetch_one(&mut *own).await.unwrap();
            drop(own);
            let mut foreign = office.database.begin(&foreign_group).await.unwrap();
            let hidden: i64 = sqlx::query_scalar(count())
                .fetch_one(&mut *foreign)
                .await
                .unwrap();
            drop(foreign);
            assert_eq!(hidden, 0, "{table} shows rows to another group");
            assert!(
                seen > 0 || !["calls", "tasks"].contains(&table.as_str()),
                "{table} hides a group's own rows"
            );
            let outside: i64 = sqlx::query_scalar(count())
                .fetch_one(office.database.pool())
                .await
                .unwrap();
            assert_eq!(
                outside, 0,
                "{table} shows rows outside of a transaction of a group"
            );
        }
        let asked = GetCallRequest {
            call_id: call.call_id.clone(),
        };
        assert_eq!(
            other
                .client()
                .get_call(other.ask(asked))
                .await
                .unwrap_err()
                .code(),
            Code::NotFound
        );
        assert!(other.calls().await.is_empty() && other.tasks().await.is_empty());
        let result = |note: &str| RecordResultRequest {
            call_id: call.call_id.clone(),
            result: "appointment".into(),
            note: note.into(),
            ..Default::default()
        };
        assert_eq!(
            other
                .client()
                .record_result(other.ask(result("x")))
                .await
                .unwrap_err()
                .code(),
            Code::NotFound
        );
        assert_eq!(
            office
                .client()
                .record_result(office.ask(result("\0")))
                .await
                .unwrap_err()
                .code(),
            Code::InvalidArgument
        );
        let stored = office
            .client()
            .record_result(office.ask(result("в субботу")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (stored.result.as_str(), stored.note.as_str()),
            ("appointment", "в субботу")
        );
    });
}
