//! Cards for the lookups: people of the demonstration as the sales and service systems knew them.

use chrono::{DateTime, Duration, Utc};
use client_registry::{
    bulk::{self, Home},
    client::record::{CompanySaid, Money, Said, VehicleSaid},
};
use edina_runtime::clock;

use super::ground::Ground;
use crate::demo::{
    group::BRANCHES,
    people::{People, Person, spelling},
};

/// Loads the cards of the first `size` people; `progress` hears how many are in.
pub(super) async fn fill(
    ground: &Ground,
    people: People,
    size: u64,
    progress: impl FnMut(u64),
) -> anyhow::Result<bulk::Loaded> {
    let pool = ground.look_into(client_registry::DATABASE, 2).await?;
    let now = clock::system().now();
    let load = bulk::Load {
        group: ground.group.clone(),
        home: Home {
            country: "RU".to_owned(),
            area_code: None,
        },
        now,
        clients: size,
        records: move |number| records(people, number, now),
    };
    let loaded = bulk::load(&pool, load, progress).await?;
    pool.close().await;
    Ok(loaded)
}

/// What is known of person `number`: the sale of the car, and of one in three a repair order written by another clerk.
fn records(people: People, number: u64, now: DateTime<Utc>) -> Vec<Said> {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let person = people.person(number);
    let mut dice = people.dice(number, 12);
    let sold = now - Duration::days(dice.between(400, 2_000));
    let mut records = vec![Said {
        source: "sales_dms".to_owned(),
        external_id: format!("ДКП-{number:07}"),
        kind: "sale".to_owned(),
        last_name: person.last.clone(),
        first_name: person.first.clone(),
        middle_name: person.middle.clone(),
        birth_date: person.birth.to_string(),
        gender: if person.woman { "female" } else { "male" }.to_owned(),
        phones: vec![person.phone.clone()],
        emails: person.email.iter().cloned().collect(),
        address: person.address.clone(),
        company: person
            .company
            .clone()
            .map(|(name, inn, kpp)| CompanySaid { name, inn, kpp }),
        amount: Some(Money {
            minor: person.car.price * 100,
            currency: "RUB".to_owned(),
        }),
        comment: "Новый автомобиль".to_owned(),
        ..deal(&person, sold)
    }];
    if dice.chance(33) {
        let phone = spelling::phone(&mut dice, &person.phone);
        records.push(Said {
            source: "service_dms".to_owned(),
            external_id: format!("ЗН-{number:07}"),
            kind: "repair_order".to_owned(),
            full_name: person.full_name(),
            phones: vec![phone],
            amount: Some(Money {
                minor: dice.between(300_000, 9_000_000),
                currency: "RUB".to_owned(),
            }),
            comment: "Техническое обслуживание".to_owned(),
            ..deal(&person, sold + Duration::days(dice.between(30, 390)))
        });
    }
    records
}

fn deal(person: &Person, at: DateTime<Utc>) -> Said {
    Said {
        occurred_at: Some(at),
        branch_id: BRANCHES
            .get(person.branch)
            .map(|branch| branch.id())
            .unwrap_or_default(),
        department: "sales".to_owned(),
        vehicles: vec![VehicleSaid {
            vin: person.car.vin.clone(),
            plate: person.car.plate.clone(),
            make: person.car.make.to_owned(),
            model: person.car.model.to_owned(),
            year: person.car.year,
            ..VehicleSaid::default()
        }],
        ..Said::default()
    }
}
