//! The words of a message: its wording, the group's own or the built-in, filled in with what is known.

use chrono::{DateTime, Utc};
use edina_identity::normalise::phone;
use edina_messaging::directory;
use edina_proto::{common::v1::VehicleDescription, directory::v1::Group, intake::v1::Lead, time::from_proto};

use super::recipient::{About, Known};
use crate::{
    message::reason::Language,
    store::{messages::MessageRow, wordings::WordingRow},
    template::{Fields, Problem, Rendered, Wording, builtin_wording, render},
};

/// Fills the wording in.
pub(super) fn write(
    known: &Known,
    row: &MessageRow,
    own: Option<WordingRow>,
    console_url: &str,
    now: DateTime<Utc>,
) -> Result<Rendered, Problem> {
    let wording = own.map_or_else(
        || builtin_wording(known.template, known.language),
        |own| Wording {
            subject: own.subject,
            text: own.body,
            html: None,
        },
    );
    render(
        known.template,
        &wording,
        &fields(&known.about, row, known.language, console_url, now),
    )
}

fn fields(
    about: &About,
    row: &MessageRow,
    language: Language,
    console_url: &str,
    now: DateTime<Utc>,
) -> Fields {
    let to_employee = row.client_id.is_empty();
    let group: Option<&Group> = about.group.as_deref();
    let branch = group.and_then(|group| directory::branch(group, &about.branch_id));
    let lead = about.lead.as_ref();
    // To an overdue lead's head of sales, the employee is who should have answered.
    let employee_id = match lead {
        Some(lead) if row.occasion == super::queue_message::occasion::LEAD_OVERDUE || !to_employee => {
            lead.owner_employee_id.as_str()
        }
        _ => row.employee_id.as_str(),
    };
    let employee = group.and_then(|group| directory::employee(group, employee_id));
    let client_name = if to_employee {
        let named = [
            about.display_name.as_str(),
            lead.map_or("", |lead| &lead.contact_name),
        ];
        named
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default()
    } else {
        &about.salutation
    };
    let branch_name = branch
        .map(|branch| branch.display_name.as_str())
        .or(group.map(|group| group.display_name.as_str()));
    let pairs = [
        ("client_name", client_name.to_owned()),
        (
            "employee_name",
            employee
                .map(|employee| employee.display_name.clone())
                .unwrap_or_default(),
        ),
        ("branch_name", branch_name.unwrap_or_default().to_owned()),
        (
            "branch_phone",
            branch.map(|branch| shown(&branch.phone)).unwrap_or_default(),
        ),
        ("vehicle", lead.and_then(wanted).unwrap_or_default()),
        (
            "source",
            lead.map(|lead| lead.source_name.clone()).unwrap_or_default(),
        ),
        ("lead_id", row.lead_id.clone()),
        (
            "console_url",
            format!("{}/leads/{}", console_url.trim_end_matches('/'), row.lead_id),
        ),
        (
            "time_left",
            lead.and_then(|lead| time_left(lead, language, now))
                .unwrap_or_default(),
        ),
        ("caller", shown(&about.caller)),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn shown(e164: &str) -> String {
    if e164.is_empty() {
        String::new()
    } else {
        phone::format_display(e164)
    }
}

/// Make and model of what the client asks about.
fn wanted(lead: &Lead) -> Option<String> {
    let named = |vehicle: &&VehicleDescription| !vehicle.make.is_empty() || !vehicle.model.is_empty();
    let wanted = lead
        .vehicles
        .iter()
        .filter(|vehicle| vehicle.role == "wants")
        .find(named);
    let vehicle = wanted.or_else(|| lead.vehicles.iter().find(named))?;
    Some(format!("{} {}", vehicle.make, vehicle.model).trim().to_owned())
}

fn time_left(lead: &Lead, language: Language, now: DateTime<Utc>) -> Option<String> {
    let due = lead.answer_due_at.as_ref().and_then(from_proto)?;
    let minutes = (due - now).num_minutes();
    if minutes <= 0 || lead.answered_at.is_some() {
        return None;
    }
    Some(match language {
        Language::Ru => format!("{minutes} мин."),
        Language::En => format!("{minutes} min"),
    })
}
