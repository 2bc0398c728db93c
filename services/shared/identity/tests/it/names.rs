//! Russian names as they are typed.

use edina_identity::Gender;
use edina_identity::normalise::name::{self, NameOrder, PersonName};

fn three(n: &PersonName) -> [&str; 3] {
    [&n.surname, &n.given, &n.patronymic].map(|p| p.as_deref().unwrap_or(""))
}

#[test]
fn one_field_in_any_order() {
    for (typed, expected) in [
        ("Иванов Иван Иванович", ["Иванов", "Иван", "Иванович"]),
        ("ИВАН ИВАНОВИЧ ИВАНОВ", ["Иванов", "Иван", "Иванович"]),
        ("иван иванов", ["Иванов", "Иван", ""]),
        ("Иванова Мария", ["Иванова", "Мария", ""]),
        ("Мария Петровна", ["", "Мария", "Петровна"]),
        ("саша", ["", "Саша", ""]),
        ("Петренко", ["Петренко", "", ""]),
        (
            "Петров-Водкин Кузьма Сергеевич",
            ["Петров-Водкин", "Кузьма", "Сергеевич"],
        ),
        ("Алиев Мамед Рашид оглы", ["Алиев", "Мамед", "Рашид оглы"]),
        ("Наташa", ["", "Наташа", ""]),
        ("Maria Petrova", ["Petrova", "Maria", ""]),
        ("Сергей Павлович (муж)", ["", "Сергей", "Павлович"]),
        ("ИвановаМарияПетровна", ["Иванова", "Мария", "Петровна"]),
        ("Иванов Петрович Иван", ["Иванов", "Иван", "Петрович"]),
        ("Bdfyjdf Vfhbz", ["Иванова", "Мария", ""]),
        ("Мария Петровно Иванова", ["Иванова", "Мария", "Петровно"]),
        ("Мария Ильининча", ["", "Мария", "Ильининча"]),
        ("Ильининча Мария Юдина", ["Ильининча", "Мария", "Юдина"]),
        ("Зарема", ["", "Зарема", ""]),
        ("", ["", "", ""]),
        ("12345", ["", "", ""]),
    ] {
        assert_eq!(three(&name::parse(typed)), expected, "{typed}");
    }
}

#[test]
fn initials_in_their_writings() {
    for typed in [
        "Иванов И.П.",
        "Иванов И. П.",
        "ИВАНОВ И П",
        "Иванов ИП",
        "И.П. Иванов",
        "иванов и.п.",
    ] {
        let n = name::parse(typed);
        assert_eq!(n.surname.as_deref(), Some("Иванов"), "{typed}");
        assert_eq!(
            (n.initials.given, n.initials.patronymic),
            (Some('И'), Some('П')),
            "{typed}"
        );
        assert_eq!(n.gender_hint, Some(Gender::Male), "{typed}");
    }
}

#[test]
fn separate_fields_may_be_swapped_or_hold_everything() {
    let n = name::from_parts("Мария", "Иванова", "Петровна");
    assert_eq!(
        (three(&n), n.raw_order),
        (["Иванова", "Мария", "Петровна"], NameOrder::PartsSwapped)
    );
    assert_eq!(
        three(&name::from_parts("", "Иванов Иван Иванович", "")),
        ["Иванов", "Иван", "Иванович"]
    );
    assert_eq!(
        three(&name::from_parts("Иванов", "Иван", "")),
        ["Иванов", "Иван", ""]
    );
    assert_eq!(three(&name::from_parts("", "Саша", "")), ["", "Саша", ""]);
    assert_eq!(
        three(&name::from_parts("", "Анатолий", "Анатольевич")),
        ["", "Анатолий", "Анатольевич"]
    );
    assert_eq!(three(&name::from_parts("Иванов", "", "")), ["Иванов", "", ""]);
    assert_eq!(
        three(&name::from_parts("Мария", "Петровна", "Иванова")),
        ["Иванова", "Мария", "Петровна"]
    );
    assert_eq!(
        three(&name::from_parts("Петровна", "Мария", "Иванова")),
        ["Иванова", "Мария", "Петровна"]
    );
    assert_eq!(
        three(&name::from_parts("Петров", "", "Кирюша")),
        ["Петров", "Кирюша", ""]
    );
    assert!(name::from_parts("", "", "").is_empty());
}

