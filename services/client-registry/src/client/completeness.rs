//! How complete a card is (R125): contacts, marketing, finance, each kind of client with weights of its own; and what the
//! minimum set of each stage still lacks (R30).

use edina_proto::registry::v1::{Card, Completeness, CompletenessPart, StageMinimum};

/// What may be known, the part it belongs to, and what it weighs for a person and for a company. Both add up to 100.
const WEIGHTS: [(&str, &str, u32, u32); 17] = [
    ("name", "contacts", 14, 10),
    ("phone", "contacts", 14, 8),
    ("phone_current", "contacts", 12, 6),
    ("email", "contacts", 8, 6),
    ("address", "contacts", 4, 6),
    ("birth_date", "contacts", 6, 0),
    ("decision_maker", "contacts", 0, 14),
    ("decision_maker_reachable", "contacts", 0, 8),
    ("channel", "marketing", 6, 4),
    ("personal_data_consent", "marketing", 8, 4),
    ("advertising_answer", "marketing", 6, 4),
    ("profile", "marketing", 4, 0),
    ("vehicle", "marketing", 10, 6),
    ("inn", "finance", 0, 10),
    ("kpp", "finance", 0, 4),
    ("purchase", "finance", 5, 6),
    ("purchase_amount", "finance", 3, 4),
];

/// What each stage needs at its end.
const CONTACT: [&str; 2] = ["name", "phone_or_email"];
const PERSON_CONTRACT: [&str; 6] = [
    "name",
    "phone",
    "birth_date",
    "address",
    "personal_data_consent",
    "vehicle",
];
const COMPANY_CONTRACT: [&str; 6] = ["name", "inn", "kpp", "address", "decision_maker", "vehicle"];
const SERVICE: [&str; 4] = ["name", "phone", "vehicle_number", "personal_data_consent"];

/// The score with its parts and what is missing.
pub fn of(card: &Card) -> Completeness {
    let company = card.kind == "company";
    let weighed: Vec<(&str, &str, u32)> = WEIGHTS
        .iter()
        .map(|(what, part, person, firm)| (*what, *part, if company { *firm } else { *person }))
        .filter(|(.., weight)| *weight > 0)
        .collect();
    let sum = |part: &str, known_only: bool| -> u32 {
        weighed
            .iter()
            .filter(|(what, of, _)| (part.is_empty() || *of == part) && (!known_only || knows(card, what)))
            .map(|(.., weight)| weight)
            .sum()
    };
    let mut missing: Vec<(&str, u32)> = weighed
        .iter()
        .filter(|(what, ..)| !knows(card, what))
        .map(|(what, _, weight)| (*what, *weight))
        .collect();
    missing.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    Completeness {
        score: sum("", true) * 100 / sum("", false).max(1),
        parts: ["contacts", "marketing", "finance"]
            .into_iter()
            .map(|part| CompletenessPart {
                name: part.to_owned(),
                have: sum(part, true),
                of: sum(part, false),
            })
            .collect(),
        missing: missing.into_iter().map(|(what, _)| what.to_owned()).collect(),
    }
}

/// What the minimum set of each stage lacks.
pub fn minimums(card: &Card) -> Vec<StageMinimum> {
    let contract: &[&str] = if card.kind == "company" {
        &COMPANY_CONTRACT
    } else {
        &PERSON_CONTRACT
    };
    [
        ("first_contact", &CONTACT as &[&str]),
        ("contract", contract),
        ("service", &SERVICE),
    ]
    .into_iter()
    .map(|(stage, needed)| StageMinimum {
        stage: stage.to_owned(),
        missing: needed
            .iter()
            .filter(|what| !knows(card, what))
            .map(|what| (*what).to_owned())
            .collect(),
    })
    .filter(|stage| !stage.missing.is_empty())
    .collect()
}

