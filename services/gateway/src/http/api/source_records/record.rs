//! One DMS record of design section 6, from JSON to the registry's source record; `parts` and `people` read the objects
//! within it.

use chrono::NaiveDate;
use edina_proto::{
    common::v1::VehicleDescription, directory::v1::Branch, registry::v1::SourceRecord, time::to_proto,
    words::VEHICLE_ROLES,
};
use serde_json::Value;

use super::{fields::Fields, parts, people};
use crate::http::problem::FieldError;

const KINDS: [&str; 3] = ["sale", "repair_order", "contact"];
const FIELDS: [&str; 24] = [
    "kind",
    "external_id",
    "occurred_at",
    "branch",
    "full_name",
    "last_name",
    "first_name",
    "middle_name",
    "birth_date",
    "gender",
    "phones",
    "emails",
    "labels",
    "address",
    "company",
    "vehicle",
    "role",
    "amount",
    "consents",
    "comment",
    "department",
    "channel",
    "contacts",
    "profiles",
];

/// Reads a record; answers every wrong field.
pub(super) fn read(given: &Value, branches: &[Branch]) -> Result<SourceRecord, Vec<FieldError>> {
    let (record, mut errors) = parse(given, branches)?;
    if !is_known(&record) {
        errors.push(FieldError::new(
            "phones",
            "is missing, and so is every other way to know the client",
            "a name, phone, e-mail, company, VIN or plate",
        ));
    }
    if errors.is_empty() {
        Ok(record)
    } else {
        Err(errors)
    }
}

/// Reads what an employee learned of a client who is known already.
pub fn by_hand(mut given: Value) -> Result<SourceRecord, Vec<FieldError>> {
    if let Value::Object(object) = &mut given {
        object.insert("kind".to_owned(), Value::String("contact".to_owned()));
    }
    let (record, mut errors) = parse(&given, &[])?;
    // Whoever types it is there to correct it.
    if !record.birth_date.is_empty() && record.birth_date.parse::<NaiveDate>().is_err() {
        errors.push(FieldError::new(
            "birth_date",
            "is no date",
            "YYYY-MM-DD or DD.MM.YYYY",
        ));
    }
    if errors.is_empty() {
        Ok(record)
    } else {
        Err(errors)
    }
}

fn parse(given: &Value, branches: &[Branch]) -> Result<(SourceRecord, Vec<FieldError>), Vec<FieldError>> {
    let Value::Object(object) = given else {
        return Err(vec![FieldError::new("", "is no record", "an object with a kind")]);
    };
    let mut fields = Fields::new(object, "", &FIELDS);
    let kind = fields.choice("kind", &KINDS);
    if kind.is_empty() && !fields.has("kind") {
        fields.wrong("kind", "is missing", format!("one of {}", KINDS.join(", ")));
    }
    let (source, department) = match kind.as_str() {
        "sale" => ("sales_dms", "sales"),
        "repair_order" => ("service_dms", "service"),
        // A list of contacts: its ids must not meet those of sales or repair orders.
        _ => ("import", "sales"),
    };
    let given_department = fields.choice("department", &["sales", "service", "call_centre"]);
    let branch = fields.text("branch", 200);
    let branch_id = match branch_of(&branch, branches) {
        Some(id) => id,
        None => {
            let known: Vec<&str> = branches.iter().map(|branch| branch.branch_id.as_str()).collect();
            fields.wrong(
                "branch",
                "names no branch of the group",
                format!("one of {}", known.join(", ")),
            );
            String::new()
        }
    };
    let role = fields.choice("role", &VEHICLE_ROLES);
    let mut record = SourceRecord {
        source: source.to_owned(),
        external_id: fields.text("external_id", 200),
        occurred_at: fields.instant("occurred_at").map(to_proto),
        branch_id,
        department: if given_department.is_empty() {
            department.to_owned()
        } else {
            given_department
        },
        full_name: fields.text("full_name", 300),
        last_name: fields.text("last_name", 100),
        first_name: fields.text("first_name", 100),
        middle_name: fields.text("middle_name", 100),
        birth_date: fields.birth_date("birth_date"),
        gender: gender(&mut fields),
        phones: fields.texts("phones", 20),
        emails: fields.texts("emails", 20),
        address: fields.text("address", 1000),
        comment: fields.text("comment", 4000),
        channel: fields.text("channel", 100),
        kind,
        ..SourceRecord::default()
    };
    let labels = fields.object("labels");
    record.labels = labels
        .map(|object| people::labels(object, &record, &mut fields.errors))
        .unwrap_or_default();
    record.company = fields
        .object("company")
        .map(|object| parts::company(object, &mut fields.errors));
    record.amount = fields
        .object("amount")
        .map(|object| parts::amount(object, &mut fields.errors));
    let described = fields
        .object("vehicle")
        .map(|object| parts::vehicle(object, &role, &mut fields.errors));
    record.vehicles.extend(described.filter(|vehicle| {
        *vehicle
            != VehicleDescription {
                role: vehicle.role.clone(),
                ..Default::default()
            }
    }));
    for (index, object) in fields.objects("consents", 20).into_iter().enumerate() {
        let consent = parts::consent(object, index, &mut fields.errors);
        record.consents.push(consent);
    }
    for (index, object) in fields.objects("contacts", 32).into_iter().enumerate() {
        let contact = people::contact(object, index, &mut fields.errors);
        record.contacts.push(contact);
    }
    for (index, object) in fields.objects("profiles", 32).into_iter().enumerate() {
        let profile = people::profile(object, index, &mut fields.errors);
        record.profiles.push(profile);
    }
    Ok((record, fields.errors))
}