#[test]
fn genders() {
    for (typed, gender) in [
        ("Иванова А.", Some(Gender::Female)),
        ("Саша Петров", Some(Gender::Male)),
        ("Женя", None),
        ("Петренко Евгения", Some(Gender::Female)),
        ("Черных А. Ильинична", Some(Gender::Female)),
        ("Черных А. Ильининча", Some(Gender::Female)),
    ] {
        assert_eq!(name::parse(typed).gender_hint, gender, "{typed}");
    }
}

#[test]
fn match_forms_meet() {
    let form = |s: &str| name::match_form(&name::parse(s));
    for (a, b) in [
        ("Семёнова Алёна Игоревна", "семенова алена игоревна"),
        ("Иванов Пётр", "Ivanov Petr"),
        ("Иванова Мария", "Иванов Мария"),
        ("Щербакова Юлия", "Shcherbakova Yuliya"),
        ("Достоевский Федор", "Dostoevskiy Fedor"),
    ] {
        assert_eq!(form(a).surname_sound, form(b).surname_sound, "{a} {b}");
        assert!(!form(a).given_names.is_disjoint(&form(b).given_names), "{a} {b}");
    }
    let sasha = form("Саша").given_names;
    assert_eq!(sasha.into_iter().collect::<Vec<_>>(), ["александр", "александра"]);
    assert_eq!(
        form("Саша Иванова").given_names.into_iter().collect::<Vec<_>>(),
        ["александра"]
    );
    assert_eq!(
        form("Иванов Иван Петрович").patronymic,
        form("Иванова Анна Петровна").patronymic
    );
    assert_eq!(
        form("Юдина Мария Ильининча").patronymic,
        form("Юдин Иван Ильич").patronymic
    );
}

#[test]
fn the_dictionary_knows_the_names_in_use() {
    let form = |s: &str| name::match_form(&name::parse(s));
    let in_use = "Тихон Мирослав Мирослава Демид Гордей Елисей Серафим Серафима Игнат Леонтий Афанасий Трофим Емельян \
        Есения Аврора Амелия Элла Прасковья Климент Аминат Зулейха Умида Сухроб Оганес Эмилия Стефания Милана Ариана \
        Добрыня Данила Наталия Фома Наум Савва Абрам Моисей Хава Рахиль Тенгиз Нино Кетеван Шота Тамаз Вугар Ильгар \
        Севиндж Айгюн Шахноза Дилноза Бекзод Фарходжон Ержан Айгерим Нурбол Эркин Бактыгуль Фанис Гульфия Фларит \
        Ильгизар Миляуша Хизри Шапи Мовсар Хеда Патимат Сослан Хетаг Дзерасса Арутюн Рипсиме Татевик Баир Туяна Айсен \
        Сардана Санал";
    for typed in in_use.split_whitespace() {
        assert!(form(typed).given_known, "{typed}");
    }
    // Twins: both are known, and are not each other.
    let (one, other) = (form("Демид").given_names, form("Гордей").given_names);
    assert!(one.is_disjoint(&other));
    for (short, full) in [
        ("Анька", "анна"),
        ("Натаха", "наталья"),
        ("Надюха", "надежда"),
        ("Муся", "мария"),
        ("Варюша", "варвара"),
        ("Жанка", "жанна"),
        ("Афоня", "афанасий"),
        ("Емеля", "емельян"),
        ("Тиша", "тихон"),
    ] {
        assert!(
            form(short).given_known && form(short).given_names.contains(full),
            "{short}"
        );
    }
    // A rare variant is the common name too; the common name stays itself.
    let rare = form("Нинель").given_names;
    assert!(rare.contains("нинель") && rare.contains("нина"));
    for common in ["Нина", "Иван", "Артем", "Инна"] {
        assert_eq!(form(common).given_names.len(), 1, "{common}");
    }
}

