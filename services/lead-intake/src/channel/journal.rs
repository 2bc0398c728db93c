//! A line of the showroom journal (R2, R3), as reception writes it: who came or called, when, for how long, about what.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::adf::date;
use super::{Rejection, RejectionCode};
use crate::lead::contact::{looks_like_email, looks_like_phone};
use crate::lead::{Lead, PersonName, Phone, ShowroomContact, ShowroomKind, Topic, Vehicle};

/// A clock that runs ahead by less than this is no mistake.
const CLOCK_SKEW_MINUTES: i64 = 10;
/// Longest name and longest comment, in characters.
const MAX_NAME: usize = 200;
const MAX_COMMENT: usize = 10_000;

/// The line as typed; every field as text, so that each mistake can be named.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalLine {
    /// Local time of the branch (`21.11.2026 14:30`, `2026-11-21T14:30`) or with a zone; empty means now.
    pub occurred_at: String,
    /// `visit` or `call`.
    pub kind: String,
    pub name: String,
    pub phone: String,
    pub email: String,
    /// Years, 14 to 120; may be empty.
    pub age: String,
    /// Minutes in the showroom, up to 1440; may be empty.
    pub stay_minutes: String,
    pub comment: String,
    /// The car asked about; may be empty.
    pub vehicle: String,
}

/// Checks the line and makes a lead of it. `zone` is the branch's.
///
/// # Errors
/// All mistakes at once, each with the name of its field.
pub fn read(line: &JournalLine, now: DateTime<Utc>, zone: Tz) -> Result<Lead, Vec<Rejection>> {
    let mut wrong = Vec::new();
    let occurred_at = read_time(&line.occurred_at, now, zone).unwrap_or_else(|rejection| {
        wrong.push(rejection);
        now
    });
    let kind = match line.kind.trim().to_lowercase().as_str() {
        "visit" | "визит" => ShowroomKind::Visit,
        "call" | "звонок" => ShowroomKind::Call,
        _ => {
            let (ru, en) = (
                "Выберите вид обращения: визит или звонок.",
                "Choose the kind of contact: visit or call.",
            );
            wrong.push(invalid("kind", ru, en, "visit | call"));
            ShowroomKind::Visit
        }
    };
    let age = read_number(
        &line.age,
        14,
        120,
        "age",
        "Возраст: число от 14 до 120.",
        "Age: a number from 14 to 120.",
    );
    let stay = read_number(
        &line.stay_minutes,
        0,
        1440,
        "stay_minutes",
        "Время в салоне: минуты, от 0 до 1440.",
        "Length of stay: minutes, from 0 to 1440.",
    );
    let mut lead = Lead {
        requested_at: Some(occurred_at),
        ..Lead::default()
    };
    read_person(line, kind, &mut lead, &mut wrong);
    let (age, stay_minutes) = match (age, stay) {
        (Ok(age), Ok(stay)) => (age, stay),
        (age, stay) => {
            wrong.extend([age.err(), stay.err()].into_iter().flatten());
            (None, None)
        }
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    lead.showroom = Some(ShowroomContact {
        kind,
        age: age.and_then(|age| u8::try_from(age).ok()),
        stay_minutes,
    });
    let comment: String = line
        .comment
        .trim()
        .chars()
        .filter(|c| *c != '\0')
        .take(MAX_COMMENT)
        .collect();
    lead.topic = Topic::from_words(&comment).unwrap_or_default();
    lead.comments.extend((!comment.is_empty()).then_some(comment));
    let vehicle = one_line(&line.vehicle);
    if !vehicle.is_empty() {
        lead.wanted.push(Vehicle {
            description: Some(vehicle),
            ..Vehicle::default()
        });
        if lead.topic == Topic::Other {
            lead.topic = Topic::Buy;
        }
    }
    Ok(lead)
}

fn invalid(field: &str, ru: &str, en: &str, expected: &str) -> Rejection {
    Rejection::new(RejectionCode::InvalidField, ru, en)
        .field(field)
        .expected(expected)
}

fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_NAME * 2)
        .collect();
    clean
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MAX_NAME)
        .collect()
}

fn read_time(text: &str, now: DateTime<Utc>, zone: Tz) -> Result<DateTime<Utc>, Rejection> {
    if text.trim().is_empty() {
        return Ok(now);
    }
    let Some(read) = date::read(text, zone) else {
        return Err(invalid(
            "occurred_at",
            "Дата и время обращения не читаются.",
            "The date and time of the contact cannot be read.",
            "21.11.2026 14:30",
        ));
    };
    if read.at > now + TimeDelta::minutes(CLOCK_SKEW_MINUTES) {
        return Err(invalid(
            "occurred_at",
            "Обращение не может быть в будущем.",
            "The contact cannot be in the future.",
            "21.11.2026 14:30",
        ));
    }
    Ok(read.at)
}

