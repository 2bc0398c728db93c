//! The OpenAPI 3.1 document. Paths and methods are held against the table of routes by a test.

mod identity;
mod operations;
mod schemas;

use axum::Json;
use serde_json::{Map, Value, json};

use operations::{OPERATIONS, Operation};
use schemas::{reference, schemas};

/// `GET /api/openapi.json`
pub async fn document() -> Json<Value> {
    Json(describe())
}

/// The document.
pub fn describe() -> Value {
    let mut paths = Map::new();
    for asked in OPERATIONS.iter().chain(identity::OPERATIONS) {
        let entry = paths.entry(asked.path).or_insert_with(|| json!({}));
        entry[asked.method] = operation(asked);
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

fn operation(asked: &Operation) -> Value {
    let (request, answer) = (asked.request, asked.answer);
    let mut parameters: Vec<Value> = asked
        .query
        .iter()
        .map(|name| {
            let schema = match *name {
                "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 200 }),
                "overdue" => json!({ "type": "boolean" }),
                _ => json!({ "type": "string" }),
            };
            let required = ["left", "right"].contains(name);
            json!({ "name": name, "in": "query", "required": required, "schema": schema })
        })
        .collect();
    if asked.path.contains("{id}") {
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
        "summary": asked.summary,
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
    if ["IdentityModel", "UndoneModel"].contains(&answer) {
        operation["responses"]["202"] = json!({ "description": "It takes longer than anybody waits, and goes on",
            "content": { "application/json": { "schema": reference("Anything") } } });
    }
    if answer == "SourceRecordResults" {
        operation["responses"]["207"] = json!({ "description": "Some were refused; the reason is beside each",
            "content": { "application/json": { "schema": reference(answer) } } });
    }
    operation
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
