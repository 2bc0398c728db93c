//! The OpenAPI 3.1 document. Paths and methods are held against the table of routes by a test.

use axum::Json;
use serde_json::{Map, Value, json};

/// `GET /api/openapi.json`
pub async fn document() -> Json<Value> {
    Json(describe())
}

/// An operation: method, path, what it does, parameters of the query, the request's schema, the answer's schema.
type Operation = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
);

const OPERATIONS: &[Operation] = &[
    ("get", "/api/openapi.json", "This document", &[], "", "Anything"),
    (
        "get",
        "/api/v1/clients",
        "Find clients: phone in any format, name, e-mail, VIN or its tail, plate, INN",
        &["q", "limit"],
        "",
        "ClientHits",
    ),
    (
        "get",
        "/api/v1/clients/{id}",
        "The card of a client; after a merge, of the survivor",
        &[],
        "",
        "Card",
    ),
    (
        "get",
        "/api/v1/clients/{id}/timeline",
        "Everything any department or the client did, newest first",
        &["limit", "cursor", "kinds"],
        "",
        "Timeline",
    ),
    (
        "post",
        "/api/v1/clients/{id}/notes",
        "Write a note or a promise",
        &[],
        "Note",
        "Anything",
    ),
    (
        "post",
        "/api/v1/clients/{id}/merge",
        "Merge another client into this one",
        &[],
        "Merge",
        "Merged",
    ),
    (
        "post",
        "/api/v1/merges/{id}/undo",
        "Take a merge back, exactly",
        &[],
        "",
        "Anything",
    ),
    (
        "get",
        "/api/v1/reviews",
        "Pairs that may be the same client",
        &["limit", "cursor", "state", "client_id"],
        "",
        "Anything",
    ),
    (
        "post",
        "/api/v1/reviews/{id}/decide",
        "Same, different or skip",
        &[],
        "Decision",
        "Anything",
    ),
    (
        "post",
        "/api/v1/reviews/{id}/undo",
        "Take a decision back",
        &[],
        "",
        "Anything",
    ),
    (
        "post",
        "/api/v1/source-records",
        "Take DMS records, one or many, and say which client each resolved to",
        &[],
        "SourceRecords",
        "SourceRecordResults",
    ),
    (
        "get",
        "/api/v1/leads",
        "Leads",
        &[
            "limit",
            "cursor",
            "client_id",
            "branch_id",
            "owner_employee_id",
            "status",
            "step",
            "source",
            "overdue",
        ],
        "",
        "Leads",
    ),
    ("get", "/api/v1/leads/{id}", "A lead", &[], "", "Lead"),
    (
        "post",
        "/api/v1/leads/{id}/move",
        "Move a lead to one of the seven sales steps",
        &[],
        "Step",
        "Lead",
    ),
    (
        "post",
        "/api/v1/leads/{id}/close",
        "Close a lead as won or lost, with the reason",
        &[],
        "Close",
        "Lead",
    ),
    (
        "post",
        "/api/v1/leads/{id}/reopen",
        "Open a closed lead again",
        &[],
        "",
        "Lead",
    ),
    (
        "post",
        "/api/v1/leads/{id}/answered",
        "Mark that the client was answered: stops the response clock",
        &[],
        "",
        "Lead",
    ),
    (
        "post",
        "/api/v1/leads/{id}/assign",
        "Give a lead to an employee",
        &[],
        "Assign",
        "Lead",
    ),
    (
        "get",
        "/api/v1/calls",
        "Calls",
        &[
            "limit",
            "cursor",
            "client_id",
            "direction",
            "outcome",
            "branch_id",
            "employee_id",
        ],
        "",
        "Calls",
    ),
    ("get", "/api/v1/calls/{id}", "A call", &[], "", "Anything"),
    (
        "post",
        "/api/v1/calls/{id}/result",
        "Write down the result of a conversation",
        &[],
        "CallResult",
        "Anything",
    ),
    (
        "get",
        "/api/v1/tasks",
        "Callback tasks",
        &[
            "limit",
            "cursor",
            "client_id",
            "owner_employee_id",
            "branch_id",
            "state",
        ],
        "",
        "Tasks",
    ),
    (
        "post",
        "/api/v1/tasks/{id}/complete",
        "Complete a task",
        &[],
        "Complete",
        "Anything",
    ),
    (
        "get",
        "/api/v1/messages",
        "Messages with the reasons why they were sent, deferred or blocked",
        &["limit", "cursor", "client_id", "state", "channel"],
        "",
        "Messages",
    ),
    ("get", "/api/v1/messages/{id}", "A message", &[], "", "Anything"),
    (
        "get",
        "/api/v1/directory",
        "Branches and employees",
        &[],
        "",
        "Anything",
    ),
    (
        "get",
        "/api/v1/live",
        "What happens, as server-sent events with JSON: type, id, client_ids",
        &[],
        "",
        "Events",
    ),
];

