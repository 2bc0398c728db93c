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

/// From so many cards on PostgreSQL is set up for loading meanwhile.
const MANY: u64 = 100_000;
/// Rows are written once, not into the log as well, and by no checkpoint in between.
const FOR_LOADING: [&str; 5] = [
    "wal_level = 'minimal'",
    "max_wal_senders = 0",
    "max_wal_size = '8GB'",
    "checkpoint_timeout = '1h'",
    "max_parallel_maintenance_workers = 2",
];

/// How many cards an earlier run left; none are there in a fresh base.
pub(super) async fn present(ground: &Ground) -> anyhow::Result<u64> {
    let pool = ground.look_into(client_registry::DATABASE, 1).await?;
    let present = bulk::count(&pool).await?;
    pool.close().await;
    Ok(present)
}

/// Loads the cards of the first `size` people; `progress` hears how many are in.
pub(super) async fn fill(
    ground: &Ground,
    people: People,
    size: u64,
    progress: impl FnMut(u64),
) -> anyhow::Result<bulk::Loaded> {
    if size < MANY {
        return load(ground, people, size, progress).await;
    }
    let names = FOR_LOADING.map(|setting| setting.split(' ').next().unwrap_or_default());
    ground
        .configure(FOR_LOADING.iter().map(|setting| format!("set {setting}")))
        .await?;
    let loaded = load(ground, people, size, progress).await?;
    ground
        .configure(names.iter().map(|name| format!("reset {name}")))
        .await?;
    Ok(loaded)
}

async fn load(
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

/// Beginnings, middles and ends of surnames that few bear.
const BEGINNINGS: [&str; 24] = [
    "Бал", "Вер", "Гор", "Дуб", "Жер", "Заб", "Кал", "Лом", "Мас", "Нес", "Пет", "Рог", "Сал", "Тур", "Ухт",
    "Хар", "Чеб", "Шум", "Щер", "Яр", "Брус", "Гран", "Клим", "Стеб",
];
const MIDDLES: [&str; 24] = [
    "ад", "ак", "ал", "ан", "ар", "ах", "ед", "ел", "ен", "ер", "ик", "ил", "им", "ин", "ов", "од", "ок",
    "ол", "ор", "от", "ум", "ун", "ур", "уш",
];
const ENDS: [&str; 4] = ["ев", "кин", "ченко", "овский"];

/// Person `number` of the demonstration. Half of a country's people share some hundred surnames and the rest have tens
/// of thousands: every third is given one of those.
pub(super) fn person(people: People, number: usize) -> Person {
    let mut person = people.person(number);
    if number.is_multiple_of(3) && !matches!(number % 10, 6 | 7) {
        let mut dice = people.dice(number, 14);
        let end = *dice.pick(&ENDS);
        let base = format!(
            "{}{}{}{end}",
            dice.pick(&BEGINNINGS),
            dice.pick(&MIDDLES),
            dice.pick(&MIDDLES)
        );
        person.last = match (person.woman, base.strip_suffix("ий")) {
            (false, _) => base,
            (true, Some(stem)) => format!("{stem}ая"),
            (true, None) if end == "ченко" => base,
            (true, None) => format!("{base}а"),
        };
    }
    person
}

/// What is known of person `number`: the sale of the car, and of one in three a repair order written by another clerk.
fn records(people: People, number: u64, now: DateTime<Utc>) -> Vec<Said> {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let person = person(people, number);
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
        company: person.company.clone().map(|(name, inn, kpp)| CompanySaid {
            name,
            inn,
            kpp,
            ogrn: String::new(),
        }),
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
