//! What a lead is about, and the words people use for it.

use serde::{Deserialize, Serialize};

/// What the client wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Buy,
    Lease,
    Sell,
    TradeIn,
    TestDrive,
    Service,
    Callback,
    #[default]
    Other,
}

/// Stems looked for in lower-case text, the more telling first: "test drive before I buy" is a test drive.
const WORDS: &[(Topic, &[&str])] = &[
    (
        Topic::TestDrive,
        &[
            "test-drive",
            "test drive",
            "testdrive",
            "test_drive",
            "тест-драйв",
            "тест драйв",
            "тестдрайв",
        ],
    ),
    (
        Topic::TradeIn,
        &[
            "trade-in",
            "trade in",
            "tradein",
            "trade_in",
            "трейд-ин",
            "трейд ин",
            "трейдин",
            "обмен",
        ],
    ),
    (
        Topic::Sell,
        &[
            "sell",
            "value my",
            "appraisal",
            "выкуп",
            "продать",
            "продажа своего",
            "оценка",
            "оценить",
        ],
    ),
    (Topic::Lease, &["lease", "leasing", "лизинг"]),
    (
        Topic::Service,
        &[
            "service",
            "repair",
            "maintenance",
            "сервис",
            "ремонт",
            "техобслуж",
            "запись на то",
            "шиномонтаж",
        ],
    ),
    (
        Topic::Callback,
        &[
            "callback",
            "call back",
            "call-back",
            "call_back",
            "обратный звонок",
            "перезвон",
            "заказать звонок",
        ],
    ),
    (
        Topic::Buy,
        &[
            "buy",
            "purchase",
            "finance",
            "credit",
            "купить",
            "покупк",
            "кредит",
            "заказ авто",
            "new car",
            "used car",
        ],
    ),
];

impl Topic {
    /// Stable name, the same as in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Lease => "lease",
            Self::Sell => "sell",
            Self::TradeIn => "trade_in",
            Self::TestDrive => "test_drive",
            Self::Service => "service",
            Self::Callback => "callback",
            Self::Other => "other",
        }
    }

    /// Reads the stable name back.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Buy,
            Self::Lease,
            Self::Sell,
            Self::TradeIn,
            Self::TestDrive,
            Self::Service,
            Self::Callback,
            Self::Other,
        ]
        .into_iter()
        .find(|topic| topic.as_str() == name)
    }

    /// Guesses from free words in Russian or English; `None` when nothing telling is in them.
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.to_lowercase();
        WORDS
            .iter()
            .find(|(_, stems)| stems.iter().any(|stem| lower.contains(stem)))
            .map(|(topic, _)| *topic)
    }

    /// The department that answers: everything about a car's upkeep goes to service, the rest to sales.
    pub fn department(self) -> &'static str {
        if self == Self::Service { "service" } else { "sales" }
    }

    /// A deal about a car: it cannot be won without saying which.
    pub fn is_about_a_car(self) -> bool {
        !matches!(self, Self::Service | Self::Callback | Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_both_languages() {
        assert_eq!(Topic::from_words("Запись на тест-драйв"), Some(Topic::TestDrive));
        assert_eq!(Topic::from_words("Value My Trade"), Some(Topic::Sell));
        assert_eq!(
            Topic::from_words("Обратный звонок с сайта"),
            Some(Topic::Callback)
        );
        assert_eq!(Topic::from_words("привет"), None);
    }

    #[test]
    fn names_read_back() {
        assert_eq!(Topic::from_name("trade_in"), Some(Topic::TradeIn));
        assert_eq!(Topic::from_name("TRADE"), None);
    }
}
