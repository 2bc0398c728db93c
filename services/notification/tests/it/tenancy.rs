//! No group sees another's rows, in any table.

use edina_proto::notification::v1::{PutSuppressionRequest, PutTemplateRequest, Suppression, Template};
use edina_runtime::clock;
use sqlx::AssertSqlSafe;

use crate::journeys::resolved;
use crate::world::{self, Running};

/// Of no group: receipts come before it is known whose they are.
const GROUPLESS: [&str; 2] = ["_sqlx_migrations", "receipts"];

#[test]
fn every_table_hides_other_groups() {
    world::run(async |world| {
        let group = world.group().await;
        let running = Running::start(world.config(), clock::system()).await;
        let client_id = world.client("+79165550131", "");
        world.say(&group, &resolved(world, &client_id), 1).await;
        running.message_in(&group, "delivered").await;
        let suppression = Suppression {
            channel: "email".into(),
            address: "a@mail.example".into(),
            ..Suppression::default()
        };
        let request = running.ask(
            &group,
            PutSuppressionRequest {
                suppression: Some(suppression),
            },
        );
        running.client.clone().put_suppression(request).await.unwrap();
        let template = Template {
            name: "call_missed_sms".into(),
            locale: "ru".into(),
            body: "Перезвоним".into(),
            ..Template::default()
        };
        let request = running.ask(
            &group,
            PutTemplateRequest {
                template: Some(template),
            },
        );
        running.client.clone().put_template(request).await.unwrap();

        let mut admin = world.admin().await;
        let tables: Vec<(String, bool, bool)> = sqlx::query_as(
            "select c.relname::text, c.relrowsecurity, c.relforcerowsecurity
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind = 'r' order by 1",
        )
        .fetch_all(&mut admin)
        .await
        .unwrap();
        let mut with_rows = 0;
        for (table, enabled, forced) in tables {
            if table == "_sqlx_migrations" {
                continue;
            }
            assert!(enabled && forced, "{table}: row-level security");
            if GROUPLESS.contains(&table.as_str()) {
                continue;
            }
            let mut seen = Vec::new();
            for scope in [group.as_str(), "another-group"] {
                let mut tx = sqlx::Connection::begin(&mut admin).await.unwrap();
                for statement in [
                    "set local role notification".to_owned(),
                    format!("select set_config('edina.group', '{scope}', true)"),
                ] {
                    sqlx::query(AssertSqlSafe(statement))
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                }
                let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
                    .fetch_one(&mut *tx)
                    .await
                    .unwrap();
                seen.push(count);
                tx.rollback().await.unwrap();
            }
            assert_eq!(seen[1], 0, "{table} shows rows of another group");
            with_rows += usize::from(seen[0] > 0);
        }
        assert!(with_rows >= 7, "only {with_rows} tables had rows to hide");
        running.stop().await;
    });
}
