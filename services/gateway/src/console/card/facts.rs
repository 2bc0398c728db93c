//! What can be said of a client on his card: contacts that hold or do not, corrections, additions, relations.

use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use edina_proto::registry::v1::{
    AddByHandRequest, AnswerContactRequest, ConfirmRelationRequest, CorrectFieldRequest, EndRelationRequest,
    PutRelationRequest, SetVehicleRoleRequest, UndoCorrectionRequest, UndoRelationRequest,
};
use serde_json::{Map, Value, json};

use super::{
    super::{
        act::Act,
        form::{Fields, back},
    },
    to_card,
};
use crate::http::{
    api::{self, source_records},
    problem::Problem,
};

/// `POST /clients/{id}/contacts/answer`
pub async fn answer(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let request = AnswerContactRequest {
        client_id: client_id.clone(),
        kind: act.fields.required("kind")?,
        value: act.fields.required("value")?,
        answer: act.fields.required("answer")?,
        network: act.fields.text("network"),
        ..AnswerContactRequest::default()
    };
    let reply = act.ask(request).await?;
    if act.fields.get("back").is_empty() {
        return Ok(to_card(&client_id));
    }
    // The list offers to take the last answer back.
    let end = if reply.correction_id.is_empty() {
        String::new()
    } else {
        format!("&undo={}", reply.correction_id)
    };
    Ok(back(&format!("{}{end}", act.fields.get("back"))))
}

/// `POST /clients/{id}/corrections`
pub async fn correct(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let request = CorrectFieldRequest {
        client_id: client_id.clone(),
        field: act.fields.required("field")?,
        value: act.fields.required("value")?,
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

/// `POST /corrections/{id}/undo`
pub async fn undo_correction(act: Act) -> Result<Response, Problem> {
    let request = UndoCorrectionRequest {
        correction_id: act.id()?,
    };
    let reply = act.ask(request).await?;
    Ok(act.back_or(&format!("/clients/{}", reply.client_id)))
}

/// `POST /clients/{id}/records`: fields as of a record; those of a vehicle, a profile and a person begin with their name.
pub async fn add(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let record = source_records::by_hand(given(&act.fields)?).map_err(Problem::fields)?;
    let request = AddByHandRequest {
        client_id: client_id.clone(),
        record: Some(record),
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

/// The record that a form describes.
fn given(fields: &Fields) -> Result<Value, Problem> {
    let part = |prefix: &str, names: &[&str]| -> Map<String, Value> {
        names
            .iter()
            .map(|name| (*name, fields.get(&format!("{prefix}_{name}"))))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect()
    };
    let mut record = Map::new();
    for (field, name) in [("phone", "phones"), ("email", "emails")] {
        if !fields.get(field).is_empty() {
            record.insert(name.to_owned(), json!([fields.get(field)]));
        }
    }
    let labels: Map<String, Value> = ["phone", "email"]
        .into_iter()
        .map(|field| (fields.get(field), fields.get(&format!("{field}_label"))))
        .filter(|(value, label)| !value.is_empty() && !label.is_empty())
        .map(|(value, label)| (value.trim().to_owned(), json!(label)))
        .collect();
    if !labels.is_empty() {
        record.insert("labels".to_owned(), Value::Object(labels));
    }
    if !fields.get("address").is_empty() {
        record.insert("address".to_owned(), json!(fields.get("address")));
    }
    let vehicle = part("vehicle", &["vin", "plate", "make", "model", "role"]);
    if !vehicle.is_empty() {
        record.insert("vehicle".to_owned(), Value::Object(vehicle));
    }
    let profile = part("profile", &["network", "handle"]);
    if profile.contains_key("handle") {
        record.insert("profiles".to_owned(), json!([profile]));
    }
    let person = part("person", &["name", "position", "role", "phone", "email"]);
    if !person.is_empty() {
        record.insert("contacts".to_owned(), json!([person]));
    }
    if record.is_empty() {
        return Err(Problem::field("phone", "is empty", "at least one of the fields"));
    }
    Ok(Value::Object(record))
}

/// `POST /clients/{id}/relations`
pub async fn relate(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let request = PutRelationRequest {
        client_id: client_id.clone(),
        other_client_id: api::id(act.fields.get("other_client_id"))?,
        kind: act.fields.required("kind")?,
        position: act.fields.text("position"),
        buyer_role: act.fields.text("buyer_role"),
        since: day(&act.fields, "since")?.map(edina_proto::time::to_proto),
        until: day(&act.fields, "until")?.map(edina_proto::time::to_proto),
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

/// `POST /relations/{id}/confirm`
pub async fn confirm_relation(act: Act) -> Result<Response, Problem> {
    let request = ConfirmRelationRequest {
        relation_id: act.id()?,
    };
    act.ask(request).await?;
    Ok(to_card(&api::id(act.fields.get("client_id"))?))
}

/// `POST /relations/{id}/end`
pub async fn end_relation(act: Act) -> Result<Response, Problem> {
    let until =
        day(&act.fields, "until")?.ok_or_else(|| Problem::field("until", "is empty", "YYYY-MM-DD"))?;
    let request = EndRelationRequest {
        relation_id: act.id()?,
        until: Some(edina_proto::time::to_proto(until)),
    };
    act.ask(request).await?;
    Ok(to_card(&api::id(act.fields.get("client_id"))?))
}

/// `POST /relations/{id}/undo`
pub async fn unrelate(act: Act) -> Result<Response, Problem> {
    let request = UndoRelationRequest {
        relation_id: act.id()?,
    };
    act.ask(request).await?;
    Ok(to_card(&api::id(act.fields.get("client_id"))?))
}

/// `POST /clients/{id}/vehicles`: who owns, drives or pays for a vehicle, since when and until when.
pub async fn vehicle_role(act: Act) -> Result<Response, Problem> {
    let client_id = act.id()?;
    let request = SetVehicleRoleRequest {
        client_id: client_id.clone(),
        vehicle_id: api::id(act.fields.get("vehicle_id"))?,
        role: act.fields.required("role")?,
        from: day(&act.fields, "from")?.map(edina_proto::time::to_proto),
        until: day(&act.fields, "until")?.map(edina_proto::time::to_proto),
    };
    act.ask(request).await?;
    Ok(to_card(&client_id))
}

fn day(fields: &Fields, name: &'static str) -> Result<Option<DateTime<Utc>>, Problem> {
    let given = fields.get(name);
    if given.is_empty() {
        return Ok(None);
    }
    let read = given
        .parse::<NaiveDate>()
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0));
    read.map(|at| Some(at.and_utc()))
        .ok_or_else(|| Problem::field(name, "is no date", "YYYY-MM-DD"))
}
