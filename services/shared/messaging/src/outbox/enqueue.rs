//! Facts into the present transaction.

use chrono::{DateTime, Utc};
use edina_proto::fact::Fact;
use edina_runtime::group::GroupId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::streams;

/// Stores the fact in the outbox of the transaction; it is published after the commit. Answers the event id.
pub async fn enqueue<F: Fact>(
    connection: &mut PgConnection,
    group: &GroupId,
    fact: &F,
    at: DateTime<Utc>,
) -> sqlx::Result<Uuid> {
    let id = Uuid::now_v7();
    let mut facts = Facts::default();
    facts.push(id, group, fact);
    facts.store(connection, group, at).await?;
    Ok(id)
}

/// Facts of one transaction, stored by one statement, in the order they were said; each in the trace it was said in.
#[derive(Debug, Default)]
pub struct Facts {
    ids: Vec<Uuid>,
    subjects: Vec<String>,
    types: Vec<&'static str>,
    entities: Vec<String>,
    payloads: Vec<Vec<u8>>,
    traces: Vec<Option<String>>,
}

/// Facts by columns of the outbox, for a statement that stores them with something else.
#[derive(Debug)]
pub struct Columns {
    /// Event ids.
    pub ids: Vec<Uuid>,
    /// Where they are published.
    pub subjects: Vec<String>,
    /// Event types.
    pub types: Vec<String>,
    /// Ids of what they are about.
    pub entities: Vec<String>,
    /// Encoded facts.
    pub payloads: Vec<Vec<u8>>,
    /// W3C trace contexts.
    pub traces: Vec<Option<String>>,
}

impl Facts {
    /// Adds a fact of the group.
    #[must_use]
    pub fn and<F: Fact>(mut self, group: &GroupId, fact: &F) -> Self {
        self.push(Uuid::now_v7(), group, fact);
        self
    }

    /// Adds a fact of the group.
    pub fn say<F: Fact>(&mut self, group: &GroupId, fact: &F) {
        self.push(Uuid::now_v7(), group, fact);
    }

    /// Adds what others say after it.
    pub fn append(&mut self, mut others: Self) {
        self.ids.append(&mut others.ids);
        self.subjects.append(&mut others.subjects);
        self.types.append(&mut others.types);
        self.entities.append(&mut others.entities);
        self.payloads.append(&mut others.payloads);
        self.traces.append(&mut others.traces);
    }

    fn push<F: Fact>(&mut self, id: Uuid, group: &GroupId, fact: &F) {
        self.ids.push(id);
        self.subjects
            .push(streams::subject(group.as_str(), F::SERVICE, F::ENTITY, F::FACT));
        self.types.push(F::TYPE);
        self.entities.push(fact.entity_id().to_owned());
        self.payloads.push(fact.encode_to_vec());
        self.traces.push(edina_telemetry::propagation::current());
    }

    /// The rows they are in the outbox, in their order; whoever stores them wakes the relay after the commit.
    #[must_use]
    pub fn into_columns(self) -> Columns {
        Columns {
            ids: self.ids,
            subjects: self.subjects,
            types: self.types.into_iter().map(str::to_owned).collect(),
            entities: self.entities,
            payloads: self.payloads,
            traces: self.traces,
        }
    }

    /// Stores them in the outbox of the transaction; they are published after the commit.
    pub async fn store(
        self,
        connection: &mut PgConnection,
        group: &GroupId,
        at: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        if self.ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into outbox (id, group_id, subject, event_type, entity_id, payload, traceparent, created_at)
             select id, $2, subject, event_type, entity_id, payload, traceparent, $8
             from unnest($1::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[]) with ordinality
                 as facts (id, subject, event_type, entity_id, payload, traceparent, place)
             order by place",
        )
        .bind(self.ids)
        .bind(group.as_str())
        .bind(self.subjects)
        .bind(self.types)
        .bind(self.entities)
        .bind(self.payloads)
        .bind(self.traces)
        .bind(at)
        .execute(connection)
        .await?;
        Ok(())
    }
}
