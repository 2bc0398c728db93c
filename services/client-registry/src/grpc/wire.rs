//! Between protobuf messages and the registry's own types.

use chrono::{DateTime, Utc};
use edina_proto::{
    common::v1::{Money as WireMoney, PageRequest, VehicleDescription},
    registry::v1::{
        Company, CompanyContact, ConsentStatement, Evidence, ImportBatch, ImportCounts, ImportRow,
        PlacedRecord as WirePlaced, Refusal, Remark, ResolveSourceReply, ResolvedRecord, SocialProfile,
        SourceRecord, import_row, resolved_record::Answer,
    },
    time::{from_proto, to_proto},
};
use prost_types::Timestamp;

use crate::{
    client::{
        evidence::Unusable,
        record::{CompanySaid, ConsentSaid, ContactSaid, Money, ProfileSaid, Said, VehicleSaid},
    },
    registry::{Import, PlacedRecord, RegistryError, Resolved, Row},
};

/// An instant, if one was given; an error when it is out of range.
pub(super) fn instant(
    field: &'static str,
    at: Option<&Timestamp>,
) -> Result<Option<DateTime<Utc>>, RegistryError> {
    at.map(|at| from_proto(at).ok_or_else(|| RegistryError::invalid(field, "is no instant")))
        .transpose()
}

pub(super) fn said(record: SourceRecord) -> Result<Said, RegistryError> {
    let occurred_at = instant("occurred_at", record.occurred_at.as_ref())?;
    Ok(Said {
        source: record.source,
        external_id: record.external_id.trim().to_owned(),
        kind: record.kind,
        occurred_at,
        branch_id: record.branch_id,
        department: record.department,
        full_name: record.full_name,
        last_name: record.last_name,
        first_name: record.first_name,
        middle_name: record.middle_name,
        birth_date: record.birth_date,
        gender: record.gender,
        phones: record.phones,
        emails: record.emails,
        address: record.address,
        company: record.company.map(|company| CompanySaid {
            name: company.name,
            inn: company.inn,
            kpp: company.kpp,
        }),
        vehicles: record.vehicles.into_iter().map(vehicle).collect(),
        amount: record.amount.map(money),
        consents: record
            .consents
            .into_iter()
            .map(consent)
            .collect::<Result<_, _>>()?,
        comment: record.comment,
        channel: record.channel,
        contacts: record
            .contacts
            .into_iter()
            .map(|contact| ContactSaid {
                name: contact.name,
                position: contact.position,
                buyer_role: contact.buyer_role,
                phone: contact.phone,
                email: contact.email,
            })
            .collect(),
        profiles: record
            .profiles
            .iter()
            .filter_map(|profile| ProfileSaid::read(&profile.network, &profile.handle))
            .collect(),
        extra: record.extra.into_iter().collect(),
    })
}

pub(super) fn vehicle(vehicle: VehicleDescription) -> VehicleSaid {
    VehicleSaid {
        vin: vehicle.vin,
        plate: vehicle.plate,
        make: vehicle.make,
        model: vehicle.model,
        year: vehicle.year,
        mileage_km: vehicle.mileage_km,
        role: vehicle.role,
        condition: vehicle.condition,
    }
}

pub(super) fn money(money: WireMoney) -> Money {
    Money {
        minor: money.minor,
        currency: money.currency,
    }
}

pub(super) fn consent(consent: ConsentStatement) -> Result<ConsentSaid, RegistryError> {
    Ok(ConsentSaid {
        at: instant("consent.at", consent.at.as_ref())?,
        purpose: consent.purpose,
        channel: consent.channel,
        granted: consent.granted,
        text_version: consent.text_version,
        proof: consent.proof,
    })
}

pub(super) fn resolved(resolved: Resolved) -> ResolveSourceReply {
    ResolveSourceReply {
        source_record_id: resolved.source_record_id.to_string(),
        client_id: resolved.client_id.to_string(),
        outcome: resolved.outcome,
        remarks: resolved
            .warnings
            .into_iter()
            .map(|warning| Remark {
                field: warning.field,
                code: warning.code,
                message: warning.message,
            })
            .collect(),
        owners: resolved.owners,
    }
}

/// Limit and cursor; none asked for is the default page.
pub(super) fn page(page: Option<PageRequest>) -> (u32, String) {
    page.map(|page| (page.limit, page.cursor)).unwrap_or_default()
}

/// A record of many, or why it cannot be read.
pub(super) fn row(record: SourceRecord) -> Row {
    match said(record) {
        Ok(said) => Row::Record(Box::new(said)),
        Err(RegistryError::Invalid { field, reason }) => Row::Rejected(Unusable { field, reason }),
        Err(other) => Row::Rejected(Unusable {
            field: "record".into(),
            reason: other.to_string(),
        }),
    }
}

