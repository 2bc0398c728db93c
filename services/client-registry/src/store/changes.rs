//! Whether cards are still what they were: the database counts what changes them (`card_changes`).

use sqlx::PgConnection;

/// How often cards were changed, by anybody, in any group.
pub(crate) async fn count(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select last_value + is_called::integer as "count!" from card_changes"#)
        .fetch_one(connection)
        .await
}

/// Makes all that the transaction reads be of one moment, this one. To be called before anything is read.
pub(crate) async fn stand_still(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("set transaction isolation level repeatable read")
        .execute(&mut *connection)
        .await?;
    count(connection).await?;
    Ok(())
}
