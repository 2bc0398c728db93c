//! Open, won or lost, and the reasons the two ends must have (R42 why declined, R91 why us).

use serde::{Deserialize, Serialize};

use super::Topic;
use super::step::{DealFacts, Gate};

/// Where a lead stands as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Open,
    Won,
    Lost,
}

impl Status {
    /// Stable name, the same as in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// Reads the stable name back.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Won, Self::Lost]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// Why the client chose us (R91).
pub const WON_REASONS: &[(&str, &str, &str)] = &[
    ("price", "Цена", "Price"),
    ("availability", "Автомобиль в наличии", "Car in stock"),
    ("brand", "Марка и модель", "Brand and model"),
    ("location", "Удобное расположение", "Location"),
    ("recommendation", "Рекомендация знакомых", "Recommendation"),
    ("previous_experience", "Уже наш клиент", "Client before"),
    ("seller", "Работа продавца", "The seller"),
    ("trade_in_offer", "Условия трейд-ин", "Trade-in offer"),
    (
        "financing",
        "Условия кредита или лизинга",
        "Credit or lease terms",
    ),
    ("other", "Другое", "Other"),
];

/// Why the client declined (R42).
pub const LOST_REASONS: &[(&str, &str, &str)] = &[
    ("price", "Дорого", "Price"),
    ("bought_elsewhere", "Купил в другом месте", "Bought elsewhere"),
    ("other_brand", "Выбрал другую марку", "Chose another brand"),
    ("no_stock", "Нет нужного автомобиля", "No such car in stock"),
    ("financing_refused", "Отказ банка", "Credit refused"),
    (
        "trade_in_offer",
        "Не устроила оценка трейд-ин",
        "Trade-in offer too low",
    ),
    ("postponed", "Отложил покупку", "Postponed"),
    ("changed_mind", "Передумал", "Changed their mind"),
    (
        "service_quality",
        "Не понравилось, как работали",
        "Unhappy with us",
    ),
    ("unreachable", "Не удалось связаться", "Could not be reached"),
    (
        "not_a_lead",
        "Не заявка: ошибка, спам, повтор",
        "Not a lead: mistake, spam, repeat",
    ),
    ("other", "Другое", "Other"),
];

/// A reason as given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// One of [`WON_REASONS`] or [`LOST_REASONS`].
    pub code: String,
    /// The person's own words; required for `other`.
    pub text: String,
}

/// Money in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl Amount {
    fn is_valid(&self) -> bool {
        self.minor > 0
            && self.currency.len() == 3
            && self.currency.bytes().all(|byte| byte.is_ascii_uppercase())
    }
}

/// How a lead ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Closing {
    Won {
        reason: Option<Reason>,
        amount: Option<Amount>,
    },
    Lost {
        reason: Option<Reason>,
    },
}

/// Checks a closing and gives the new status. Won needs a reason, somebody who has it and, for a deal about a car, the
/// car: it makes a purchase and an owner role. The amount may be unknown, but not nonsense. `Err` lists all that is missing.
pub fn check_close(facts: &DealFacts, topic: Topic, closing: &Closing) -> Result<Status, Vec<Gate>> {
    if facts.status != Status::Open {
        return Err(vec![Gate::Closed]);
    }
    let mut missing = Vec::new();
    let status = match closing {
        Closing::Won { reason, amount } => {
            check_reason(reason.as_ref(), WON_REASONS, &mut missing);
            if !facts.assigned {
                missing.push(Gate::SellerMissing);
            }
            if topic.is_about_a_car() && !facts.vehicle {
                missing.push(Gate::VehicleMissing);
            }
            if amount.as_ref().is_some_and(|amount| !amount.is_valid()) {
                missing.push(Gate::AmountInvalid);
            }
            Status::Won
        }
        Closing::Lost { reason } => {
            check_reason(reason.as_ref(), LOST_REASONS, &mut missing);
            Status::Lost
        }
    };
    if missing.is_empty() {
        Ok(status)
    } else {
        Err(missing)
    }
}

/// Checks a reopening: of a closed lead, with a reason.
pub fn check_reopen(facts: &DealFacts) -> Result<Status, Vec<Gate>> {
    match (facts.status, facts.reason) {
        (Status::Open, _) => Err(vec![Gate::AlreadyThere]),
        (_, false) => Err(vec![Gate::ReasonMissing]),
        _ => Ok(Status::Open),
    }
}

fn check_reason(reason: Option<&Reason>, known: &[(&str, &str, &str)], missing: &mut Vec<Gate>) {
    match reason {
        Some(reason) if known.iter().any(|(code, ..)| *code == reason.code) => {
            if reason.code == "other" && reason.text.trim().is_empty() {
                missing.push(Gate::ReasonTextMissing);
            }
        }
        _ => missing.push(Gate::ReasonMissing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str) -> Option<Reason> {
        Some(Reason {
            code: code.into(),
            text: String::new(),
        })
    }

    #[test]
    fn lost_needs_a_known_reason() {
        let facts = DealFacts::default();
        assert_eq!(
            check_close(&facts, Topic::Buy, &Closing::Lost { reason: None }),
            Err(vec![Gate::ReasonMissing])
        );
        assert_eq!(
            check_close(
                &facts,
                Topic::Buy,
                &Closing::Lost {
                    reason: reason("whim")
                }
            ),
            Err(vec![Gate::ReasonMissing])
        );
        assert_eq!(
            check_close(
                &facts,
                Topic::Buy,
                &Closing::Lost {
                    reason: reason("other")
                }
            ),
            Err(vec![Gate::ReasonTextMissing])
        );
        assert_eq!(
            check_close(
                &facts,
                Topic::Buy,
                &Closing::Lost {
                    reason: reason("price")
                }
            ),
            Ok(Status::Lost)
        );
    }

    #[test]
    fn won_needs_reason_seller_and_car() {
        let won = |amount| Closing::Won {
            reason: reason("seller"),
            amount,
        };
        let facts = DealFacts {
            assigned: true,
            vehicle: true,
            ..DealFacts::default()
        };
        assert_eq!(check_close(&facts, Topic::Buy, &won(None)), Ok(Status::Won));
        let bare = DealFacts::default();
        assert_eq!(
            check_close(&bare, Topic::Buy, &won(None)),
            Err(vec![Gate::SellerMissing, Gate::VehicleMissing])
        );
        assert_eq!(
            check_close(&bare, Topic::Callback, &won(None)),
            Err(vec![Gate::SellerMissing])
        );
        let nonsense = Some(Amount {
            minor: 0,
            currency: "RUB".into(),
        });
        assert_eq!(
            check_close(&facts, Topic::Buy, &won(nonsense)),
            Err(vec![Gate::AmountInvalid])
        );
    }

    #[test]
    fn closed_once_reopened_with_a_reason() {
        let won = DealFacts {
            status: Status::Won,
            ..DealFacts::default()
        };
        assert_eq!(
            check_close(
                &won,
                Topic::Buy,
                &Closing::Lost {
                    reason: reason("price")
                }
            ),
            Err(vec![Gate::Closed])
        );
        assert_eq!(check_reopen(&won), Err(vec![Gate::ReasonMissing]));
        assert_eq!(check_reopen(&DealFacts { reason: true, ..won }), Ok(Status::Open));
    }
}
