//! The rules a dealership group relies on, from raw records to the decision.

use edina_identity::engine::place::{Goes, Members, place};
use edina_identity::engine::{Base, Model, Profile, Rulings};
use edina_identity::{CompanyInput, Home, Normalised, Party, RecordInput, VehicleInput, normalise};

pub fn named(full_name: &str, phone: &str) -> RecordInput {
    RecordInput {
        full_name: Some(full_name.into()).filter(|n: &String| !n.is_empty()),
        phones: Some(phone.into())
            .into_iter()
            .filter(|p: &String| !p.is_empty())
            .collect(),
        ..RecordInput::default()
    }
}

fn with_vin(mut input: RecordInput, vin: &str) -> RecordInput {
    input.vehicles = vec![VehicleInput {
        vin: Some(vin.into()),
        ..VehicleInput::default()
    }];
    input
}

pub fn born(mut input: RecordInput, date: &str) -> RecordInput {
    input.birth_date = Some(date.into());
    input
}

fn company(name: &str, inn: &str, phone: &str) -> RecordInput {
    let company = CompanyInput {
        name: Some(name.into()),
        inn: Some(inn.into()).filter(|i: &String| !i.is_empty()),
        ..CompanyInput::default()
    };
    RecordInput {
        company: Some(company),
        ..named("", phone)
    }
}

/// What becomes of `record` when the base holds these cards: a linked card's number, or what else was decided.
pub fn outcome(record: &RecordInput, cards: &[Vec<RecordInput>]) -> Result<usize, &'static str> {
    let home = Home::default();
    let mut base = Base::default();
    let mut members: Vec<Members<usize>> = Vec::new();
    for (card, records) in cards.iter().enumerate() {
        let read: Vec<Normalised> = records.iter().map(|r| normalise(r, &home)).collect();
        for record in &read {
            base.add(record);
        }
        members.push(Members::new(card, read.iter().map(Profile::of).collect()));
    }
    let record = Profile::of(&normalise(record, &home));
    let placed = place(
        &record,
        &members,
        &Rulings::default(),
        &base.counts,
        &Model::default(),
    );
    match placed.card {
        Goes::To(card) => Ok(card),
        Goes::New(_) if placed.asks.is_empty() => Err("create"),
        Goes::New(_) => Err("review"),
    }
}

const VIN: &str = "WP0ZZZ99ZTS392124";

#[test]
fn one_person_in_three_channels_is_one_card() {
    let lead = named("Мария Иванова", "8 (916) 555-45-67");
    let service = with_vin(named("Иванова Мария Петровна", "+79165554567"), VIN);
    let call = named("", "79165554567");
    assert_eq!(outcome(&service, &[vec![lead.clone()]]), Ok(0));
    // Whoever calls from that number without a name may be at home with them.
    assert_eq!(outcome(&call, &[vec![lead, service]]), Err("review"));
}

#[test]
fn a_family_with_one_phone_stays_apart() {
    let husband = named("Иванов Пётр Сергеевич", "89165554567");
    for wife in ["Иванова Мария Петровна", "Мария", "Иванова М."] {
        assert_eq!(
            outcome(&named(wife, "89165554567"), &[vec![husband.clone()]]),
            Err("create"),
            "{wife}"
        );
    }
    // A bare call from the shared number is nobody's for sure.
    let wife = named("Иванова Мария", "89165554567");
    let call = named("", "89165554567");
    assert_eq!(
        outcome(&call, &[vec![husband.clone()], vec![wife.clone()]]),
        Err("review")
    );
    // A first name tells them apart.
    assert_eq!(
        outcome(&named("Маша", "89165554567"), &[vec![husband], vec![wife]]),
        Ok(1)
    );
}