fn read_number(
    text: &str,
    least: u16,
    most: u16,
    field: &str,
    ru: &str,
    en: &str,
) -> Result<Option<u16>, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<u16>() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => Err(invalid(field, ru, en, &format!("{least}…{most}"))),
    }
}

/// A caller has a number; a visitor may have left only a name.
fn read_person(line: &JournalLine, kind: ShowroomKind, lead: &mut Lead, wrong: &mut Vec<Rejection>) {
    let (name, phone, email) = (one_line(&line.name), one_line(&line.phone), one_line(&line.email));
    if !phone.is_empty() && !looks_like_phone(&phone) {
        wrong.push(invalid(
            "phone",
            "Это не номер телефона.",
            "This is no phone number.",
            "+7 916 123-45-67",
        ));
    } else if !phone.is_empty() {
        lead.contact.phones.push(Phone {
            number: phone.clone(),
            kind: None,
            time: None,
        });
    }
    if !email.is_empty() && !looks_like_email(&email) {
        wrong.push(invalid(
            "email",
            "Это не адрес e-mail.",
            "This is no e-mail address.",
            "anna@example.com",
        ));
    } else if !email.is_empty() {
        lead.contact.emails.push(email.clone());
    }
    if kind == ShowroomKind::Call && phone.is_empty() {
        let (ru, en) = (
            "Для звонка укажите номер телефона.",
            "For a call give the phone number.",
        );
        wrong.push(
            Rejection::new(RejectionCode::MissingField, ru, en)
                .field("phone")
                .expected("+7 916 123-45-67"),
        );
    } else if name.is_empty() && phone.is_empty() && email.is_empty() {
        let (ru, en) = (
            "Укажите имя, телефон или e-mail.",
            "Give a name, a phone or an e-mail.",
        );
        wrong.push(
            Rejection::new(RejectionCode::MissingField, ru, en)
                .field("name")
                .expected("name | phone | email"),
        );
    }
    if !name.is_empty() {
        lead.contact.name = PersonName {
            full: Some(name),
            ..PersonName::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Moscow;

    fn now() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_visit_becomes_a_lead() {
        let line = JournalLine {
            occurred_at: "21.11.2026 14:30".into(),
            kind: "visit".into(),
            name: "Анна  Петрова".into(),
            phone: "8 916 123-45-67".into(),
            age: "35".into(),
            stay_minutes: "40".into(),
            comment: "Смотрела кроссовер, хочет тест-драйв".into(),
            ..JournalLine::default()
        };
        let lead = read(&line, now(), Moscow).unwrap();
        assert_eq!(lead.topic, Topic::TestDrive);
        assert_eq!(lead.contact.name.display(), "Анна Петрова");
        assert_eq!(
            lead.showroom,
            Some(ShowroomContact {
                kind: ShowroomKind::Visit,
                age: Some(35),
                stay_minutes: Some(40)
            })
        );
        assert_eq!(lead.requested_at, Some("2026-11-21T11:30:00Z".parse().unwrap()));
    }

    #[test]
    fn every_mistake_is_named() {
        let line = JournalLine {
            occurred_at: "завтра".into(),
            kind: "письмо".into(),
            phone: "нет".into(),
            age: "7".into(),
            stay_minutes: "-1".into(),
            ..JournalLine::default()
        };
        let mistakes = read(&line, now(), Moscow).unwrap_err();
        let mut fields: Vec<String> = mistakes
            .iter()
            .filter_map(|mistake| mistake.field.clone())
            .collect();
        fields.sort();
        assert_eq!(fields, ["age", "kind", "occurred_at", "phone", "stay_minutes"]);
    }

    #[test]
    fn a_call_needs_a_number_and_nobody_calls_tomorrow() {
        let line = JournalLine {
            kind: "call".into(),
            name: "Анна".into(),
            ..JournalLine::default()
        };
        assert_eq!(
            read(&line, now(), Moscow).unwrap_err()[0].field.as_deref(),
            Some("phone")
        );
        let line = JournalLine {
            kind: "visit".into(),
            name: "Анна".into(),
            occurred_at: "2026-11-22T14:30".into(),
            ..JournalLine::default()
        };
        assert_eq!(
            read(&line, now(), Moscow).unwrap_err()[0].field.as_deref(),
            Some("occurred_at")
        );
    }
}
