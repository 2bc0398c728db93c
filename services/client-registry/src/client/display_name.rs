//! What a card is called by in lists: a name with the initials where no more is known, a company, else a number or a car.

use edina_identity::normalise::phone::format_display;
use edina_proto::registry::v1::{Card, Datum};

use super::history::{History, Record};

pub(super) fn of(card: &Card, history: &History) -> String {
    let company = card
        .company
        .as_ref()
        .map(|company| company.name.clone())
        .unwrap_or_default();
    if card.kind == "company" && !company.is_empty() {
        return company;
    }
    let person = person(card, history);
    if !person.is_empty() {
        return person;
    }
    if !company.is_empty() {
        return company;
    }
    let contact = card.contacts.first().map(|contact| match contact.kind.as_str() {
        "phone" => format_display(&contact.value),
        _ => contact.value.clone(),
    });
    let vehicle = card
        .vehicles
        .first()
        .and_then(|role| role.vehicle.as_ref())
        .map(|vehicle| match vehicle.plate.is_empty() {
            true => vehicle.vin.clone(),
            false => vehicle.plate.clone(),
        });
    contact.or(vehicle).unwrap_or_default()
}

/// `Иванов Пётр Ильич`, `Иванов П.И.`, `Пётр`: what there is of it.
fn person(card: &Card, history: &History) -> String {
    let said = |datum: Option<&Datum>| datum.map(|datum| datum.value.clone());
    let last = said(card.last_name.as_ref());
    let first = said(card.first_name.as_ref());
    let middle = said(card.middle_name.as_ref());
    let initials = last.as_ref().and_then(|_| initials(history));
    let [given, father] = initials.unwrap_or_default().map(|c| c.map(|c| format!("{c}.")));
    let words = match (first, middle, given) {
        (None, None, Some(given)) => [last, Some(given + &father.unwrap_or_default()), None],
        (first, middle, given) => [last, first.or(given), middle.or(father)],
    };
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Those of given name and father's name that the youngest record has which gives any.
fn initials(history: &History) -> Option<[Option<char>; 2]> {
    let said = |record: &Record| {
        let said = record.normalised.name.as_ref()?.initials;
        (said.given.is_some() || said.patronymic.is_some()).then_some([said.given, said.patronymic])
    };
    let giving = history.records.iter().filter(|record| said(record).is_some());
    giving
        .max_by_key(|record| (record.occurred_at, record.id))
        .and_then(said)
}