#[test]
fn the_same_phone_with_a_compatible_name_links() {
    let card = [vec![named("Иванов Александр Петрович", "89165554567")]];
    for name in [
        "Иванов Александр",
        "Саша Иванов",
        "ИВАНОВ А.П.",
        "Ivanov Aleksandr",
        "Иванов Алексндр",
        "александр иванов",
        "Александр",
    ] {
        assert_eq!(outcome(&named(name, "+7 916 555-45-67"), &card), Ok(0), "{name}");
    }
    for name in ["Иванов Алексей", "Иванова Александра", "Иванов Б.П."]
    {
        assert_eq!(
            outcome(&named(name, "+7 916 555-45-67"), &card),
            Err("create"),
            "{name}"
        );
    }
}

#[test]
fn a_car_joins_its_owner_and_not_the_next_one() {
    let card = [vec![with_vin(named("Иванова Мария Петровна", ""), VIN)]];
    assert_eq!(
        outcome(&with_vin(named("Иванова Мария", ""), "wp0zzz99zts392I24"), &card),
        Ok(0)
    );
    assert_eq!(
        outcome(&with_vin(named("Петров Олег", ""), VIN), &card),
        Err("create")
    );
    assert!(outcome(&with_vin(named("", ""), VIN), &card).is_err());
}

#[test]
fn dates_of_birth_decide_for_and_against() {
    let card = [vec![born(named("Кузнецов Иван Петрович", ""), "05.03.1981")]];
    assert_eq!(
        outcome(&born(named("Кузнецов Иван Петрович", ""), "1981-03-05"), &card),
        Ok(0)
    );
    let father = [vec![born(
        named("Кузнецов Иван Иванович", "89165554567"),
        "05.03.1951",
    )]];
    assert!(
        outcome(
            &born(named("Кузнецов Иван Иванович", "89165554567"), "17.09.1981"),
            &father
        )
        .is_err()
    );
}

#[test]
fn a_contradicting_member_speaks_for_the_card() {
    let call = named("", "89165554567");
    let husband = named("Иванов Пётр", "89165554567");
    assert_eq!(
        outcome(&named("Мария", "89165554567"), &[vec![call, husband]]),
        Err("create")
    );
}

#[test]
fn companies_by_inn() {
    let card = [vec![company("ООО «Ромашка»", "7707083893", "84955554567")]];
    assert_eq!(
        outcome(&company("Ромашка ООО, филиал", "7707083893", ""), &card),
        Ok(0)
    );
    assert_eq!(
        outcome(&company("ООО Ромашка", "7736050003", "84955554567"), &card),
        Err("create")
    );
    assert_eq!(outcome(&company("ООО Ромашка", "", "84955554567"), &card), Ok(0));
    assert_eq!(
        outcome(&named("Иванов Пётр", "84955554567"), &card),
        Err("create"),
        "a contact is no company"
    );
}

#[test]
fn companies_by_ogrn() {
    let registered = |ogrn: &str, of: RecordInput| RecordInput {
        company: of.company.map(|company| CompanyInput {
            ogrn: Some(ogrn.into()),
            ..company
        }),
        ..of
    };
    let firm = company("ООО «Ромашка»", "", "84955554567");
    let card = [vec![registered("1027700132195", firm.clone())]];
    let branch = company("Ромашка ООО, филиал", "", "");
    assert_ne!(outcome(&branch, &card), Ok(0));
    assert_eq!(outcome(&registered("1027700132195", branch), &card), Ok(0));
    // As much as an INN: under another name, too.
    let renamed = |inn: &str| company("АО «Лютик»", inn, "84955554567");
    let by_inn = [vec![company("ООО «Ромашка»", "7707083893", "84955554567")]];
    let as_by_inn = outcome(&renamed("7707083893"), &by_inn);
    assert_eq!(
        outcome(&registered("1027700132195", renamed("")), &card),
        as_by_inn
    );
    // Another company of that name at that number.
    assert_eq!(
        outcome(&registered("1027739609391", firm.clone()), &card),
        Err("create")
    );
    assert_eq!(outcome(&firm, &card), Ok(0));
    // Of two numbers one that agrees is enough: the other was mistyped.
    let whole = company("ООО «Ромашка»", "7707083893", "");
    let card = [vec![registered("1027700132195", whole.clone())]];
    assert_eq!(outcome(&registered("1027739609391", whole), &card), Ok(0));
    // A trader has another one since he registered anew.
    let trader = company("ИП Иванов Пётр Сергеевич", "500100732259", "89165554567");
    let card = [vec![registered("304500116000157", trader.clone())]];
    assert_eq!(outcome(&registered("316861700133226", trader), &card), Ok(0));
    // Nothing but a number: a company all the same.
    let bare = RecordInput {
        company: Some(CompanyInput {
            ogrn: Some("1027700132195".into()),
            ..CompanyInput::default()
        }),
        ..RecordInput::default()
    };
    assert_eq!(normalise(&bare, &Home::default()).party, Party::Company);
}