fn knows(card: &Card, what: &str) -> bool {
    let works = |kind: &str, state: &[&str]| {
        card.contacts.iter().any(|contact| {
            let is = contact.datum.as_ref().map_or("", |datum| datum.state.as_str());
            contact.kind == kind && is != "wrong" && (state.is_empty() || state.contains(&is))
        })
    };
    let company = |read: fn(&edina_proto::registry::v1::Company) -> &String| {
        card.company
            .as_ref()
            .is_some_and(|company| !read(company).is_empty())
    };
    let consent = |purpose: &str, only_granted: bool| {
        card.consents
            .iter()
            .any(|consent| consent.purpose == purpose && (consent.granted || !only_granted))
    };
    let mut present = card
        .vehicles
        .iter()
        .filter(|role| role.to.is_none() && role.role != "wants");
    match what {
        "name" if card.kind == "company" => company(|company| &company.name),
        "name" => card.last_name.is_some() && card.first_name.is_some(),
        "phone" => works("phone", &[]),
        "phone_current" => works("phone", &["current"]),
        "phone_or_email" => works("phone", &[]) || works("email", &[]),
        "email" => works("email", &[]),
        "profile" => works("messenger", &[]),
        "address" => card.addresses.iter().any(|address| address.state != "wrong"),
        "birth_date" => card.birth_date.is_some(),
        "decision_maker" => !card.decision_makers.is_empty(),
        "decision_maker_reachable" => card
            .decision_makers
            .iter()
            .any(|person| !person.phone.is_empty() || !person.email.is_empty()),
        "channel" => card.marketing.iter().any(|fact| !fact.channel.is_empty()),
        "personal_data_consent" => consent("personal_data", true),
        "advertising_answer" => consent("advertising", false),
        "vehicle" => present.next().is_some(),
        "vehicle_number" => present.any(|role| {
            let numbered =
                |v: &edina_proto::common::v1::VehicleDescription| !(v.vin.is_empty() && v.plate.is_empty());
            role.vehicle.as_ref().is_some_and(numbered)
        }),
        "inn" => company(|company| &company.inn),
        "kpp" => company(|company| &company.kpp),
        "purchase" => !card.purchases.is_empty(),
        "purchase_amount" => card.purchases.iter().any(|purchase| purchase.amount.is_some()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use edina_proto::registry::v1::{Company, Contact, Datum, DecisionMaker};

    use super::*;

    fn phone(state: &str) -> Contact {
        Contact {
            kind: "phone".into(),
            datum: Some(Datum {
                state: state.into(),
                ..Datum::default()
            }),
            ..Contact::default()
        }
    }

    #[test]
    fn persons_and_companies_have_their_own_weights_and_what_is_missing_is_named() {
        for firm in [false, true] {
            let sum: u32 = WEIGHTS
                .iter()
                .map(|(.., person, company)| if firm { company } else { person })
                .sum();
            assert_eq!(sum, 100);
        }
        let person = Card {
            kind: "person".into(),
            contacts: vec![phone("stale")],
            ..Card::default()
        };
        let told = of(&person);
        assert_eq!(told.score, 14);
        assert_eq!(told.missing.first().map(String::as_str), Some("name"));
        assert!(
            told.missing.contains(&"phone_current".to_owned()) && !told.missing.contains(&"inn".to_owned())
        );
        assert_eq!(minimums(&person)[0].missing, ["name"]);
        let company = Card {
            kind: "company".into(),
            company: Some(Company {
                name: "Ромашка".into(),
                inn: "7707083893".into(),
                kpp: String::new(),
                ogrn: String::new(),
            }),
            decision_makers: vec![DecisionMaker::default()],
            ..Card::default()
        };
        assert_eq!(of(&company).score, 34);
        assert!(!of(&company).missing.contains(&"birth_date".to_owned()));
    }

    #[test]
    fn a_wrong_phone_is_no_phone() {
        let card = Card {
            kind: "person".into(),
            contacts: vec![phone("wrong")],
            ..Card::default()
        };
        assert_eq!(of(&card).score, 0);
    }
}
