//! The shapes of requests and answers.

use edina_proto::words;
use serde_json::{Map, Value, json};

use super::identity;

pub(super) fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

pub(super) fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

pub(super) fn list_of(name: &str, item: &str) -> Value {
    let mut properties = Map::new();
    properties.insert(
        name.to_owned(),
        json!({ "type": "array", "items": reference(item) }),
    );
    properties.insert("next_cursor".to_owned(), json!({ "type": ["string", "null"] }));
    object(&[name], Value::Object(properties))
}

/// Every shape, by its name.
pub(super) fn schemas() -> Value {
    let mut all = shapes();
    for (all, identity) in all.as_object_mut().into_iter().zip([identity::schemas()]) {
        all.extend(identity);
    }
    all["VehicleRouting"] = routing();
    all
}

/// Whom what concerns a vehicle goes to.
fn routing() -> Value {
    let text = || json!({ "type": "string" });
    let one_of = |values: &[&str]| json!({ "type": "string", "enum": values });
    let route = json!({ "what": one_of(&["invoice", "reminder", "recall"]), "role": one_of(&["payer", "driver", "owner"]), "client_id": text(),
        "display_name": text() });
    let routes = json!({ "type": "array", "items": object(&["what", "role", "client_id"], route) });
    object(
        &["vehicle_id", "routes"],
        json!({ "vehicle_id": text(), "routes": routes }),
    )
}

fn shapes() -> Value {
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
        "role": one_of(&words::VEHICLE_ROLES) }),
        )
    };
    let record = object(
        &["kind"],
        json!({
            "kind": one_of(&["sale", "repair_order", "contact"]), "external_id": text(), "occurred_at": { "type": "string", "format": "date-time" },
            "branch": text(), "full_name": text(), "last_name": text(), "first_name": text(), "middle_name": text(),
            "birth_date": { "type": "string", "description": "Best YYYY-MM-DD; any usual writing is read, and of one that is not a remark tells." },
            "gender": one_of(&["male", "female"]), "phones": texts(), "emails": texts(),
            "labels": { "type": "object", "additionalProperties": one_of(&words::CONTACT_LABELS) },
            "address": text(), "company": object(&[], json!({ "name": text(), "inn": text(), "kpp": text(), "ogrn": text() })), "vehicle": vehicle(),
            "contacts": { "type": "array", "items": object(&["name"], json!({ "name": text(), "position": text(), "phone": text(), "email": text(),
                "role": one_of(&words::BUYER_ROLES) })) },
            "profiles": { "type": "array", "items": object(&["network", "handle"], json!({ "network": text(), "handle": text() })) },
            "role": text(), "amount": amount(), "comment": text(), "department": text(), "channel": text(),
            "consents": { "type": "array", "items": object(&["purpose", "granted"], json!({ "purpose": one_of(&words::CONSENT_PURPOSES),
                "channel": one_of(&words::CONSENT_CHANNELS), "granted": { "type": "boolean" }, "text_version": text(), "proof": text(), "at": text(),
                "source": one_of(&words::CONSENT_SOURCES) })) },
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
            "phone": text(), "email": text(), "matched_by": text(), "matched_value": text(), "former_vehicle": { "type": "boolean" },
            "liquidated": { "type": "boolean" },
            "person": { "oneOf": [object(&["client_id", "name"], json!({ "client_id": text(), "company": text(), "name": text(), "position": text() })), { "type": "null" }] },
            "vehicles": { "type": "array", "items": vehicle() } })),
        "ClientHits": list_of("clients", "ClientHit"),
        "Card": object(&["client_id", "display_name"], json!({ "client_id": text(), "display_name": text(), "kind": text(),
            "contacts": { "type": "array" }, "vehicles": { "type": "array" }, "consents": { "type": "array", "items": reference("ConsentState") }, "consent_words": { "type": "array" }, "owners": { "type": "array" },
            "purchases": { "type": "array" }, "merges": { "type": "array" }, "reviews": { "type": "array" }, "completeness": whole() })),
        "ContactAnswer": object(&["kind", "value", "answer"], json!({ "kind": one_of(&["phone", "email", "address", "messenger"]), "value": text(),
            "answer": one_of(&["confirmed", "wrong"]), "network": text(),
            "by": one_of(&["person", "click", "visit", "document"]), "ref_id": text() })),
        "Correction": object(&["field", "value"], json!({ "field": one_of(&["last_name", "first_name", "middle_name", "birth_date", "gender", "partner", "address",
            "company_name", "inn", "kpp", "ogrn",
            "liquidated", "asked_vehicle", "left_company"]), "value": text() })),
        "Corrected": object(&[], json!({ "correction_id": text() })),
        "Consent": object(&["purpose", "granted"], json!({ "purpose": one_of(&words::CONSENT_PURPOSES), "channel": one_of(&words::CONSENT_CHANNELS),
            "granted": { "type": "boolean" }, "source": one_of(&words::CONSENT_SOURCES), "proof": text(), "text_version": text(), "at": text() })),
        "ConsentState": object(&["purpose", "channel", "granted"], json!({ "purpose": text(), "channel": text(), "granted": { "type": "boolean" },
            "at": text(), "proof": text(), "text_version": text(), "source": text(), "said_channel": text(), "actor_employee_id": text(), "consent_id": text() })),
        "Consents": object(&["consents"], json!({ "consent_id": text(), "client_id": text(), "consents": { "type": "array", "items": reference("ConsentState") } })),
        "NewRelation": object(&["other_client_id", "kind"], json!({ "other_client_id": text(), "kind": one_of(&words::RELATION_KINDS), "position": text(), "buyer_role": one_of(&words::BUYER_ROLES), "since": text(), "until": text() })),
        "ContactToConfirm": object(&["client", "kind", "value"], json!({ "client": reference("ClientHit"), "kind": text(), "value": text(),
            "display": text(), "datum": { "type": "object" }, "worth": { "type": "number" } })),
        "ContactsToConfirm": list_of("contacts", "ContactToConfirm"),
        "FreshnessLimit": object(&["kind", "segment", "days"], json!({ "kind": one_of(&["phone", "email", "address"]),
            "segment": one_of(&["person", "company"]), "days": whole() })),
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
        "Step": object(&["step"], json!({ "step": one_of(&crate::http::api::leads::STEPS) })),
        "Close": object(&["outcome", "reason"], json!({ "outcome": one_of(&["won", "lost"]), "reason": text(), "note": text(), "amount": amount() })),
        "Assign": object(&["employee_id"], json!({ "employee_id": text() })),
        "Calls": list_of("calls", "Anything"),
        "CallResult": object(&["result"], json!({ "result": text(), "next_step": text(), "note": text(), "topic": text() })),
        "Tasks": list_of("tasks", "Anything"),
        "Complete": object(&[], json!({ "note": text() })),
        "Messages": list_of("messages", "Anything"),
    })
}
