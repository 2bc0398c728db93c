//! What was typed into the journal's form, as a lead for lead-intake.

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use edina_proto::{
    common::v1::VehicleDescription, directory::v1::Group, intake::v1::SubmitLeadRequest, time::to_proto,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::form::Fields;
use crate::session::{Identity, rights::Role};

const OLDEST_AGE: i32 = 120;
const LONGEST_STAY: i32 = 1440;
/// Fields that are shown again when the line is refused.
const FIELDS: [&str; 13] = [
    "contact_kind",
    "full_name",
    "phone",
    "email",
    "topic",
    "model",
    "branch_id",
    "employee_id",
    "occurred_at",
    "age",
    "stay_minutes",
    "comment",
    "once",
];

/// Who can receive a visitor.
pub fn sellers(people: &Group, who: &Identity) -> Vec<Value> {
    people
        .employees
        .iter()
        .filter(|one| one.active && one.role == Role::Seller.name() && who.sees_branch(&one.branch_id))
        .map(|one| json!({ "employee_id": one.employee_id, "branch_id": one.branch_id }))
        .collect()
}

/// The fields as they were typed.
pub fn typed(fields: &Fields) -> Value {
    FIELDS
        .iter()
        .map(|name| ((*name).to_owned(), json!(fields.get(name))))
        .collect()
}

/// The codes of what lead-intake found wrong: the fields it names, in its order.
pub fn refused(detail: &str) -> Vec<String> {
    let codes: Vec<String> = detail
        .split("; ")
        .filter_map(|part| part.split_once(": "))
        .map(|(field, _)| field.trim().to_owned())
        .filter(|field| {
            !field.is_empty()
                && field
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .collect();
    if codes.is_empty() {
        vec!["line".to_owned()]
    } else {
        codes
    }
}

/// The line; or the codes of the fields that are wrong.
pub fn read(
    fields: &Fields,
    who: &Identity,
    people: &Group,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<SubmitLeadRequest, Vec<String>> {
    let mut wrong: Vec<String> = Vec::new();
    let mut number = |name: &str, most: i32| match fields.get(name) {
        "" => 0,
        text => text
            .parse::<i32>()
            .ok()
            .filter(|number| (0..=most).contains(number))
            .unwrap_or_else(|| {
                wrong.push(name.to_owned());
                0
            }),
    };
    let (age, stay_minutes) = (number("age", OLDEST_AGE), number("stay_minutes", LONGEST_STAY));
    let (phones, emails, full_name) = (
        list(fields, "phone"),
        list(fields, "email"),
        fields.text("full_name"),
    );
    if full_name.is_empty() && phones.is_empty() && emails.is_empty() {
        wrong.push("nobody".to_owned());
    }
    let branch_id = fields.text("branch_id");
    let known = branch_id.is_empty() || people.branches.iter().any(|branch| branch.branch_id == branch_id);
    if !known || !who.sees_branch(&branch_id) {
        wrong.push("branch_id".to_owned());
    }
    let occurred_at = match fields.get("occurred_at") {
        "" => Some(now),
        text => local(text, zone),
    };
    if occurred_at.is_none() {
        wrong.push("occurred_at".to_owned());
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let once = Uuid::parse_str(fields.get("once")).unwrap_or_else(|_| Uuid::now_v7());
    let model = fields.text("model");
    Ok(SubmitLeadRequest {
        channel: "journal".to_owned(),
        idempotency_key: format!("journal-{once}"),
        branch_id,
        contact_kind: if fields.get("contact_kind") == "call" {
            "call"
        } else {
            "visit"
        }
        .to_owned(),
        occurred_at: occurred_at.map(to_proto),
        full_name,
        phones,
        emails,
        age,
        stay_minutes,
        comment: fields.text("comment"),
        topic: fields.text("topic"),
        vehicles: (!model.is_empty())
            .then(|| VehicleDescription {
                model,
                role: "wants".to_owned(),
                ..VehicleDescription::default()
            })
            .into_iter()
            .collect(),
        employee_id: received_by(fields.get("employee_id"), who, people),
        ..SubmitLeadRequest::default()
    })
}

/// The seller who was chosen, or the seller who writes; empty lets lead-intake choose.
fn received_by(chosen: &str, who: &Identity, people: &Group) -> String {
    let own = if who.role == Role::Seller {
        who.employee_id()
    } else {
        ""
    };
    let known = people
        .employees
        .iter()
        .any(|one| one.active && !chosen.is_empty() && one.employee_id == chosen);
    if known { chosen } else { own }.to_owned()
}

fn list(fields: &Fields, name: &str) -> Vec<String> {
    let parts = fields.get(name).split([',', ';']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .take(5)
        .map(str::to_owned)
        .collect()
}

/// A browser's local time, `2026-11-21T14:30`, in the branch's zone.
fn local(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    zone.from_local_datetime(&local)
        .earliest()
        .map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_the_branch_zone() {
        let at = local("2026-11-21T14:30", chrono_tz::Europe::Moscow).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-21T11:30:00+00:00");
        assert_eq!(local("yesterday", chrono_tz::Europe::Moscow), None);
    }

    #[test]
    fn refusals_name_their_fields() {
        assert_eq!(
            refused("phone: This is no phone number.; age: Age: a number"),
            ["phone", "age"]
        );
        assert_eq!(refused("something else"), ["line"]);
    }
}