pub(super) fn import_row(sent: ImportRow) -> Row {
    match sent.content {
        Some(import_row::Content::Record(record)) => row(record),
        Some(import_row::Content::Rejected(refusal)) => Row::Rejected(Unusable {
            field: refusal.field.into(),
            reason: refusal.reason,
        }),
        None => Row::Rejected(Unusable {
            field: "record".into(),
            reason: "is empty".to_owned(),
        }),
    }
}

pub(super) fn answer(answer: Result<Resolved, Unusable>) -> ResolvedRecord {
    let answer = match answer {
        Ok(one) => Answer::Resolved(resolved(one)),
        Err(unusable) => Answer::Refusal(Refusal {
            field: unusable.field.into_owned(),
            reason: unusable.reason,
        }),
    };
    ResolvedRecord { answer: Some(answer) }
}

pub(super) fn import(import: Import) -> ImportBatch {
    ImportBatch {
        import_id: import.id.to_string(),
        key: import.key,
        file_name: import.file_name,
        kind: import.kind,
        branch_id: import.branch_id,
        state: import.state,
        next_row: import.next_row.unsigned_abs(),
        counts: Some(ImportCounts {
            created: import.created.unsigned_abs(),
            linked: import.linked.unsigned_abs(),
            to_review: import.to_review.unsigned_abs(),
            rejected: import.rejected.unsigned_abs(),
            known: import.known.unsigned_abs(),
        }),
        started_at: Some(to_proto(import.started_at)),
        finished_at: import.finished_at.map(to_proto),
        actor_employee_id: import.by_employee_id,
        withdrawn: import.withdrawn.unsigned_abs(),
    }
}

pub(super) fn placed(placed: PlacedRecord) -> WirePlaced {
    let (bits, evidence, model_version) = placed
        .why
        .map(|why| (why.bits, why.evidence, why.model_version))
        .unwrap_or_default();
    WirePlaced {
        source_record_id: placed.id.to_string(),
        client_id: placed.client_id.to_string(),
        record: Some(source_record(placed.said)),
        received_at: Some(to_proto(placed.received_at)),
        outcome: placed.outcome,
        bits,
        evidence: evidence
            .into_iter()
            .map(|evidence| Evidence {
                field: evidence.field,
                outcome: evidence.outcome,
                bits: evidence.bits,
                left: evidence.left,
                right: evidence.right,
            })
            .collect(),
        model_version,
        import_id: placed.import_id.map(|id| id.to_string()).unwrap_or_default(),
        moved: placed.moved,
    }
}

/// What was said, as it was sent.
fn source_record(said: Said) -> SourceRecord {
    SourceRecord {
        source: said.source,
        external_id: said.external_id,
        kind: said.kind,
        occurred_at: said.occurred_at.map(to_proto),
        branch_id: said.branch_id,
        department: said.department,
        full_name: said.full_name,
        last_name: said.last_name,
        first_name: said.first_name,
        middle_name: said.middle_name,
        birth_date: said.birth_date,
        gender: said.gender,
        phones: said.phones,
        emails: said.emails,
        address: said.address,
        company: said.company.map(|company| Company {
            name: company.name,
            inn: company.inn,
            kpp: company.kpp,
        }),
        vehicles: said
            .vehicles
            .into_iter()
            .map(|vehicle| VehicleDescription {
                vin: vehicle.vin,
                plate: vehicle.plate,
                make: vehicle.make,
                model: vehicle.model,
                year: vehicle.year,
                mileage_km: vehicle.mileage_km,
                role: vehicle.role,
                condition: vehicle.condition,
            })
            .collect(),
        amount: said.amount.map(|amount| WireMoney {
            minor: amount.minor,
            currency: amount.currency,
        }),
        consents: said
            .consents
            .into_iter()
            .map(|consent| ConsentStatement {
                purpose: consent.purpose,
                channel: consent.channel,
                granted: consent.granted,
                text_version: consent.text_version,
                proof: consent.proof,
                at: consent.at.map(to_proto),
            })
            .collect(),
        comment: said.comment,
        channel: said.channel,
        contacts: said
            .contacts
            .iter()
            .map(|contact| CompanyContact {
                name: contact.name.clone(),
                position: contact.position.clone(),
                buyer_role: contact.buyer_role.clone(),
                phone: contact.phone.clone(),
                email: contact.email.clone(),
            })
            .collect(),
        profiles: said
            .profiles
            .iter()
            .map(|profile| SocialProfile {
                network: profile.network.clone(),
                handle: profile.handle.clone(),
            })
            .collect(),
        extra: said.extra.into_iter().collect(),
    }
}
