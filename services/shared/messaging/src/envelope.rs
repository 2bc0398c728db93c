//! CloudEvents in binary mode: the attributes as NATS headers, the protobuf message as payload.

use async_nats::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use edina_proto::fact::Fact;
use edina_runtime::group::GroupId;
use uuid::Uuid;

/// Header with the event id; also the inbox key.
pub const ID: &str = "ce-id";
const TYPE: &str = "ce-type";
const SOURCE: &str = "ce-source";
const TIME: &str = "ce-time";
const SUBJECT: &str = "ce-subject";
const SPEC_VERSION: &str = "ce-specversion";
const CONTENT_TYPE: &str = "content-type";
/// JetStream drops a second message with the same value within its window.
pub const MESSAGE_ID: &str = "Nats-Msg-Id";

/// A fact as it arrived.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// UUIDv7 of the event.
    pub id: Uuid,
    /// The dealership group, from the subject.
    pub group: GroupId,
    /// `edina.<group>.<service>.<entity>.<fact>`.
    pub subject: String,
    /// CloudEvents type.
    pub event_type: String,
    /// Id of the entity it is about.
    pub entity_id: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Trace that caused it.
    pub traceparent: Option<String>,
    /// The protobuf message.
    pub payload: bytes::Bytes,
}

/// Why a message cannot be read as a fact.
#[derive(Debug, thiserror::Error)]
#[error("not a fact: {0}")]
pub struct Malformed(&'static str);

impl Delivery {
    /// Reads the headers of a message.
    pub fn read(message: &async_nats::Message) -> Result<Self, Malformed> {
        let headers = message.headers.as_ref().ok_or(Malformed("no headers"))?;
        let text = |name: &'static str| headers.get(name).map(|value| value.as_str().to_owned());
        let group = message
            .subject
            .as_str()
            .split('.')
            .nth(1)
            .ok_or(Malformed("no group in the subject"))?;
        Ok(Self {
            id: text(ID)
                .and_then(|id| id.parse().ok())
                .ok_or(Malformed("ce-id"))?,
            group: group.parse().map_err(|_| Malformed("group in the subject"))?,
            subject: message.subject.to_string(),
            event_type: text(TYPE).ok_or(Malformed("ce-type"))?,
            entity_id: text(SUBJECT).unwrap_or_default(),
            at: text(TIME)
                .and_then(|at| DateTime::parse_from_rfc3339(&at).ok())
                .ok_or(Malformed("ce-time"))?
                .with_timezone(&Utc),
            traceparent: text(edina_telemetry::propagation::TRACEPARENT),
            payload: message.payload.clone(),
        })
    }

    /// The message, if this is a fact of that type; none for another type.
    pub fn decode<F: Fact>(&self) -> Option<Result<F, prost::DecodeError>> {
        (self.event_type == F::TYPE).then(|| F::decode(self.payload.clone()))
    }
}

/// The headers of a fact to be published.
pub fn headers(
    id: Uuid,
    event_type: &str,
    entity_id: &str,
    at: DateTime<Utc>,
    traceparent: Option<&str>,
    source: &str,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let id = id.to_string();
    headers.insert(MESSAGE_ID, id.as_str());
    headers.insert(ID, id.as_str());
    headers.insert(SPEC_VERSION, "1.0");
    headers.insert(TYPE, event_type);
    headers.insert(SOURCE, source);
    headers.insert(TIME, at.to_rfc3339_opts(SecondsFormat::Micros, true).as_str());
    headers.insert(SUBJECT, entity_id);
    headers.insert(CONTENT_TYPE, "application/protobuf");
    if let Some(parent) = traceparent {
        headers.insert(edina_telemetry::propagation::TRACEPARENT, parent);
    }
    headers
}