#[test]
fn surnames_that_end_like_patronymics() {
    for (typed, expected, gender) in [
        ("Ольга Гуревич", ["Гуревич", "Ольга", ""], Gender::Female),
        ("Гуревич Ольга", ["Гуревич", "Ольга", ""], Gender::Female),
        ("Olga Gurevich", ["Gurevich", "Olga", ""], Gender::Female),
        ("Антон Гуревич", ["Гуревич", "Антон", ""], Gender::Male),
        ("Гуревич Антон", ["Гуревич", "Антон", ""], Gender::Male),
        (
            "Гуревич Антон Сергеевич",
            ["Гуревич", "Антон", "Сергеевич"],
            Gender::Male,
        ),
        (
            "Антон Гуревич Сергеевич",
            ["Гуревич", "Антон", "Сергеевич"],
            Gender::Male,
        ),
        (
            "Ольга Гуревич Михайловна",
            ["Гуревич", "Ольга", "Михайловна"],
            Gender::Female,
        ),
        (
            "Ольга Михайловна Гуревич",
            ["Гуревич", "Ольга", "Михайловна"],
            Gender::Female,
        ),
        ("Адам Мицкевич", ["Мицкевич", "Адам", ""], Gender::Male),
        ("Лев Рабинович", ["Рабинович", "Лев", ""], Gender::Male),
        ("Янкович Мария", ["Янкович", "Мария", ""], Gender::Female),
        ("Мария Абрамович", ["Абрамович", "Мария", ""], Gender::Female),
        ("Антон Иванович", ["", "Антон", "Иванович"], Gender::Male),
        ("Антон Алекссевич", ["", "Антон", "Алекссевич"], Gender::Male),
        ("Антон Фомич", ["", "Антон", "Фомич"], Gender::Male),
        ("Ахмед Мусаевич", ["", "Ахмед", "Мусаевич"], Gender::Male),
        ("Anton Yurevich", ["", "Anton", "Yurevich"], Gender::Male),
    ] {
        let n = name::parse(typed);
        assert_eq!((three(&n), n.gender_hint), (expected, Some(gender)), "{typed}");
    }
    let lone = name::parse("Гуревич");
    assert_eq!((three(&lone), lone.gender_hint), (["Гуревич", "", ""], None));
    assert_eq!(
        three(&name::from_parts("Ольга", "Гуревич", "")),
        ["Гуревич", "Ольга", ""]
    );
}

#[test]
fn forms_of_address_are_no_names() {
    for typed in [
        "г-жа Иванова Мария",
        "гр. Иванова Мария",
        "гражданка Иванова Мария",
        "Госпожа Иванова Мария",
        "Уважаемая Иванова Мария",
        "ув. Мария Иванова",
        "Иванова Мария, г-жа",
    ] {
        assert_eq!(three(&name::parse(typed)), ["Иванова", "Мария", ""], "{typed}");
    }
    for typed in ["Mr Ivan Petrov", "Mr. Petrov Ivan", "MR IVAN PETROV"] {
        assert_eq!(three(&name::parse(typed)), ["Petrov", "Ivan", ""], "{typed}");
    }
    for (typed, surname) in [
        ("г-н Петров", "Петров"),
        ("Mrs. Petrova", "Petrova"),
        ("Ms Petrova", "Petrova"),
    ] {
        assert_eq!(three(&name::parse(typed)), [surname, "", ""], "{typed}");
    }
    assert_eq!(three(&name::from_parts("", "г-н", "")), ["", "", ""]);
    // After a surname two letters are initials.
    assert_eq!(name::parse("Иванов ГР").initials.given, Some('Г'));
}

#[test]
fn short_surnames_show_a_man() {
    for (typed, surname) in [
        ("Саша Зуев", "Зуев"),
        ("Усов Женя", "Усов"),
        ("Zuev Sasha", "Zuev"),
        ("Sasha Iurev", "Iurev"),
        ("Юдин А.", "Юдин"),
    ] {
        let n = name::parse(typed);
        assert_eq!(n.surname.as_deref(), Some(surname), "{typed}");
        assert_eq!(n.gender_hint, Some(Gender::Male), "{typed}");
    }
    for typed in ["Нина", "Дина", "Лев", "Амин"] {
        assert_eq!(name::parse(typed).given.as_deref(), Some(typed));
    }
}

#[test]
fn marks_over_latin_letters_and_letters_of_two_characters_change_nobody() {
    use edina_identity::text::{clean, script::fold_word};
    for (marked, plain) in [
        ("José", "Jose"),
        ("Müller", "Muller"),
        ("Łukasz", "Lukasz"),
        ("Straße", "Strasse"),
        ("Nguyễn", "Nguyen"),
        ("ÖZTÜRK", "ozturk"),
        ("Жүсіпов", "жүсіпов"),
    ] {
        assert_eq!(fold_word(marked), fold_word(plain), "{marked}");
    }
    // `й` and `ё` stay letters of their own, however they are written down.
    assert_eq!(clean("Сергеи\u{306} Селе\u{308}знёв"), "Сергей Селёзнёв");
    assert_ne!(fold_word("Майя"), fold_word("Маия"));
}
