//! Names of more words than three, words that are no names, and names of other traditions.

use edina_identity::normalise::name;
use edina_identity::{Home, RecordInput, normalise};

fn three(typed: &str) -> [String; 3] {
    let n = name::parse(typed);
    [n.surname, n.given, n.patronymic].map(Option::unwrap_or_default)
}

#[test]
fn no_word_of_a_name_is_lost() {
    for (typed, expected) in [
        ("Ван дер Вальс Ян Питерович", ["ван дер Вальс", "Ян", "Питерович"]),
        ("Людвиг ван Бетховен", ["ван Бетховен", "Людвиг", ""]),
        ("фон Браун Вернер", ["фон Браун", "Вернер", ""]),
        ("Шарль де Голль", ["де Голль", "Шарль", ""]),
        ("Нгуен Ван Тхань", ["Нгуен", "Ван", "Тхань"]),
        ("Римский - Корсаков Николай", ["Римский-Корсаков", "Николай", ""]),
        (
            "Римский- Корсаков Николай Андреевич",
            ["Римский-Корсаков", "Николай", "Андреевич"],
        ),
        (
            "салтыков щедрин родион евграфович",
            ["Салтыков Щедрин", "Родион", "Евграфович"],
        ),
        (
            "Анна Мария Петровна Иванова",
            ["Иванова", "Анна Мария", "Петровна"],
        ),
        ("Гарсия Лопес Хосе Иванович", ["Гарсия Лопес", "Хосе", "Иванович"]),
        ("Саидов Мухаммад ибн Ахмад", ["Саидов", "Мухаммад", "ибн Ахмад"]),
        ("Алиев Мамед Рашид оглы", ["Алиев", "Мамед", "Рашид оглы"]),
        ("Асанов Бакыт Эркин уулу", ["Асанов", "Бакыт", "Эркин уулу"]),
        ("Иванов Иван - муж", ["Иванов", "Иван", "Муж"]),
        // Of two people the first.
        (
            "Иванов Пётр Ильич, Иванова Мария Олеговна",
            ["Иванов", "Пётр", "Ильич"],
        ),
        ("Иванов Пётр и Иванова Мария", ["Иванов", "Пётр", ""]),
        ("Иванов Пётр, Иванова Мария", ["Иванов", "Пётр", ""]),
        ("Пётр и Мария", ["", "Пётр", ""]),
        ("иванов и петрович", ["Иванов", "", "Петрович"]),
    ] {
        assert_eq!(three(typed), expected, "{typed}");
    }
    let initials = name::parse("Салтыков Щедрин М.Е.");
    assert_eq!(initials.surname.as_deref(), Some("Салтыков Щедрин"));
    assert_eq!(initials.initials.given, Some('М'));
    assert_eq!(
        name::from_parts("Салтыков Щедрин", "Родион", "Евграфович").display(),
        "Салтыков Щедрин Родион Евграфович"
    );
}

#[test]
fn writings_of_a_long_name_are_one_name() {
    let form = |s: &str| name::match_form(&name::parse(s));
    for (one, other) in [
        ("Салтыков Щедрин Родион", "Салтыков-Щедрин Родион"),
        ("Ван дер Вальс Ян", "Ван-дер-Вальс Ян"),
        ("Jan van der Waals", "van der Waals Jan"),
    ] {
        assert_eq!(form(one).surname, form(other).surname, "{one}");
        assert_eq!(form(one).given_names, form(other).given_names, "{one}");
    }
    assert_eq!(
        form("Саидов Мухаммад ибн Ахмад").patronymic,
        form("Саидов Мухаммад Ахмадович").patronymic
    );
    let names = form("Анна Мария Петровна Иванова").given_names;
    assert!(names.contains("анна") && names.contains("мария"), "{names:?}");
}

#[test]
fn what_names_nobody_is_no_name() {
    for typed in [
        "тест",
        "Не указано",
        "КЛИЕНТ",
        "Аноним",
        "без имени",
        "Новый клиент",
        "-",
        "Неизвестно",
        "no name",
        "Клиент с сайта",
        "Физ. лицо",
    ] {
        assert!(name::parse(typed).is_empty(), "{typed}: {:?}", name::parse(typed));
    }
    assert!(name::from_parts("Не указана", "Нет", "").is_empty());
    assert_eq!(three("Клиент Иванова Мария"), ["Иванова", "Мария", ""]);
    assert_eq!(
        name::from_parts("Иванов", "Не указано", "").surname.as_deref(),
        Some("Иванов")
    );
}

#[test]
fn a_number_or_an_address_in_the_field_of_a_name_is_found_there() {
    let read = |full: &str| {
        let input = RecordInput {
            full_name: Some(full.into()),
            ..RecordInput::default()
        };
        normalise(&input, &Home::default())
    };
    let n = read("Иванов Иван ivan@mail.ru");
    assert_eq!(
        n.name.as_ref().map(|n| n.display()).as_deref(),
        Some("Иванов Иван")
    );
    assert_eq!(n.emails.len(), 1);
    let n = read("Иванов Иван 8 916 123-45-67");
    assert_eq!(
        n.name.as_ref().map(|n| n.display()).as_deref(),
        Some("Иванов Иван")
    );
    assert_eq!(n.phones.first().map(|p| p.e164.as_str()), Some("+79161234567"));
    let n = read("89161234567");
    assert!(n.name.is_none());
    assert_eq!(n.phones.len(), 1);
}

#[test]
fn people_of_other_countries_have_their_names_in_place() {
    for (typed, expected) in [
        ("John Smith", ["Smith", "John", ""]),
        ("Smith John", ["Smith", "John", ""]),
        ("Michael Johnson", ["Johnson", "Michael", ""]),
        ("Hans Müller", ["Müller", "Hans", ""]),
        ("Jean Dupont", ["Dupont", "Jean", ""]),
        ("Джон Смит", ["Смит", "Джон", ""]),
    ] {
        assert_eq!(three(typed), expected, "{typed}");
    }
}
