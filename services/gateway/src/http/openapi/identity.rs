//! Operations and shapes of who is who: evidence, questions, records of a card, the model that decides.

use serde_json::{Map, Value, json};

use super::{
    operations::{Operation, get, post},
    schemas::{list_of, object, reference},
};

pub(super) const OPERATIONS: &[Operation] = &[
    get(
        "/api/v1/reviews",
        "Pairs that may be the same client: open ones by what an answer is worth, decided ones the last first",
        &["limit", "cursor", "state", "client_id"],
        "Reviews",
    ),
    post(
        "/api/v1/reviews/{id}/decide",
        "Same, different or skip (it comes last for whoever skips it); 409 when nothing is left to answer",
        "Decision",
        "Review",
    ),
    post("/api/v1/reviews/{id}/undo", "Take a decision back", "", "Review"),
    get(
        "/api/v1/clients/{id}/records",
        "The source records of a card, newest first, each with why it is there",
        &["limit", "cursor"],
        "Records",
    ),
    post(
        "/api/v1/records/{id}/move",
        "Give a record to another client, or (none named) to a new one; what it said goes along",
        "MoveRecord",
        "RecordMove",
    ),
    post(
        "/api/v1/moves/{id}/undo",
        "Take a move back, exactly",
        "",
        "RecordMove",
    ),
    get(
        "/api/v1/identity/explain",
        "Why two records or clients are one client, or why they are not",
        &["left", "right"],
        "Explanation",
    ),
    get(
        "/api/v1/identity/settings",
        "Which model decides who is who, from how many bits on, and which models were learned",
        &[],
        "IdentitySettings",
    ),
    post(
        "/api/v1/identity/settings",
        "Choose a model or thresholds; what is absent stays",
        "SetIdentitySettings",
        "IdentitySettings",
    ),
    post(
        "/api/v1/identity/train",
        "Learn a model from the group's own records; it decides from then on",
        "",
        "IdentityModel",
    ),
    post(
        "/api/v1/identity/undo-model",
        "Take back whatever a model linked, merged and moved; asked again it goes on",
        "UndoModel",
        "UndoneModel",
    ),
];

/// Other explanations of what two have in common; empty: chance.
const RIVALS: [&str; 5] = ["household", "number_passed_on", "car_passed_on", "kin", ""];

pub(super) fn schemas() -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let one_of = |values: &[&str]| json!({ "type": "string", "enum": values });
    let whole = || json!({ "type": "integer" });
    let number = || json!({ "type": "number" });
    let all = json!({
        "Evidence": object(&["field", "outcome", "bits"], json!({ "field": text(), "outcome": text(), "bits": number(), "left": text(), "right": text() })),
        "Review": object(&["review_id", "left_client_id", "right_client_id", "bits", "state"], json!({ "review_id": text(), "left_client_id": text(),
            "right_client_id": text(), "bits": number(), "worth": number(), "evidence": { "type": "array", "items": reference("Evidence") },
            "state": one_of(&["open", "same", "different", "skipped", "withdrawn"]), "created_at": text(), "decided_at": { "type": ["string", "null"] },
            "decided_by": text(), "merge_id": text(), "skipped_at": { "type": ["string", "null"] }, "rival": one_of(&RIVALS) })),
        "Reviews": list_of("reviews", "Review"),
        "Record": object(&["source_record_id", "client_id"], json!({ "source_record_id": text(), "client_id": text(), "record": { "type": "object" },
            "received_at": text(), "outcome": one_of(&["linked", "created", "to_review"]), "bits": { "type": ["number", "null"] }, "evidence": { "type": "array", "items": reference("Evidence") },
            "model_version": whole(), "import_id": text(), "moved": { "oneOf": [reference("RecordMove"), { "type": "null" }] } })),
        "Records": list_of("records", "Record"),
        "MoveRecord": object(&[], json!({ "to_client_id": text() })),
        "RecordMove": object(&["move_id", "source_record_id", "from_client_id", "to_client_id"], json!({ "move_id": text(), "source_record_id": text(),
            "from_client_id": text(), "to_client_id": text(), "at": text(), "actor_employee_id": text(), "reason": one_of(&["repair", "split", "withdrawn", "undone"]) })),
        "Explanation": object(&["bits", "verdict", "same_card"], json!({ "left_client_id": text(), "right_client_id": text(), "bits": number(),
            "evidence": { "type": "array", "items": reference("Evidence") }, "verdict": one_of(&["link", "ask", "new"]), "same_card": { "type": "boolean" },
            "ruling": one_of(&["same", "different", ""]), "model_version": whole(), "link_bits": number(), "ask_bits": number(),
            "rival": one_of(&RIVALS), "left_is": one_of(&["record", "card", "client"]), "right_is": one_of(&["record", "card", "client"]),
            "links": { "type": "array", "items": reference("KeptReason") } })),
        "KeptReason": object(&["kind", "id"], json!({ "kind": one_of(&["merge", "record"]), "id": text(), "client_id": text(), "other_client_id": text(),
            "at": text(), "actor_employee_id": text(), "reason": text(), "bits": { "type": ["number", "null"] },
            "evidence": { "type": "array", "items": reference("Evidence") }, "model_version": whole(), "rival": one_of(&RIVALS), "source_record_id": text() })),
        "IdentityModel": object(&["version"], json!({ "version": whole(), "records": whole(), "trained_at": text(), "actor_employee_id": text() })),
        "IdentitySettings": object(&["model_version", "link_bits", "ask_bits"], json!({ "model_version": whole(), "link_bits": number(), "ask_bits": number(),
            "models": { "type": "array", "items": reference("IdentityModel") } })),
        "SetIdentitySettings": object(&[], json!({ "model_version": whole(), "link_bits": number(), "ask_bits": number() })),
        "UndoModel": object(&["model_version"], json!({ "model_version": whole() })),
        "UndoneModel": object(&["merges", "moves", "records"], json!({ "merges": whole(), "moves": whole(), "records": whole() })),
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}