fn is_known(record: &SourceRecord) -> bool {
    [&record.full_name, &record.last_name, &record.first_name]
        .iter()
        .any(|name| !name.is_empty())
        || !record.phones.is_empty()
        || !record.emails.is_empty()
        || record
            .company
            .as_ref()
            .is_some_and(|company| !company.name.is_empty() || !company.inn.is_empty())
        || record
            .vehicles
            .iter()
            .any(|vehicle| !vehicle.vin.is_empty() || !vehicle.plate.is_empty())
}

/// By id, name or city; none given is none.
fn branch_of(given: &str, branches: &[Branch]) -> Option<String> {
    if given.is_empty() {
        return Some(String::new());
    }
    let wanted = given.to_lowercase();
    let named = |name: &str| name.to_lowercase() == wanted;
    branches
        .iter()
        .find(|branch| branch.branch_id == given)
        .or_else(|| branches.iter().find(|branch| named(&branch.display_name)))
        .or_else(|| branches.iter().find(|branch| named(&branch.city)))
        .map(|branch| branch.branch_id.clone())
}

fn gender(fields: &mut Fields<'_>) -> String {
    let given = fields.text("gender", 20).to_lowercase();
    match given.as_str() {
        "" => String::new(),
        "m" | "male" | "м" | "муж" | "мужской" => "male".to_owned(),
        "f" | "female" | "ж" | "жен" | "женский" => "female".to_owned(),
        _ => {
            fields.wrong("gender", "is not understood", "male or female");
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn branches() -> Vec<Branch> {
        vec![Branch {
            branch_id: "kazan".into(),
            city: "Казань".into(),
            ..Branch::default()
        }]
    }

    #[test]
    fn a_repair_order_becomes_a_service_record() {
        let given = json!({
            "kind": "repair_order", "external_id": "RO-1", "occurred_at": "2026-11-01T10:00:00+03:00",
            "branch": "казань", "full_name": "Иванова Анна", "phones": ["+7 916 123-45-67"], "role": "driver",
            "labels": { "+7 916 123-45-67": "mobile" },
            "vehicle": { "vin": "XW8ZZZ61ZJG000001", "year": "2019", "mileage_km": 45000 },
            "amount": { "minor": 1_250_000, "currency": "rub" },
            "consents": [{ "purpose": "advertising", "channel": "sms", "granted": false }],
        });
        let record = read(&given, &branches()).unwrap();
        assert_eq!(
            (record.source.as_str(), record.department.as_str()),
            ("service_dms", "service")
        );
        assert_eq!(record.branch_id, "kazan");
        assert_eq!(record.labels["+7 916 123-45-67"], "mobile");
        assert_eq!(
            (record.vehicles[0].role.as_str(), record.vehicles[0].year),
            ("driver", 2019)
        );
        assert_eq!(record.amount.unwrap().currency, "RUB");
        assert!(!record.consents[0].granted);
    }

    #[test]
    fn a_date_of_birth_is_corrected_by_who_types_it_and_kept_of_a_program() {
        for (given, kept) in [
            ("1980-03-02", "1980-03-02"),
            ("02.03.1980", "1980-03-02"),
            ("2 марта 1980", "2 марта 1980"),
            ("неизвестна", "неизвестна"),
        ] {
            let record = json!({ "kind": "sale", "full_name": "Иванова Анна", "birth_date": given });
            assert_eq!(read(&record, &[]).unwrap().birth_date, kept);
            let by_hand = by_hand(json!({ "birth_date": given }));
            assert_eq!(by_hand.is_ok(), kept.starts_with("1980-"), "{given}");
        }
    }

    #[test]
    fn every_wrong_field_gets_its_own_reason() {
        let given = json!({
            "kind": "gift", "branch": "Omsk", "phoness": ["1"], "phones": {},
            "emails": ["anna@example.com"], "labels": { "anna@example.com": "fax", "+79161234567": "work" },
            "vehicle": { "year": 3000 }, "amount": { "minor": -1, "currency": "rubles" },
        });
        let errors = read(&given, &branches()).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        for field in [
            "kind",
            "branch",
            "phoness",
            "phones",
            "labels.anna@example.com",
            "labels.+79161234567",
            "vehicle.year",
            "amount.minor",
            "amount.currency",
        ] {
            assert!(fields.contains(&field), "{field} is not among {fields:?}");
        }
        assert!(errors.iter().all(|error| {
            error
                .expected
                .as_ref()
                .is_some_and(|expected| !expected.is_empty())
        }));
        assert!(
            read(&json!({ "kind": "sale" }), &[]).is_err(),
            "no way to know the client"
        );
        assert!(read(&json!([]), &[]).is_err());
    }
}
