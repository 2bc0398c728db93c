//! Row-level security over every tenant table: another group's rows cannot be read, changed or written.

use edina_postgres::Database;
use edina_runtime::group::GroupId;
use sqlx::Row as _;

use crate::door::Door;

async fn tenant_tables(database: &Database) -> Vec<String> {
    sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and c.column_name = 'group_id' and t.table_type = 'BASE TABLE' order by 1",
    )
    .fetch_all(database.pool())
    .await
    .unwrap()
}

#[tokio::test]
async fn no_table_shows_another_groups_rows() {
    let door = Door::open().await;
    let cookie = door.sign_in("admin").await;
    let csrf = door.csrf(&cookie).await;
    door.post("/demo", &cookie, &format!("csrf={csrf}&on=true")).await;
    door.try_sign_in("admin", "wrong").await;
    gateway::provision::create_token(&door.database, &door.group, "seller", "t")
        .await
        .unwrap();
    let other: GroupId = "other".parse().unwrap();
    gateway::provision::ensure_group(&door.database, &other, "Other")
        .await
        .unwrap();

    let tables = tenant_tables(&door.database).await;
    assert!(tables.len() >= 12, "{tables:?}");
    let mut filled = 0;
    for table in &tables {
        let secured = sqlx::query(
            "select relrowsecurity and relforcerowsecurity as on from pg_class where oid = $1::regclass",
        )
        .bind(table)
        .fetch_one(door.database.pool())
        .await
        .unwrap();
        assert!(secured.get::<bool, _>("on"), "{table}");
        let count = async |group: &GroupId| -> i64 {
            let mut tx = door.database.begin(group).await.unwrap();
            let sql = format!("select count(*) from {table} where group_id = 'meridian'");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .fetch_one(&mut *tx)
                .await
                .unwrap()
        };
        filled += i64::from(count(&door.group).await > 0);
        assert_eq!(count(&other).await, 0, "{table}");
        let mut tx = door.database.begin(&other).await.unwrap();
        let sql = format!("delete from {table} where group_id = 'meridian'");
        let gone = sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut *tx)
            .await
            .unwrap()
            .rows_affected();
        assert_eq!(gone, 0, "{table}");
    }
    assert!(filled >= 7, "only {filled} tables had rows to hide");
    let mut tx = door.database.begin(&other).await.unwrap();
    let smuggled = sqlx::query(
        "insert into switches (group_id, name, is_on, changed_at) values ('meridian', 'x', true, now())",
    )
    .execute(&mut *tx)
    .await;
    assert!(smuggled.is_err(), "a row of another group was written");
}
