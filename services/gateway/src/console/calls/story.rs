//! A call's course: rings, the answer, transfers, the end, in the order they happened.

use edina_proto::{calls::v1::Call, directory::v1::Group};
use serde_json::{Value, json};

use crate::view;

/// The call with `steps`, each `kind`, `at`, and where known `extension` and `employee_id`.
pub fn of(call: &Call, people: &Group) -> Value {
    let employee = |extension: &str| {
        let found = people
            .employees
            .iter()
            .find(|one| !extension.is_empty() && one.extension == extension);
        found.map_or("", |one| one.employee_id.as_str())
    };
    let mut shown = view::call(call);
    let mut steps = vec![json!({ "kind": "began", "at": shown["started_at"] })];
    for extension in &call.ringing_extensions {
        steps.push(json!({
            "kind": "rang", "at": shown["started_at"], "extension": extension, "employee_id": employee(extension),
        }));
    }
    if call.answered_at.is_some() {
        // After a transfer the call belongs to the last one who spoke; the first transfer says who answered.
        let first = call
            .transfers
            .first()
            .map_or(&call.answered_extension, |transfer| &transfer.from_extension);
        steps.push(json!({
            "kind": "answered", "at": shown["answered_at"], "extension": first, "employee_id": employee(first),
        }));
    }
    if let Some(transfers) = shown["transfers"].as_array() {
        for transfer in transfers {
            let to = transfer["to_extension"].as_str().unwrap_or_default();
            let from = transfer["from_extension"].as_str().unwrap_or_default();
            steps.push(json!({
                "kind": if transfer["kind"] == "attended" { "attended" } else { "blind" },
                "at": transfer["at"], "extension": to, "employee_id": employee(to),
                "from_extension": from, "from_employee_id": employee(from),
            }));
        }
    }
    if call.ended_at.is_some() {
        steps.push(json!({ "kind": "ended", "at": shown["ended_at"] }));
    }
    shown["steps"] = Value::Array(steps);
    shown["resynchronised"] = json!(call.resynchronised);
    shown
}

#[cfg(test)]
mod tests {
    use edina_proto::{calls::v1::Transfer, directory::v1::Employee, time::to_proto};

    use super::*;

    #[test]
    fn a_transferred_call_tells_who_answered_and_who_took_over() {
        let start = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let at = |seconds| Some(to_proto(start + chrono::Duration::seconds(seconds)));
        let call = Call {
            started_at: at(0),
            answered_at: at(8),
            ended_at: at(90),
            answered_extension: "202".into(),
            transfers: vec![Transfer {
                kind: "blind".into(),
                from_extension: "201".into(),
                to_extension: "202".into(),
                at: at(30),
            }],
            ..Call::default()
        };
        let people = Group {
            employees: vec![Employee {
                employee_id: "anna".into(),
                extension: "201".into(),
                ..Employee::default()
            }],
            ..Group::default()
        };
        let told = of(&call, &people);
        let kinds: Vec<_> = told["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["kind"].clone())
            .collect();
        assert_eq!(kinds, ["began", "answered", "blind", "ended"]);
        assert_eq!(told["steps"][1]["employee_id"], "anna");
        assert_eq!(told["steps"][2]["extension"], "202");
    }
}
