//! Clients: search hits, cards, reviews.

use edina_proto::registry::v1::{
    Card, ClientSummary, Company, CompanyData, CompanyPerson, Completeness, Contact, ContactToConfirm, Datum,
    DecisionMaker, Evidence, Owner, PastValue, Relation, Review, SearchHit, VehicleRole, VehicleRoute,
    VehicleRouting,
};
use serde_json::{Map, Value, json};

use super::{consent, consent_word, instant, list, money, vehicle};

/// A search hit: the summary with why it was found.
pub fn hit(hit: &SearchHit) -> Value {
    let mut value = hit.client.as_ref().map_or_else(|| json!({}), summary);
    value["matched_by"] = json!(hit.matched_by);
    value["matched_value"] = json!(hit.matched_value);
    value["former_vehicle"] = json!(hit.former_vehicle);
    value["person"] = hit.person.as_ref().map_or(Value::Null, company_person);
    value
}

/// Who at a company has a number or an address.
pub fn company_person(person: &CompanyPerson) -> Value {
    json!({
        "client_id": person.client_id, "company": person.company, "name": person.name, "position": person.position,
    })
}

/// The short form of a client.
pub fn summary(client: &ClientSummary) -> Value {
    json!({
        "client_id": client.client_id,
        "display_name": client.display_name,
        "kind": client.kind,
        "phone": client.phone,
        "email": client.email,
        "vehicles": list(&client.vehicles, vehicle),
        "owners": list(&client.owners, owner),
        "last_activity_at": instant(client.last_activity_at.as_ref()),
        "liquidated": client.liquidated,
        "marks": client.marks,
    })
}

/// A contact that nothing has confirmed for too long.
pub fn contact_to_confirm(contact: &ContactToConfirm) -> Value {
    json!({
        "client": contact.client.as_ref().map_or(Value::Null, summary),
        "kind": contact.kind, "value": contact.value, "display": contact.display,
        "datum": contact.datum.as_ref().map_or(Value::Null, datum),
        "worth": contact.worth,
    })
}

/// What another client is to the one whose card it is on.
pub fn relation(relation: &Relation) -> Value {
    json!({
        "relation_id": relation.relation_id, "kind": relation.kind, "client_id": relation.client_id,
        "display_name": relation.display_name, "outward": relation.outward, "position": relation.position,
        "buyer_role": relation.buyer_role, "since": instant(relation.since.as_ref()),
        "until": instant(relation.until.as_ref()), "source": relation.source,
        "actor_employee_id": relation.actor_employee_id, "at": instant(relation.at.as_ref()),
        "undone_at": instant(relation.undone_at.as_ref()), "proposed": relation.proposed, "because": relation.because,
    })
}

/// Whom what concerns a vehicle goes to.
pub fn vehicle_routing(routing: &VehicleRouting) -> Value {
    json!({ "vehicle_id": routing.vehicle_id, "routes": list(&routing.routes, route) })
}

fn route(route: &VehicleRoute) -> Value {
    json!({
        "what": route.what, "role": route.role, "client_id": route.client_id, "display_name": route.display_name,
    })
}

fn past(past: &PastValue) -> Value {
    json!({
        "value": past.value, "first_seen_at": instant(past.first_seen_at.as_ref()),
        "last_seen_at": instant(past.last_seen_at.as_ref()), "source": past.source, "channel": past.channel,
        "source_record_id": past.source_record_id,
    })
}

fn decision_maker(person: &DecisionMaker) -> Value {
    json!({
        "name": person.name, "position": person.position, "role": person.buyer_role, "phone": person.phone,
        "email": person.email, "source": person.source, "source_record_id": person.source_record_id,
        "first_seen_at": instant(person.first_seen_at.as_ref()),
        "last_seen_at": instant(person.last_seen_at.as_ref()), "client_id": person.client_id,
    })
}

fn completeness(detail: &Completeness) -> Value {
    json!({
        "score": detail.score,
        "parts": list(&detail.parts, |part| json!({ "name": part.name, "have": part.have, "of": part.of })),
        "missing": detail.missing,
    })
}

fn owner(owner: &Owner) -> Value {
    json!({
        "department": owner.department, "employee_id": owner.employee_id, "branch_id": owner.branch_id,
        "since": instant(owner.since.as_ref()),
    })
}

fn datum(datum: &Datum) -> Value {
    json!({
        "value": datum.value, "raw": datum.raw, "source": datum.source,
        "source_record_id": datum.source_record_id,
        "first_seen_at": instant(datum.first_seen_at.as_ref()),
        "confirmed_at": instant(datum.confirmed_at.as_ref()),
        "confirmed_by": datum.confirmed_by,
        "channel": datum.channel,
        "last_seen_at": instant(datum.last_seen_at.as_ref()),
        "state": datum.state,
        "due_at": instant(datum.due_at.as_ref()),
        "correction_id": datum.correction_id,
        "earlier": list(&datum.earlier, past),
    })
}

fn maybe(field: Option<&Datum>) -> Value {
    field
        .filter(|field| !field.value.is_empty())
        .map_or(Value::Null, datum)
}