/// The document.
pub fn describe() -> Value {
    let mut paths = Map::new();
    for (method, path, summary, query, request, answer) in OPERATIONS {
        let entry = paths.entry(*path).or_insert_with(|| json!({}));
        entry[*method] = operation(path, summary, query, request, answer);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Edina", "version": "1",
            "summary": "The unified client base of a dealership group",
            "description": "Every error is a problem document (RFC 9457). Lists are paged by cursor. Ids of another group answer 404.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "edina_session" },
            },
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "What was wrong and what would be right",
                    "content": { "application/problem+json": { "schema": reference("Problem") } },
                },
            },
        },
    })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn operation(path: &str, summary: &str, query: &[&str], request: &str, answer: &str) -> Value {
    let mut parameters: Vec<Value> = query
        .iter()
        .map(|name| {
            let schema = match *name {
                "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 200 }),
                "overdue" => json!({ "type": "boolean" }),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "query", "required": *name == "q", "schema": schema })
        })
        .collect();
    if path.contains("{id}") {
        parameters.push(json!({
            "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" },
        }));
    }
    let media = if answer == "Events" {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut operation = json!({
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": "Done", "content": { media: { "schema": reference(answer) } } },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    });
    if !request.is_empty() {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(request) } } });
    }
    if answer == "SourceRecordResults" {
        operation["responses"]["207"] = json!({ "description": "Some were refused; the reason is beside each",
            "content": { "application/json": { "schema": reference(answer) } } });
    }
    operation
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

fn list_of(name: &str, item: &str) -> Value {
    let mut properties = Map::new();
    properties.insert(
        name.to_owned(),
        json!({ "type": "array", "items": reference(item) }),
    );
    properties.insert("next_cursor".to_owned(), json!({ "type": ["string", "null"] }));
    object(&[name], Value::Object(properties))
}

