//! Columns of which a record has room for one.

use edina_importing::Kind;

use crate::support::records;

#[test]
fn what_a_record_has_once_is_kept_by_its_name_where_it_is_said_otherwise_again() {
    let text = "ФИО;Телефон;Адрес регистрации;Адрес проживания;Город;Комментарий;Примечание\n\
        Петрова Анна;79165554567;г Казань, ул Мира, 1;г Пермь, ул Попова, 2;;один;два\n\
        Сидоров Пётр;79165554568;г Казань, ул Мира, 1;г Казань, ул Мира, 1;;;\n\
        Козлов Иван;79165554569;;г Пермь, ул Попова, 2;;;\n";
    let found = records(text, "a.csv", Kind::Contacts);
    assert_eq!(found[0].address, "г Казань, ул Мира, 1");
    assert_eq!(found[0].comment, "один\nдва");
    assert_eq!(
        found[0].extra.get("Адрес проживания").map(String::as_str),
        Some("г Пермь, ул Попова, 2")
    );
    assert!(found[1].extra.is_empty() && found[2].extra.is_empty());
    assert_eq!(found[2].address, "г Пермь, ул Попова, 2");
}