fn contact(contact: &Contact) -> Value {
    json!({
        "kind": contact.kind, "value": contact.value, "display": contact.display,
        "shared_with": contact.shared_with, "network": contact.network, "preferred": contact.preferred,
        "local": contact.local, "labels": contact.labels,
        "proofs": list(&contact.proofs, |proof| json!({
            "at": instant(proof.at.as_ref()), "by": proof.by, "ref_id": proof.ref_id,
            "actor_employee_id": proof.actor_employee_id,
        })),
        "datum": contact.datum.as_ref().map_or(Value::Null, datum),
    })
}

fn company(company: &Company, data: Option<&CompanyData>) -> Value {
    json!({
        "name": company.name, "inn": company.inn, "kpp": company.kpp, "ogrn": company.ogrn,
        "data": data.map_or(Value::Null, |data| json!({
            "name": maybe(data.name.as_ref()), "inn": maybe(data.inn.as_ref()), "kpp": maybe(data.kpp.as_ref()),
            "ogrn": maybe(data.ogrn.as_ref()),
        })),
    })
}

fn vehicle_role(role: &VehicleRole) -> Value {
    let parts: Map<String, Value> = role
        .parts
        .iter()
        .map(|part| (part.name.clone(), maybe(part.datum.as_ref())))
        .collect();
    json!({
        "vehicle_id": role.vehicle_id,
        "vehicle": role.vehicle.as_ref().map_or(Value::Null, vehicle),
        "role": role.role,
        "from": instant(role.from.as_ref()),
        "to": instant(role.to.as_ref()),
        "source": role.source, "receives": role.receives,
        "routes": list(&role.routes, route),
        "parts": parts,
    })
}

/// The whole card.
pub fn card(card: &Card) -> Value {
    json!({
        "client_id": card.client_id,
        "kind": card.kind,
        "display_name": card.display_name,
        "last_name": maybe(card.last_name.as_ref()),
        "first_name": maybe(card.first_name.as_ref()),
        "middle_name": maybe(card.middle_name.as_ref()),
        "birth_date": maybe(card.birth_date.as_ref()),
        "gender": maybe(card.gender.as_ref()),
        "contacts": list(&card.contacts, contact),
        "addresses": list(&card.addresses, datum),
        "company": card.company.as_ref().map_or(Value::Null, |found| company(found, card.company_data.as_ref())),
        "vehicles": list(&card.vehicles, vehicle_role),
        "consents": list(&card.consents, consent),
        "consent_words": list(&card.consent_words, consent_word),
        "owners": list(&card.owners, owner),
        "purchases": list(&card.purchases, |purchase| json!({
            "source_record_id": purchase.source_record_id,
            "at": instant(purchase.at.as_ref()), "kind": purchase.kind,
            "vehicle": purchase.vehicle.as_ref().map_or(Value::Null, vehicle),
            "amount": money(purchase.amount.as_ref()),
            "branch_id": purchase.branch_id, "comment": purchase.comment,
        })),
        "completeness": card.completeness,
        "completeness_detail": card.completeness_detail.as_ref().map_or(Value::Null, completeness),
        "missing_minimum": list(&card.missing_minimum, |stage| json!({
            "stage": stage.stage, "missing": stage.missing,
        })),
        "hints": list(&card.hints, |hint| json!({
            "kind": hint.kind, "at": instant(hint.at.as_ref()), "vehicle_id": hint.vehicle_id,
            "vehicle": hint.vehicle.as_ref().map_or(Value::Null, vehicle),
        })),
        "decision_makers": list(&card.decision_makers, decision_maker),
        "relations": list(&card.relations, relation),
        "corrections": list(&card.corrections, |line| json!({
            "correction_id": line.correction_id, "field": line.field, "value": line.value,
            "at": instant(line.at.as_ref()), "actor_employee_id": line.actor_employee_id,
        })),
        "company_names": list(&card.company_names, past),
        "liquidated_at": instant(card.liquidated_at.as_ref()),
        "worth": card.worth,
        "marks": card.marks,
        "created_at": instant(card.created_at.as_ref()),
        "last_activity_at": instant(card.last_activity_at.as_ref()),
        "source_record_count": card.source_record_count,
        "merged_ids": card.merged_ids,
        "marketing": list(&card.marketing, |fact| json!({
            "what": fact.what, "channel": fact.channel, "at": instant(fact.at.as_ref()),
            "from_whom": fact.from_whom,
        })),
        "reviews": list(&card.reviews, review),
        "merges": list(&card.merges, |merge| json!({
            "merge_id": merge.merge_id, "client_id": merge.client_id,
            "other_client_id": merge.other_client_id, "at": instant(merge.at.as_ref()),
            "actor_employee_id": merge.actor_employee_id, "reason": merge.reason,
        })),
        "version": card.version,
    })
}

/// A pair that a person should look at.
pub fn review(review: &Review) -> Value {
    json!({
        "review_id": review.review_id,
        "left_client_id": review.left_client_id,
        "right_client_id": review.right_client_id,
        "bits": review.bits,
        "evidence": list(&review.evidence, evidence),
        "state": review.state,
        "created_at": instant(review.created_at.as_ref()),
        "decided_at": instant(review.decided_at.as_ref()),
        "decided_by": review.decided_by,
        "merge_id": review.merge_id,
        "worth": review.worth,
        "skipped_at": instant(review.skipped_at.as_ref()),
        "rival": review.rival,
    })
}

pub(super) fn evidence(evidence: &Evidence) -> Value {
    json!({
        "field": evidence.field, "outcome": evidence.outcome, "bits": evidence.bits,
        "left": evidence.left, "right": evidence.right,
    })
}
