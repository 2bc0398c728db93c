//! Who is who: records with why they are there, pairs weighed, the model that decides.

use edina_proto::registry::v1::{
    IdentityModel, IdentitySettings, KeptReason, PairExplanation, PlacedRecord, RecordMove, SourceRecord,
};
use serde_json::{Value, json};

use super::{client::evidence, instant, list, money, vehicle};

/// A record of a card. Bits are null where nothing was compared.
pub fn placed(placed: &PlacedRecord) -> Value {
    let weighed = !placed.evidence.is_empty();
    json!({
        "source_record_id": placed.source_record_id,
        "client_id": placed.client_id,
        "record": placed.record.as_ref().map_or(Value::Null, record),
        "received_at": instant(placed.received_at.as_ref()),
        "outcome": placed.outcome,
        "bits": weighed.then_some(placed.bits),
        "evidence": list(&placed.evidence, evidence),
        "model_version": placed.model_version,
        "import_id": placed.import_id,
        "moved": placed.moved.as_ref().map_or(Value::Null, moved),
    })
}

fn record(said: &SourceRecord) -> Value {
    json!({
        "source": said.source, "external_id": said.external_id, "kind": said.kind,
        "occurred_at": instant(said.occurred_at.as_ref()),
        "branch_id": said.branch_id, "department": said.department,
        "full_name": said.full_name, "last_name": said.last_name, "first_name": said.first_name,
        "middle_name": said.middle_name, "birth_date": said.birth_date, "gender": said.gender,
        "phones": said.phones, "emails": said.emails, "labels": said.labels, "address": said.address,
        "company": said.company.as_ref().map_or(Value::Null, |company| json!({
            "name": company.name, "inn": company.inn, "kpp": company.kpp, "ogrn": company.ogrn,
        })),
        "contacts": list(&said.contacts, |person| json!({
            "name": person.name, "position": person.position, "buyer_role": person.buyer_role,
            "phone": person.phone, "email": person.email,
        })),
        "profiles": list(&said.profiles, |profile| json!({
            "network": profile.network, "handle": profile.handle,
        })),
        "vehicles": list(&said.vehicles, vehicle),
        "amount": money(said.amount.as_ref()),
        "consents": list(&said.consents, |consent| json!({
            "purpose": consent.purpose, "channel": consent.channel, "granted": consent.granted,
            "at": instant(consent.at.as_ref()), "proof": consent.proof, "text_version": consent.text_version,
            "source": consent.source,
        })),
        "comment": said.comment, "channel": said.channel, "extra": said.extra,
    })
}

/// A record given to another client.
pub fn moved(moved: &RecordMove) -> Value {
    json!({
        "move_id": moved.move_id,
        "source_record_id": moved.source_record_id,
        "from_client_id": moved.from_client_id,
        "to_client_id": moved.to_client_id,
        "at": instant(moved.at.as_ref()),
        "actor_employee_id": moved.actor_employee_id,
        "reason": moved.reason,
    })
}

/// Two sides weighed against each other.
pub fn explanation(told: &PairExplanation) -> Value {
    json!({
        "left_client_id": told.left_client_id,
        "right_client_id": told.right_client_id,
        "bits": told.bits,
        "evidence": list(&told.evidence, evidence),
        "verdict": told.verdict,
        "same_card": told.same_card,
        "ruling": told.ruling,
        "model_version": told.model_version,
        "link_bits": told.link_bits,
        "ask_bits": told.ask_bits,
        "rival": told.rival,
        "left_is": told.left_is,
        "right_is": told.right_is,
        "links": list(&told.links, kept_reason),
    })
}

/// Why something was put together, as it was kept. Bits are null where a person did it.
fn kept_reason(link: &KeptReason) -> Value {
    let weighed = !link.evidence.is_empty();
    json!({
        "kind": link.kind, "id": link.id, "client_id": link.client_id, "other_client_id": link.other_client_id,
        "at": instant(link.at.as_ref()), "actor_employee_id": link.actor_employee_id, "reason": link.reason,
        "bits": weighed.then_some(link.bits), "evidence": list(&link.evidence, evidence),
        "model_version": link.model_version, "rival": link.rival,
        "source_record_id": link.source_record_id,
    })
}

/// What decides, and what has been learned.
pub fn settings(settings: &IdentitySettings) -> Value {
    json!({
        "model_version": settings.model_version,
        "link_bits": settings.link_bits,
        "ask_bits": settings.ask_bits,
        "models": list(&settings.models, model),
    })
}

/// A model that was learned.
pub fn model(model: &IdentityModel) -> Value {
    json!({
        "version": model.version,
        "records": model.records,
        "trained_at": instant(model.trained_at.as_ref()),
        "actor_employee_id": model.actor_employee_id,
    })
}
