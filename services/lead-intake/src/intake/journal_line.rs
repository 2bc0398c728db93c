//! A line of the showroom journal (R2, R3), typed by a person who sees at once what was wrong with it.

use edina_messaging::directory;
use edina_runtime::group::GroupId;
use serde::Serialize;

use super::{Intake, IntakeError, Received, take_input::TakenLead};
use crate::{
    channel::{
        Rejection, RejectionCode,
        journal::{self, JournalLine},
    },
    lead::{
        Lead, Phone, Topic, Vehicle,
        contact::{looks_like_email, looks_like_phone},
    },
};

/// Most phones, e-mails or cars of one line.
const MOST_OF_EACH: usize = 10;
const LONGEST_KEY: usize = 200;

/// The line with what the console knows beside it. Its JSON is what is stored as received.
#[derive(Serialize)]
pub struct JournalEntry {
    /// As typed.
    pub line: JournalLine,
    /// Phones after the first.
    pub more_phones: Vec<String>,
    /// E-mails after the first.
    pub more_emails: Vec<String>,
    /// Code of the topic; empty: by the words of the comment.
    pub topic: String,
    /// Cars asked about.
    pub vehicles: Vec<Vehicle>,
    /// Where the person was met.
    pub branch_id: String,
    /// The card, when the line was typed on one.
    pub client_id: String,
    /// Who talked with the client and keeps the lead; empty: by rule.
    pub employee_id: String,
    /// One lead per key, however often it is sent.
    #[serde(skip)]
    pub idempotency_key: String,
}

impl Intake {
    /// Makes the lead, or names every field that is wrong; then nothing is stored.
    pub(crate) async fn take_journal_line(
        &self,
        group: &GroupId,
        entry: JournalEntry,
    ) -> Result<TakenLead, IntakeError> {
        if entry.idempotency_key.len() > LONGEST_KEY {
            return Err(IntakeError::Invalid {
                field: "idempotency_key",
                message: format!("at most {LONGEST_KEY} bytes"),
            });
        }
        self.check_directory(group, &entry)?;
        let zone = self.zone_of(group, &entry.branch_id);
        let mut wrong = Vec::new();
        let mut lead = journal::read(&entry.line, self.clock.now(), zone).unwrap_or_else(|rejections| {
            wrong = rejections;
            Lead::default()
        });
        complete(&mut lead, &entry, &mut wrong);
        if !wrong.is_empty() {
            return Err(IntakeError::Fields(wrong));
        }
        let mut source = self.journal_source(group).await?;
        source.branch_id.clone_from(&entry.branch_id);
        let body = serde_json::to_vec(&entry).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let received = Received {
            group,
            source: &source,
            channel: "journal",
            content_type: "application/json",
            body: &body,
            idempotency_key: Some(entry.idempotency_key.as_str()).filter(|key| !key.is_empty()),
            corrects: None,
            client_id: &entry.client_id,
            assign_to: Some(entry.employee_id.as_str()).filter(|employee| !employee.is_empty()),
        };
        let taken = self.take_input(&received, vec![Ok(lead)]).await?;
        taken.leads.first().copied().ok_or(IntakeError::NotFound("lead"))
    }

    fn check_directory(&self, group: &GroupId, entry: &JournalEntry) -> Result<(), IntakeError> {
        let known = self.directory.group(group);
        let unknown = |field| IntakeError::Invalid {
            field,
            message: "not in the directory".to_owned(),
        };
        let has_branch = |id: &str| {
            known
                .as_ref()
                .is_some_and(|group| directory::branch(group, id).is_some())
        };
        let has_employee = |id: &str| {
            known
                .as_ref()
                .is_some_and(|group| directory::employee(group, id).is_some())
        };
        if !entry.branch_id.is_empty() && !has_branch(&entry.branch_id) {
            return Err(unknown("branch_id"));
        }
        if !entry.employee_id.is_empty() && !has_employee(&entry.employee_id) {
            return Err(unknown("employee_id"));
        }
        Ok(())
    }
}

/// What the journal's own columns do not hold.
fn complete(lead: &mut Lead, entry: &JournalEntry, wrong: &mut Vec<Rejection>) {
    let mut refuse = |field: &str, ru: &str, en: &str, expected: &str| {
        let rejection = Rejection::new(RejectionCode::InvalidField, ru, en);
        wrong.push(rejection.field(field).expected(expected));
    };
    if entry.more_phones.len() >= MOST_OF_EACH || entry.more_emails.len() >= MOST_OF_EACH {
        return refuse(
            "phone",
            "Не больше десяти номеров и адресов.",
            "At most ten numbers and addresses.",
            "1…10",
        );
    }
    if entry.vehicles.len() > MOST_OF_EACH {
        return refuse(
            "vehicles",
            "Не больше десяти автомобилей.",
            "At most ten cars.",
            "0…10",
        );
    }
    for number in entry.more_phones.iter().map(|number| number.trim()) {
        if looks_like_phone(number) {
            lead.contact.phones.push(Phone {
                number: number.to_owned(),
                kind: None,
                time: None,
            });
        } else if !number.is_empty() {
            refuse(
                "phone",
                "Это не номер телефона.",
                "This is no phone number.",
                "+7 916 123-45-67",
            );
        }
    }
    for address in entry.more_emails.iter().map(|address| address.trim()) {
        if looks_like_email(address) {
            lead.contact.emails.push(address.to_owned());
        } else if !address.is_empty() {
            refuse(
                "email",
                "Это не адрес e-mail.",
                "This is no e-mail address.",
                "anna@example.com",
            );
        }
    }
    lead.wanted.extend(entry.vehicles.iter().cloned());
    match Topic::from_name(&entry.topic) {
        Some(topic) => lead.topic = topic,
        None if entry.topic.is_empty() => {}
        None => refuse(
            "topic",
            "Такой темы нет.",
            "There is no such topic.",
            "buy | service | trade_in | …",
        ),
    }
}
