//! Clients and which of them are one card.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use uuid::Uuid;

/// The surviving id, for any id a client ever had.
pub(crate) async fn root_of(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select root_id from clients where group_id = $1 and id = $2",
        group,
        id
    )
    .fetch_optional(connection)
    .await
}

/// The surviving ids of many; unknown ones are left out.
pub(crate) async fn roots_of(
    connection: &mut PgConnection,
    group: &str,
    ids: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Uuid>> {
    let rows = sqlx::query!(
        "select c.id, c.root_id from unnest($2::uuid[]) as wanted (id)
         cross join lateral (select id, root_id from clients where group_id = $1 and id = wanted.id limit 1) c",
        group,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.root_id)).collect())
}

/// The newest cards.
pub(crate) async fn newest(connection: &mut PgConnection, group: &str, most: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from clients where group_id = $1 and root_id = id order by id desc limit $2",
        group,
        most
    )
    .fetch_all(connection)
    .await
}

/// Every client of the cards with these roots, oldest first.
pub(crate) async fn members(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from clients where group_id = $1 and root_id = any($2) order by id",
        group,
        roots
    )
    .fetch_all(connection)
    .await
}

/// Every client of the cards with these roots, with its card's root.
pub(crate) async fn families(
    connection: &mut PgConnection,
    group: &str,
    roots: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Uuid>> {
    let rows = sqlx::query!(
        "select c.id, c.root_id from unnest($2::uuid[]) as wanted (root_id)
         cross join lateral (select id, root_id from clients where group_id = $1 and root_id = wanted.root_id offset 0) c",
        group,
        roots
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.root_id)).collect())
}

/// Counts the versions of cards up, each by so many; answers what they were before.
pub(crate) async fn touch_all(
    connection: &mut PgConnection,
    group: &str,
    times: &BTreeMap<Uuid, i64>,
) -> sqlx::Result<BTreeMap<Uuid, u64>> {
    if times.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (roots, times): (Vec<Uuid>, Vec<i64>) = times.iter().map(|(root, times)| (*root, *times)).unzip();
    let rows = sqlx::query!(
        r#"update clients set version = version + touched.times
           from unnest($2::uuid[], $3::bigint[]) as touched (id, times)
           where clients.group_id = $1 and clients.id = touched.id
           returning clients.id, clients.version - touched.times as "before!""#,
        group,
        &roots,
        &times
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.before.unsigned_abs()))
        .collect())
}

/// A card that was counted up.
pub(crate) struct Touched {
    pub(crate) version: u64,
    /// Those of the clients asked for that are of it.
    pub(crate) clients: Vec<Uuid>,
}

/// Counts the versions of the cards of these clients up, each by one; answers them by their roots.
pub(crate) async fn touch_cards_of(
    connection: &mut PgConnection,
    group: &str,
    clients: &[Uuid],
) -> sqlx::Result<BTreeMap<Uuid, Touched>> {
    let rows = sqlx::query!(
        r#"with wanted as (
             select c.id, c.root_id from unnest($2::uuid[]) as asked (id)
             cross join lateral (select id, root_id from clients where group_id = $1 and id = asked.id limit 1) c
         ), touched as (
             update clients set version = version + 1
             where group_id = $1 and id = any(array(select root_id from wanted))
             returning id, version
         )
         select t.id, t.version, w.id as "client_id!" from touched t join wanted w on w.root_id = t.id"#,
        group,
        clients
    )
    .fetch_all(connection)
    .await?;
    let mut touched: BTreeMap<Uuid, Touched> = BTreeMap::new();
    for row in rows {
        let card = touched.entry(row.id).or_insert_with(|| Touched {
            version: row.version.unsigned_abs(),
            clients: Vec::new(),
        });
        card.clients.push(row.client_id);
    }
    Ok(touched)
}

/// Counts the card's version up and answers it.
pub(crate) async fn touch(connection: &mut PgConnection, group: &str, root: Uuid) -> sqlx::Result<u64> {
    let version = sqlx::query_scalar!(
        "update clients set version = version + 1 where group_id = $1 and id = $2 returning version",
        group,
        root
    )
    .fetch_one(connection)
    .await?;
    Ok(version.unsigned_abs())
}

/// Puts clients under a new root.
pub(crate) async fn set_root(
    connection: &mut PgConnection,
    group: &str,
    root: Uuid,
    members: &[Uuid],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update clients set root_id = $3 where group_id = $1 and id = any($2) and root_id <> $3",
        group,
        members,
        root
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a client; nothing happens when it is there.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    group: &str,
    id: Uuid,
    kind: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into clients (group_id, id, kind, root_id, created_at) values ($1, $2, $3, $2, $4)
         on conflict do nothing",
        group,
        id,
        kind,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