fn schemas() -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let one_of = |values: &[&str]| json!({ "type": "string", "enum": values });
    let whole = || json!({ "type": "integer" });
    let amount = || {
        object(
            &["minor", "currency"],
            json!({ "minor": whole(), "currency": text() }),
        )
    };
    let vehicle = || {
        object(
            &[],
            json!({ "vin": text(), "plate": text(), "make": text(), "model": text(), "year": whole(),
        "mileage_km": whole(), "condition": one_of(&["new", "used"]),
        "role": one_of(&["owner", "former_owner", "payer", "driver", "wants", "trades_in", "other"]) }),
        )
    };
    let record = object(
        &["kind"],
        json!({
            "kind": one_of(&["sale", "repair_order", "contact"]), "external_id": text(), "occurred_at": { "type": "string", "format": "date-time" },
            "branch": text(), "full_name": text(), "last_name": text(), "first_name": text(), "middle_name": text(),
            "birth_date": { "type": "string", "format": "date" }, "gender": one_of(&["male", "female"]), "phones": texts(), "emails": texts(),
            "address": text(), "company": object(&[], json!({ "name": text(), "inn": text(), "kpp": text() })), "vehicle": vehicle(),
            "role": text(), "amount": amount(), "comment": text(), "department": text(), "channel": text(),
            "consents": { "type": "array", "items": object(&["purpose", "granted"], json!({ "purpose": one_of(&["personal_data", "advertising"]),
                "channel": one_of(&["sms", "email", "call", "any"]), "granted": { "type": "boolean" }, "text_version": text(), "proof": text(), "at": text() })) },
        }),
    );
    let result = object(
        &[],
        json!({ "source_record_id": text(), "client_id": text(),
        "outcome": one_of(&["linked", "created", "to_review"]), "index": whole(), "error": reference("Problem") }),
    );
    json!({
        "Anything": { "type": "object" },
        "Events": { "type": "string" },
        "Problem": object(&["type", "title", "status", "detail"], json!({ "type": text(), "title": text(), "status": whole(), "detail": text(),
            "errors": { "type": "array", "items": object(&["field", "detail", "expected"], json!({ "field": text(), "detail": text(), "expected": text() })) } })),
        "ClientHit": object(&["client_id", "display_name"], json!({ "client_id": text(), "display_name": text(), "kind": one_of(&["person", "company"]),
            "phone": text(), "email": text(), "matched_by": text(), "matched_value": text(), "vehicles": { "type": "array", "items": vehicle() } })),
        "ClientHits": list_of("clients", "ClientHit"),
        "Card": object(&["client_id", "display_name"], json!({ "client_id": text(), "display_name": text(), "kind": text(),
            "contacts": { "type": "array" }, "vehicles": { "type": "array" }, "consents": { "type": "array" }, "owners": { "type": "array" },
            "purchases": { "type": "array" }, "merges": { "type": "array" }, "reviews": { "type": "array" }, "completeness": whole() })),
        "Timeline": list_of("entries", "Anything"),
        "Note": object(&["text"], json!({ "text": text(), "kind": one_of(&["note", "promise"]) })),
        "Merge": object(&["other_client_id"], json!({ "other_client_id": text(), "reason": text() })),
        "Merged": object(&["merge_id", "client_id"], json!({ "merge_id": text(), "client_id": text() })),
        "Decision": object(&["decision"], json!({ "decision": one_of(&["same", "different", "skip"]) })),
        "SourceRecord": record,
        "SourceRecords": { "oneOf": [reference("SourceRecord"), { "type": "array", "maxItems": 1000, "items": reference("SourceRecord") },
            object(&["records"], json!({ "records": { "type": "array", "maxItems": 1000, "items": reference("SourceRecord") } }))] },
        "SourceRecordResult": result,
        "SourceRecordResults": { "oneOf": [reference("SourceRecordResult"), list_of("records", "SourceRecordResult")] },
        "Lead": object(&["lead_id", "step", "status"], json!({ "lead_id": text(), "client_id": text(), "branch_id": text(), "source_name": text(),
            "topic": text(), "step": text(), "status": one_of(&["open", "won", "lost"]), "owner_employee_id": text(), "overdue": { "type": "boolean" },
            "clock": { "type": "object" }, "vehicles": { "type": "array", "items": vehicle() } })),
        "Leads": list_of("leads", "Lead"),
        "Step": object(&["step"], json!({ "step": one_of(&super::api::leads::STEPS) })),
        "Close": object(&["outcome", "reason"], json!({ "outcome": one_of(&["won", "lost"]), "reason": text(), "note": text(), "amount": amount() })),
        "Assign": object(&["employee_id"], json!({ "employee_id": text() })),
        "Calls": list_of("calls", "Anything"),
        "CallResult": object(&["result"], json!({ "result": text(), "next_step": text(), "note": text(), "topic": text() })),
        "Tasks": list_of("tasks", "Anything"),
        "Complete": object(&[], json!({ "note": text() })),
        "Messages": list_of("messages", "Anything"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ROUTES;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_names_exactly_the_routes_of_the_api() {
        let document = describe();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(|method| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> = ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/"))
            .map(|route| (route.method.to_owned(), route.path.to_owned()))
            .collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = describe();
        let text = document.to_string();
        for part in text.split("\"#/components/").skip(1) {
            let path = format!("/components/{}", part.split('"').next().unwrap());
            assert!(document.pointer(&path).is_some(), "{path}");
        }
    }
}
