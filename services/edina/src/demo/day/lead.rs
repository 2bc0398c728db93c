//! What sites, landing pages and marketplaces send.

use chrono::{FixedOffset, SecondsFormat};
use serde_json::{Value, json};

use super::{
    super::{
        group::BRANCHES,
        people::{Person, car, spelling},
    },
    Day, Moment,
};

/// Moscow time, in which the sites of the group write.
const ZONE: Option<FixedOffset> = FixedOffset::east_opt(3 * 3600);

/// An input as it is posted.
pub(super) enum Sent {
    Adf(String),
    Form(Value),
    Landing(Vec<(&'static str, String)>),
}

/// Somebody, known to us in 45 of 100 cases, asks for something.
pub(super) fn write(day: &Day, moment: &mut Moment) -> Sent {
    let (_, person) = day.somebody(moment, 45);
    match moment.dice.below(10) {
        0..=4 => Sent::Adf(adf(day, moment, &person)),
        5..=7 => Sent::Form(form(moment, &person)),
        _ => Sent::Landing(landing(moment, &person)),
    }
}

/// An input that nobody can answer: broken off, without any contact, or no lead at all.
pub(super) fn broken(day: &Day, moment: &mut Moment) -> Sent {
    let (_, person) = day.somebody(moment, 0);
    let document = adf(day, moment, &person);
    match moment.dice.below(4) {
        0 => {
            let end = document.find("<customer>").unwrap_or(document.len());
            Sent::Adf(document[..end].to_owned())
        }
        1 => {
            let (from, to) = (document.find("<phone"), document.find("</contact>"));
            match (from, to) {
                (Some(from), Some(to)) if from < to => {
                    Sent::Adf(format!("{}{}", &document[..from], &document[to..]))
                }
                _ => Sent::Adf(document),
            }
        }
        2 => Sent::Form(
            json!({ "name": person.first, "phone": "позвоните мне", "formname": "Обратный звонок" }),
        ),
        _ => Sent::Adf("<html><body>502 Bad Gateway</body></html>".to_owned()),
    }
}

fn wanted(moment: &mut Moment, person: &Person) -> car::Model {
    let brands = BRANCHES[person.branch].brands;
    let ours: Vec<car::Model> = car::NEW
        .into_iter()
        .filter(|model| brands.contains(&model.0))
        .collect();
    if ours.is_empty() || moment.dice.chance(15) {
        *moment.dice.pick(&car::OTHER)
    } else {
        *moment.dice.pick(&ours)
    }
}

fn written_name(moment: &mut Moment, person: &Person) -> String {
    match moment.dice.below(10) {
        0..=4 => format!("{} {}", person.first, person.last),
        5..=6 => person.full_name(),
        7 => person.first.clone(),
        _ => spelling::name(&mut moment.dice, person),
    }
}

fn adf(day: &Day, moment: &mut Moment, person: &Person) -> String {
    let now = day.clock.now();
    let at = match ZONE {
        Some(zone) => now
            .with_timezone(&zone)
            .to_rfc3339_opts(SecondsFormat::Secs, false),
        None => now.to_rfc3339_opts(SecondsFormat::Secs, true),
    };
    let (make, model, _, price) = wanted(moment, person);
    let name = escape(&written_name(moment, person));
    let phone = spelling::phone(&mut moment.dice, &person.phone);
    let email = person
        .email
        .as_deref()
        .map(|email| format!("<email>{}</email>", escape(email)))
        .unwrap_or_default();
    let comments = escape(person.wish(&mut moment.dice));
    let trade = if person.bought_here && moment.dice.chance(30) {
        let own = &person.car;
        format!(
            "<vehicle interest=\"trade-in\" status=\"used\"><year>{}</year><make>{}</make><model>{}</model><vin>{}</vin></vehicle>",
            own.year, own.make, own.model, own.vin
        )
    } else {
        String::new()
    };
    let (id, vendor) = (
        format!("{}-{}", moment.day, moment.step),
        BRANCHES[person.branch].name,
    );
    let provider = *moment.dice.pick(&["Автоплощадка", "Моторный ряд", "Свои колёса"]);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?adf version=\"1.0\"?>\n<adf><prospect>\
         <id sequence=\"1\" source=\"{provider}\">{id}</id><requestdate>{at}</requestdate>\
         <vehicle interest=\"buy\" status=\"new\"><year>2026</year><make>{make}</make><model>{model}</model>\
         <price type=\"asking\" currency=\"RUB\">{price}000</price></vehicle>{trade}\
         <customer><contact><name part=\"full\">{name}</name><phone type=\"cellphone\">{phone}</phone>{email}</contact>\
         <comments>{comments}</comments></customer>\
         <vendor><vendorname>{vendor}</vendorname></vendor>\
         <provider><name part=\"full\">{provider}</name></provider></prospect></adf>\n"
    )
}

fn form(moment: &mut Moment, person: &Person) -> Value {
    let service = moment.dice.chance(35);
    let branch = BRANCHES[person.branch].name;
    let mut form = json!({
        "name": written_name(moment, person),
        "phone": spelling::phone(&mut moment.dice, &person.phone),
        "comment": person.wish(&mut moment.dice),
        "branch": branch,
        "topic": if service { "Запись на сервис" } else { "Заказать автомобиль: купить" },
        "agree": "on",
    });
    if let Some(email) = person.email.as_ref().filter(|_| moment.dice.chance(50)) {
        form["email"] = json!(email);
    }
    if service {
        form["make"] = json!(person.car.make);
        form["model"] = json!(person.car.model);
        form["госномер"] = json!(person.car.plate);
        form["vin"] = json!(spelling::vin(&mut moment.dice, &person.car.vin));
    } else {
        let (make, model, ..) = wanted(moment, person);
        form["make"] = json!(make);
        form["model"] = json!(model);
        form["utm_source"] = json!(*moment.dice.pick(&["yandex", "vk", "direct", "email"]));
    }
    form
}

fn landing(moment: &mut Moment, person: &Person) -> Vec<(&'static str, String)> {
    let (make, model, ..) = wanted(moment, person);
    vec![
        ("Имя", person.first.clone()),
        ("Телефон", spelling::phone(&mut moment.dice, &person.phone)),
        ("Автомобиль", format!("{make} {model}")),
        ("Филиал", BRANCHES[person.branch].city.to_owned()),
        ("formname", "Тест-драйв".to_owned()),
        ("tranid", format!("8800{}:{}", moment.day, moment.step)),
        ("utm_campaign", "test-drive-autumn".to_owned()),
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
