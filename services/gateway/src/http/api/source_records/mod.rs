//! DMS records in, the client each one resolved to out.

mod fields;
mod parts;
mod people;
mod record;

pub use record::by_hand;

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use edina_proto::registry::v1::{ResolveSourceReply, ResolveSourceRequest, SourceRecord};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::{
    Gateway,
    http::{body::JsonBody, problem::Problem},
    session::Identity,
};

/// Records of one request.
pub const LARGEST_BATCH: usize = 1000;
/// Records resolved at the same time. Those of one client may cross; the registry keeps them in order by their time.
const AT_ONCE: usize = 8;

/// `POST /api/v1/source-records`: one object, an array, or `{"records": [...]}`.
///
/// One: 200 with its outcome or the problem. Many: 200 when all were taken, 207 with a reason beside each that was not.
pub async fn submit(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, Problem> {
    let people = gateway.people(&who.group).await?;
    let records = match body {
        Value::Array(records) => records,
        Value::Object(mut fields) if fields.contains_key("records") => match fields.remove("records") {
            Some(Value::Array(records)) => records,
            _ => return Err(Problem::field("records", "is no list", "a list of records")),
        },
        one @ Value::Object(_) => {
            let record = record::read(&one, &people.branches).map_err(Problem::fields)?;
            return Ok(Json(resolved(&resolve(&gateway, &who, record).await?)).into_response());
        }
        _ => {
            return Err(Problem::field(
                "",
                "is neither a record nor a list",
                "one record, or a list of records",
            ));
        }
    };
    if records.is_empty() || records.len() > LARGEST_BATCH {
        let detail = format!("has {} records", records.len());
        return Err(Problem::field(
            "records",
            detail,
            format!("1 to {LARGEST_BATCH} records"),
        ));
    }
    let read: Vec<_> = records
        .iter()
        .map(|given| record::read(given, &people.branches))
        .collect();
    let results: Vec<Value> = stream::iter(read.into_iter().enumerate())
        .map(|(index, read)| {
            let (gateway, who) = (&gateway, &who);
            async move {
                let outcome = match read {
                    Ok(record) => resolve(gateway, who, record).await,
                    Err(errors) => Err(Problem::fields(errors)),
                };
                match outcome {
                    Ok(reply) => resolved(&reply),
                    Err(problem) => json!({ "index": index, "error": problem }),
                }
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let refused = results
        .iter()
        .filter(|result| result.get("error").is_some())
        .count();
    let status = if refused == 0 {
        StatusCode::OK
    } else {
        StatusCode::MULTI_STATUS
    };
    let body = json!({ "accepted": results.len() - refused, "refused": refused, "records": results });
    Ok((status, Json(body)).into_response())
}

async fn resolve(
    gateway: &Gateway,
    who: &Identity,
    record: SourceRecord,
) -> Result<ResolveSourceReply, Problem> {
    gateway
        .ask(who, ResolveSourceRequest { record: Some(record) })
        .await
}

fn resolved(reply: &ResolveSourceReply) -> Value {
    let remarks: Vec<Value> = reply
        .remarks
        .iter()
        .map(|remark| json!({ "field": remark.field, "code": remark.code, "message": remark.message }))
        .collect();
    json!({
        "source_record_id": reply.source_record_id,
        "client_id": reply.client_id,
        "outcome": reply.outcome,
        "remarks": remarks,
    })
}