#[test]
fn a_sole_proprietor_is_not_the_person() {
    let person = [vec![named("Иванов Пётр Сергеевич", "89165554567")]];
    assert_eq!(
        outcome(
            &company("ИП Иванов Пётр Сергеевич", "500100732259", "89165554567"),
            &person
        ),
        Err("create")
    );
    let trader = [vec![company("ИП Иванов Пётр Сергеевич", "500100732259", "")]];
    assert_eq!(
        outcome(&company("ИП Иванов П.С.", "500100732259", ""), &trader),
        Ok(0)
    );
}

#[test]
fn nobody_or_nothing_to_compare_creates() {
    assert_eq!(outcome(&named("Иванов Пётр", "89165554567"), &[]), Err("create"));
    assert_eq!(outcome(&named("", ""), &[vec![named("", "")]]), Err("create"));
}

#[test]
fn what_stands_where_nobody_knew_a_number_joins_nobody() {
    let with_inn = |mut input: RecordInput, inn: &str| {
        input.company = Some(CompanyInput {
            inn: Some(inn.into()),
            ..CompanyInput::default()
        });
        input
    };
    for nothing in ["отсутствует", "не указан", "00000000000000000"] {
        let one = with_vin(named("Смирнова Анна", "89165554567"), nothing);
        let other = with_vin(named("Смирнова Анна", "89031112233"), nothing);
        assert_eq!(outcome(&other, &[vec![one]]), Err("create"), "{nothing}");
    }
    for nothing in ["1111111111", "1234567890"] {
        let one = company("ООО Ромашка", nothing, "84951112233");
        let other = company("ООО Вектор", nothing, "84951112244");
        assert_eq!(outcome(&other, &[vec![one]]), Err("create"), "{nothing}");
    }
    for nothing in ["999-99-99", "123-45-67"] {
        let one = named("Козлова Анна", nothing);
        assert_ne!(outcome(&one.clone(), &[vec![one]]), Ok(0), "{nothing}");
    }
    // Two people with one name and one number have two tax numbers.
    let one = with_inn(named("Зайцев Иван Иванович", "89165554567"), "500100732259");
    let other = with_inn(named("Зайцев Иван Иванович", "89165554567"), "366220425038");
    assert_eq!(outcome(&other, &[vec![one]]), Err("create"));
}

#[test]
fn a_persons_tax_number_finds_and_proves_who_it_is() {
    let with_inn = |mut input: RecordInput, inn: &str| {
        let company = input.company.get_or_insert_default();
        company.inn = Some(inn.into());
        input
    };
    // Married, moved and with another number.
    let before = with_inn(named("Зайцева Ольга Ивановна", "89165554567"), "500100732259");
    let after = with_inn(named("Волкова Ольга Ивановна", "89031112233"), "500100732259");
    let home = Home::default();
    let keys =
        |record: &RecordInput| edina_identity::engine::keys::numbers(&Profile::of(&normalise(record, &home)));
    let of_after = keys(&after);
    assert!(keys(&before).iter().any(|key| of_after.contains(key)));
    assert_eq!(outcome(&after, &[vec![before]]), Ok(0));
}
