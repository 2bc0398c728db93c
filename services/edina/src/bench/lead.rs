//! Leads as sites and marketplaces send them: number `n` of a seed is always the same lead, and no two are alike.

use serde_json::{Value, json};

use crate::demo::{
    dice::Dice,
    people::{People, Person, car, spelling},
};

/// An input as it is posted.
#[derive(Debug)]
pub(super) enum Lead {
    /// To `/intake/v1/adf`.
    Adf(String),
    /// To `/intake/v1/forms/…`.
    Form(Value),
}

/// Of 100 leads so many come from somebody who wrote before.
pub(super) const RETURNING: usize = 20;
/// Of 100 leads so many are ADF documents; the others are forms.
pub(super) const ADF: usize = 50;

/// Lead `number`.
pub(super) fn lead(people: People, number: usize) -> Lead {
    let mut dice = people.dice(number, 11);
    let known = number > 0 && dice.chance(RETURNING);
    let who = if known { dice.below(number) } else { number };
    let person = people.person(who);
    let phone = spelling::phone(&mut dice, &person.phone);
    if dice.chance(ADF) {
        Lead::Adf(adf(&mut dice, &person, number, &phone))
    } else {
        Lead::Form(form(&mut dice, &person, number, &phone))
    }
}

fn name(dice: &mut Dice, person: &Person) -> String {
    if dice.chance(70) {
        format!("{} {}", person.first, person.last)
    } else {
        person.full_name()
    }
}

fn form(dice: &mut Dice, person: &Person, number: usize, phone: &str) -> Value {
    let (make, model, ..) = *dice.pick(&car::NEW);
    let mut form = json!({
        "name": name(dice, person),
        "phone": phone,
        "comment": person.wish(dice),
        "topic": "Заказать автомобиль: купить",
        "make": make,
        "model": model,
        "utm_source": "yandex",
        "tranid": format!("8800{number}:1"),
        "agree": "on",
    });
    if let Some(email) = &person.email {
        form["email"] = json!(email);
    }
    form
}

fn adf(dice: &mut Dice, person: &Person, number: usize, phone: &str) -> String {
    let (make, model, _, price) = *dice.pick(&car::NEW);
    let (name, wish) = (name(dice, person), person.wish(dice));
    let email = person
        .email
        .as_deref()
        .map(|email| format!("<email>{email}</email>"))
        .unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?adf version=\"1.0\"?>\n<adf><prospect>\
         <id sequence=\"1\" source=\"Моторный ряд\">{number}</id><requestdate>2026-10-01T12:00:00+03:00</requestdate>\
         <vehicle interest=\"buy\" status=\"new\"><year>2026</year><make>{make}</make><model>{model}</model>\
         <price type=\"asking\" currency=\"RUB\">{price}000</price></vehicle>\
         <customer><contact><name part=\"full\">{name}</name><phone type=\"cellphone\">{phone}</phone>{email}</contact>\
         <comments>{wish}</comments></customer>\
         <vendor><vendorname>Меридиан Москва</vendorname></vendor>\
         <provider><name part=\"full\">Моторный ряд</name></provider></prospect></adf>\n"
    )
}
