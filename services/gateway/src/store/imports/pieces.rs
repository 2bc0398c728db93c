//! The bytes of files for import, in pieces.

use sqlx::PgConnection;
use uuid::Uuid;

/// Keeps a piece; the same one again changes nothing. Answers how many bytes are there now.
pub async fn put(
    connection: &mut PgConnection,
    group_id: &str,
    file_id: Uuid,
    number: i32,
    content: &[u8],
) -> sqlx::Result<i64> {
    sqlx::query!(
        "insert into import_pieces (group_id, file_id, number, content) values ($1, $2, $3, $4) on conflict do nothing",
        group_id,
        file_id,
        number,
        content
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        r#"select coalesce(sum(octet_length(content)), 0)::bigint as "bytes!" from import_pieces where group_id = $1 and file_id = $2"#,
        group_id,
        file_id
    )
    .fetch_one(connection)
    .await
}

/// A piece of the file; none beyond its end.
pub async fn get(
    connection: &mut PgConnection,
    group_id: &str,
    file_id: Uuid,
    number: i32,
) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!(
        "select content from import_pieces where group_id = $1 and file_id = $2 and number = $3",
        group_id,
        file_id,
        number
    )
    .fetch_optional(connection)
    .await
}
