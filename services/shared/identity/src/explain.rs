//! Evidence in words, for the person who looks at a link or a question: Russian and English.

use crate::compare::{Evidence, Field, Outcome};

/// Language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Russian,
    English,
}

impl Field {
    /// What the field is called.
    pub fn label(self, language: Language) -> &'static str {
        let (ru, en) = match self {
            Field::Party => ("вид клиента", "kind of client"),
            Field::Surname => ("фамилия", "surname"),
            Field::Given => ("имя", "given name"),
            Field::Patronymic => ("отчество", "patronymic"),
            Field::Gender => ("пол", "gender"),
            Field::BirthDate => ("дата рождения", "date of birth"),
            Field::Phone => ("телефон", "phone"),
            Field::PhoneTail => ("городской номер", "city number"),
            Field::Email => ("почта", "e-mail"),
            Field::Vin => ("VIN", "VIN"),
            Field::Plate => ("госномер", "plate"),
            Field::Address => ("адрес", "address"),
            Field::Inn => ("ИНН", "INN"),
            Field::Company => ("название", "company name"),
            Field::Prior => ("исходная вероятность", "odds before evidence"),
        };
        if language == Language::Russian { ru } else { en }
    }
}

impl Outcome {
    /// How it came out, for the field's label to stand before.
    pub fn label(self, language: Language) -> &'static str {
        let (ru, en) = match self {
            Outcome::Exact => ("совпадает", "the same"),
            Outcome::Close => ("отличается опечаткой или написанием", "a typo or spelling apart"),
            Outcome::Compatible => ("может совпадать", "can be the same"),
            Outcome::Different => ("отличается", "different"),
            Outcome::Contradicts => ("исключает совпадение", "rules it out"),
        };
        if language == Language::Russian { ru } else { en }
    }
}

/// One line: `телефон: совпадает (+12.3)`. Holds no personal data; the values are in the evidence itself.
pub fn sentence(e: &Evidence, language: Language) -> String {
    match e.field {
        Field::Prior => format!("{} ({:+.1})", e.field.label(language), e.bits),
        field => format!(
            "{}: {} ({:+.1})",
            field.label(language),
            e.outcome.label(language),
            e.bits
        ),
    }
}
