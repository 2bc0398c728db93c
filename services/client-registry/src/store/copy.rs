//! Rows by `COPY` into empty tables, indexes afterwards. For [`crate::bulk`] only.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

/// Rows per table, in the text format of `COPY`.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) clients: String,
    pub(crate) source_records: String,
    pub(crate) client_keys: String,
    /// A row per value and record; counted at the end.
    pub(crate) counted: String,
    pub(crate) search_terms: String,
    pub(crate) name_words: String,
    pub(crate) vehicles: String,
    pub(crate) vehicle_statements: String,
    pub(crate) timeline_entries: String,
}

/// The tables that are filled.
const FILLED: &str = "'clients', 'source_records', 'client_keys', 'key_counts', 'search_terms', 'name_words', \
     'name_slips', 'vehicles', \
     'vehicle_statements', 'timeline_entries'";
/// Sorting an index of a big table in small memory takes several times as long.
const ROOM: &str = "set maintenance_work_mem = '512MB'";

/// A row being written; ends when it is dropped.
pub(crate) struct Row<'a> {
    out: &'a mut String,
    begun: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn of(table: &'a mut String) -> Self {
        Self {
            out: table,
            begun: false,
        }
    }

    fn next(&mut self) -> &mut String {
        if std::mem::replace(&mut self.begun, true) {
            self.out.push('\t');
        }
        self.out
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        let out = self.next();
        for c in text.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c => out.push(c),
            }
        }
        self
    }

    pub(crate) fn id(mut self, id: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        self.next().push_str(id.hyphenated().encode_lower(&mut buffer));
        self
    }

    pub(crate) fn number(self, number: i64) -> Self {
        self.text(&number.to_string())
    }

    pub(crate) fn time(self, at: DateTime<Utc>) -> Self {
        self.text(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        let out = self.next();
        out.push_str("\\\\x");
        for byte in bytes {
            // Writing to a string cannot fail.
            write!(out, "{byte:02x}").ok();
        }
        self
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.out.push('\n');
    }
}

/// Refuses a base that holds cards.
pub(crate) async fn require_empty(pool: &PgPool) -> anyhow::Result<()> {
    let any: bool = sqlx::query_scalar("select exists(select from clients)")
        .fetch_one(pool)
        .await?;
    anyhow::ensure!(!any, "cards are loaded into an empty base only");
    Ok(())
}

/// How many clients there are.
pub(crate) async fn count(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from clients where id = root_id")
        .fetch_one(pool)
        .await
}

/// Gives the filled tables new files, in the transaction that fills them.
pub(crate) async fn make_anew(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(format!(
        "truncate {}, bulk_counted",
        FILLED.replace('\'', "")
    )))
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops indexes and constraints of the filled tables; what puts them back, in order.
pub(crate) async fn take_indexes(pool: &PgPool) -> anyhow::Result<Vec<String>> {
    let constraints: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint
         where contype in ('p', 'u', 'f') and conrelid::regclass::text in ({FILLED})
         order by contype = 'f', contype = 'u'"
    )))
    .fetch_all(pool)
    .await?;
    let indexes: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
         where indrelid::regclass::text in ({FILLED})
           and not exists (select from pg_constraint where conindid = indexrelid)"
    )))
    .fetch_all(pool)
    .await?;
    let mut drop = String::from("create table bulk_counted (group_id text, kind text, value text);");
    // Those that refer to others go first.
    for (table, name, _) in constraints.iter().rev() {
        write!(drop, "alter table {table} drop constraint {name};")?;
    }
    for (name, _) in &indexes {
        write!(drop, "drop index {name};")?;
    }
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(pool).await?;
    let constraint = |(table, name, definition): &(String, String, String)| {
        format!("alter table {table} add constraint {name} {definition}")
    };
    let (own, between): (Vec<_>, Vec<_>) = constraints
        .iter()
        .partition(|(_, _, definition)| !definition.starts_with("FOREIGN KEY"));
    let put = own.into_iter().map(constraint);
    let put = put.chain(indexes.iter().map(|(_, definition)| definition.clone()));
    Ok(put.chain(between.into_iter().map(constraint)).collect())
}

/// Writes rows, each table by itself.
pub(crate) async fn write(connection: &mut PgConnection, tables: &Tables) -> sqlx::Result<()> {
    let copies = [
        (
            "copy clients (group_id, id, kind, root_id, version, created_at) from stdin",
            &tables.clients,
        ),
        (
            "copy source_records (group_id, id, client_id, source, external_id, content_hash, kind, occurred_at,
                 received_at, branch_id, department, outcome, raw, normalised, brief, brief_version, profile,
                 profile_version) from stdin",
            &tables.source_records,
        ),
        (
            "copy client_keys (group_id, key, client_id) from stdin",
            &tables.client_keys,
        ),
        (
            "copy bulk_counted (group_id, kind, value) from stdin",
            &tables.counted,
        ),
        (
            "copy search_terms (group_id, kind, term, client_id, shown) from stdin",
            &tables.search_terms,
        ),
        (
            "copy name_words (group_id, word, sound) from stdin",
            &tables.name_words,
        ),
        (
            "copy vehicles (group_id, id, key, created_at) from stdin",
            &tables.vehicles,
        ),
        (
            "copy vehicle_statements (group_id, vehicle_id, source_record_id, client_id, role, at, family) from stdin",
            &tables.vehicle_statements,
        ),
        (
            "copy timeline_entries (group_id, id, client_id, at, kind, department, branch_id, ref_service, ref_id,
                 actor_employee_id, facts, text, dedupe_key) from stdin",
            &tables.timeline_entries,
        ),
    ];
    for (statement, rows) in copies {
        let mut copy = connection.copy_in_raw(statement).await?;
        copy.send(rows.as_bytes()).await?;
        copy.finish().await?;
    }
    Ok(())
}

/// Sums the counted values up, and takes the words of names apart.
pub(crate) async fn count_in(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "insert into key_counts (group_id, kind, value, records)
             select group_id, kind, value, count(*) from bulk_counted group by group_id, kind, value;
         drop table bulk_counted;
         insert into name_slips (group_id, slip, word)
             select distinct group_id,
                 s.mark || case when n = 0 then s.text else left(s.text, n - 1) || substr(s.text, n + 1) end, w.word
             from name_words w cross join lateral (values ('', w.word), ('~', w.sound)) s (mark, text)
             cross join lateral generate_series(0, length(s.text)) n where length(w.word) between 4 and 32",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Builds indexes and constraints, and tells the planner what there is.
pub(crate) async fn put_indexes(pool: &PgPool, definitions: &[String]) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    sqlx::raw_sql(ROOM).execute(&mut *connection).await?;
    for definition in definitions {
        sqlx::raw_sql(AssertSqlSafe(definition.clone()))
            .execute(&mut *connection)
            .await?;
    }
    // Visibility maps too, as autovacuum would leave them in time.
    sqlx::raw_sql("vacuum analyze").execute(&mut *connection).await?;
    sqlx::raw_sql("reset maintenance_work_mem")
        .execute(&mut *connection)
        .await?;
    Ok(())
}
