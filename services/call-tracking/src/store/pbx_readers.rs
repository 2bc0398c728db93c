//! Which copy reads each PBX.

use chrono::{DateTime, Utc};
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A PBX and the copy that reads it, if any.
#[derive(Debug, Clone)]
pub struct ReaderRow {
    pub holder: Option<Uuid>,
    pub term: i64,
    pub beat: i64,
    /// The holder gave a sign of life a moment ago, by the server's clock; for the eye only.
    pub lively: bool,
    pub state: String,
    pub detail: String,
    pub since: DateTime<Utc>,
    pub heard_at: Option<DateTime<Utc>>,
}

/// What a holder tells with a sign of life.
#[derive(Debug, Clone)]
pub struct Beat {
    pub state: &'static str,
    pub detail: String,
    pub since: DateTime<Utc>,
    pub heard_at: Option<DateTime<Utc>>,
}

/// Who reads; none if nobody ever did.
pub async fn get(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
) -> sqlx::Result<Option<ReaderRow>> {
    sqlx::query_as!(
        ReaderRow,
        r#"select holder, term, beat, beat_at > clock_timestamp() - interval '10 seconds' as "lively!", state, detail,
               since, heard_at
           from pbx_readers where group_id = $1 and pbx = $2"#,
        group.as_str(),
        pbx
    )
    .fetch_optional(connection)
    .await
}

/// Says that a copy waits for its turn.
pub async fn want(connection: &mut PgConnection, group: &GroupId, pbx: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update pbx_readers set wanted_at = clock_timestamp() where group_id = $1 and pbx = $2",
        group.as_str(),
        pbx
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Begins a PBX's first term; none if another copy was faster.
pub async fn begin(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    holder: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar!(
        "insert into pbx_readers (group_id, pbx, holder, term, since) values ($1, $2, $3, 1, $4)
         on conflict do nothing returning term",
        group.as_str(),
        pbx,
        holder,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Begins the next term if nothing has happened since the row was seen; none if something has. Waits for transactions
/// that [`hold`] the old term; later ones wait for this.
pub async fn take_over(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    holder: Uuid,
    seen: &ReaderRow,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<i64>> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('pbx reader/' || $1::text || '/' || $2::text, 0))",
        group.as_str(),
        pbx
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar!(
        "update pbx_readers set holder = $3, term = term + 1, beat = 0, beat_at = clock_timestamp(), wanted_at = null,
             state = 'connecting', detail = '', since = $4
         where group_id = $1 and pbx = $2 and term = $5 and beat = $6 returning term",
        group.as_str(),
        pbx,
        holder,
        now,
        seen.term,
        seen.beat
    )
    .fetch_optional(connection)
    .await
}

/// A sign of life. Answers whether another copy waits for its turn; none if the term is over.
pub async fn beat(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    term: i64,
    beat: &Beat,
) -> sqlx::Result<Option<bool>> {
    // A beat that a crash of the server forgets does no harm.
    sqlx::query!("set local synchronous_commit = off")
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar!(
        r#"update pbx_readers set beat = beat + 1, beat_at = clock_timestamp(), state = $4, detail = $5, since = $6,
               heard_at = coalesce($7, heard_at)
           where group_id = $1 and pbx = $2 and term = $3 and holder is not null
           returning coalesce(wanted_at > clock_timestamp() - interval '10 seconds', false) as "wanted!""#,
        group.as_str(),
        pbx,
        term,
        beat.state,
        beat.detail,
        beat.since,
        beat.heard_at
    )
    .fetch_optional(connection)
    .await
}

/// Lets another copy take over at once. Answers whether one waits. The term stays good until one does.
pub async fn release(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    term: i64,
) -> sqlx::Result<bool> {
    let wanted = sqlx::query_scalar!(
        r#"update pbx_readers set holder = null, leaving = term where group_id = $1 and pbx = $2 and term = $3
           returning coalesce(wanted_at > clock_timestamp() - interval '10 seconds', false) as "wanted!""#,
        group.as_str(),
        pbx,
        term
    )
    .fetch_optional(connection)
    .await?;
    Ok(wanted.unwrap_or(false))
}

/// Says that everything heard under a term is written.
pub async fn gone(connection: &mut PgConnection, group: &GroupId, pbx: &str, term: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "update pbx_readers set leaving = null where group_id = $1 and pbx = $2 and leaving = $3",
        group.as_str(),
        pbx,
        term
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the holder of an earlier term still writes.
pub async fn is_predecessor_leaving(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    term: i64,
) -> sqlx::Result<bool> {
    let leaving = sqlx::query_scalar!(
        r#"select coalesce(leaving < $3, false) as "leaving!" from pbx_readers where group_id = $1 and pbx = $2"#,
        group.as_str(),
        pbx,
        term
    )
    .fetch_optional(connection)
    .await?;
    Ok(leaving.unwrap_or(false))
}

/// Whether the term still is the present one. While the transaction goes on it stays so.
///
/// An advisory lock of the transaction: those who wait for it get it in their order, so that a holder that writes
/// without a pause does not keep its successor out; and nothing is written for it.
pub async fn hold(
    connection: &mut PgConnection,
    group: &GroupId,
    pbx: &str,
    term: i64,
) -> sqlx::Result<bool> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared(hashtextextended('pbx reader/' || $1::text || '/' || $2::text, 0))",
        group.as_str(),
        pbx
    )
    .execute(&mut *connection)
    .await?;
    // A statement of its own: only one that begins after the wait sees what was waited for.
    let held = sqlx::query_scalar!(
        "select term from pbx_readers where group_id = $1 and pbx = $2 and term = $3",
        group.as_str(),
        pbx,
        term
    )
    .fetch_optional(connection)
    .await?;
    Ok(held.is_some())
}
