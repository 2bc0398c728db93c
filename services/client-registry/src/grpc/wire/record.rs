//! Source records: as they are sent, resolved and shown.

use edina_proto::{
    common::v1::{Money as WireMoney, VehicleDescription},
    registry::v1::{
        Company, CompanyContact, ConsentStatement, Evidence, PlacedRecord as WirePlaced, Refusal, Remark,
        ResolveSourceReply, ResolvedRecord, SocialProfile, SourceRecord, resolved_record::Answer,
    },
    time::to_proto,
};

use super::{super::russian, instant};
use crate::{
    client::{
        evidence::Unusable,
        record::{CompanySaid, ConsentSaid, ContactSaid, Money, ProfileSaid, Said, VehicleSaid},
    },
    registry::{PlacedRecord, RegistryError, Resolved, Row},
};

pub(in crate::grpc) fn said(record: SourceRecord) -> Result<Said, RegistryError> {
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
            ogrn: company.ogrn,
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
        labels: record.labels.into_iter().collect(),
    })
}

/// A record of many, or why it cannot be read.
pub(in crate::grpc) fn row(record: SourceRecord) -> Row {
    match said(record) {
        Ok(said) => Row::Record(Box::new(said)),
        Err(RegistryError::Invalid { field, reason }) => Row::Rejected(Unusable { field, reason }),
        Err(other) => Row::Rejected(Unusable {
            field: "record".into(),
            reason: other.to_string(),
        }),
    }
}

pub(in crate::grpc) fn vehicle(vehicle: VehicleDescription) -> VehicleSaid {
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

pub(in crate::grpc) fn money(money: WireMoney) -> Money {
    Money {
        minor: money.minor,
        currency: money.currency,
    }
}

pub(in crate::grpc) fn consent(consent: ConsentStatement) -> Result<ConsentSaid, RegistryError> {
    Ok(ConsentSaid {
        at: instant("consent.at", consent.at.as_ref())?,
        purpose: consent.purpose,
        channel: consent.channel,
        granted: consent.granted,
        text_version: consent.text_version,
        proof: consent.proof,
        source: consent.source,
    })
}

pub(in crate::grpc) fn resolved(resolved: Resolved) -> ResolveSourceReply {
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

pub(in crate::grpc) fn answer(answer: Result<Resolved, Unusable>) -> ResolvedRecord {
    let answer = match answer {
        Ok(one) => Answer::Resolved(resolved(one)),
        Err(unusable) => Answer::Refusal(Refusal {
            field: unusable.field.into_owned(),
            reason_ru: russian::of(&unusable.reason).unwrap_or_default(),
            reason: unusable.reason,
        }),
    };
    ResolvedRecord { answer: Some(answer) }
}

pub(in crate::grpc) fn placed(placed: PlacedRecord) -> WirePlaced {
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
            ogrn: company.ogrn,
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
                source: consent.source,
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
        labels: said.labels.into_iter().collect(),
    }
}
