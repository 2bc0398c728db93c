//! The seven sales steps (R74) and what each needs before it may be entered.

use serde::{Deserialize, Serialize};

use super::status::Status;

/// A step of the sale, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    #[default]
    FirstContact,
    Talk,
    Demonstration,
    TestDrive,
    Contract,
    Handover,
    FollowUp,
}

impl Step {
    pub const ALL: [Self; 7] = [
        Self::FirstContact,
        Self::Talk,
        Self::Demonstration,
        Self::TestDrive,
        Self::Contract,
        Self::Handover,
        Self::FollowUp,
    ];

    /// Stable name, the same as in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstContact => "first_contact",
            Self::Talk => "talk",
            Self::Demonstration => "demonstration",
            Self::TestDrive => "test_drive",
            Self::Contract => "contract",
            Self::Handover => "handover",
            Self::FollowUp => "follow_up",
        }
    }

    /// Reads the stable name back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }

    /// For the screen.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::FirstContact => "Первый контакт",
            Self::Talk => "Беседа с продавцом",
            Self::Demonstration => "Демонстрация",
            Self::TestDrive => "Тест-драйв",
            Self::Contract => "Договор",
            Self::Handover => "Выдача",
            Self::FollowUp => "Сопровождение",
        }
    }

    /// For the screen.
    pub fn title_en(self) -> &'static str {
        match self {
            Self::FirstContact => "First contact",
            Self::Talk => "Talk with the seller",
            Self::Demonstration => "Demonstration",
            Self::TestDrive => "Test drive",
            Self::Contract => "Contract",
            Self::Handover => "Handover",
            Self::FollowUp => "Follow-up",
        }
    }
}

/// What is known about the deal at the moment of a move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DealFacts {
    pub step: Step,
    pub status: Status,
    /// Somebody has it.
    pub assigned: bool,
    /// The car is named.
    pub vehicle: bool,
    /// The person moving it said why.
    pub reason: bool,
}

/// Why a move is refused, or what is missing for it. Shown to the person as a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It is there already.
    AlreadyThere,
    /// Closed as lost: reopen it first.
    Closed,
    /// Only from the step just before.
    NotYet,
    /// Handed over: there is no way back but reopening.
    NoWayBack,
    /// Nobody has it.
    SellerMissing,
    /// No car is named.
    VehicleMissing,
    /// Why is not said (R42, R91).
    ReasonMissing,
    /// "Other" without words.
    ReasonTextMissing,
    /// Not an amount of money: zero or less, or no currency.
    AmountInvalid,
    /// Not marked as won.
    NotWon,
}

impl Gate {
    /// For the screen.
    pub fn message_ru(self) -> &'static str {
        match self {
            Self::AlreadyThere => "Сделка уже в этом состоянии.",
            Self::Closed => "Заявка закрыта. Сначала откройте её снова.",
            Self::NotYet => "На этот этап можно перейти только с предыдущего.",
            Self::NoWayBack => "Автомобиль выдан, вернуть этап нельзя. Откройте заявку снова.",
            Self::SellerMissing => "Назначьте ответственного.",
            Self::VehicleMissing => "Укажите автомобиль.",
            Self::ReasonMissing => "Укажите причину.",
            Self::ReasonTextMissing => "Для причины «другое» напишите, какая именно.",
            Self::AmountInvalid => "Сумма должна быть больше нуля, с кодом валюты (например, RUB).",
            Self::NotWon => "Сначала отметьте сделку как выигранную.",
        }
    }

    /// For the screen.
    pub fn message_en(self) -> &'static str {
        match self {
            Self::AlreadyThere => "The deal is there already.",
            Self::Closed => "The lead is closed. Reopen it first.",
            Self::NotYet => "This step can be reached only from the one before it.",
            Self::NoWayBack => "The car is handed over; the step cannot go back. Reopen the lead.",
            Self::SellerMissing => "Assign somebody first.",
            Self::VehicleMissing => "Name the car.",
            Self::ReasonMissing => "Say why.",
            Self::ReasonTextMissing => "For the reason \"other\" write which.",
            Self::AmountInvalid => "The amount must be above zero, with a currency code (RUB, say).",
            Self::NotWon => "Mark the deal as won first.",
        }
    }
}

/// Checks a move. Demonstration and test drive may be left out; handover follows the contract, and follow-up the
/// handover of a won deal. Going back needs a reason. `Err` lists everything missing at once.
pub fn check_move(facts: &DealFacts, to: Step) -> Result<(), Vec<Gate>> {
    let mut missing = Vec::new();
    if facts.status == Status::Lost {
        return Err(vec![Gate::Closed]);
    }
    if to == facts.step {
        return Err(vec![Gate::AlreadyThere]);
    }
    if to < facts.step {
        if facts.step >= Step::Handover || facts.status == Status::Won {
            return Err(vec![Gate::NoWayBack]);
        }
        return if facts.reason {
            Ok(())
        } else {
            Err(vec![Gate::ReasonMissing])
        };
    }
    if !facts.assigned {
        missing.push(Gate::SellerMissing);
    }
    if to >= Step::Demonstration && !facts.vehicle {
        missing.push(Gate::VehicleMissing);
    }
    let too_early = match to {
        Step::Handover => facts.step != Step::Contract,
        Step::FollowUp => facts.step != Step::Handover,
        _ => false,
    };
    if too_early {
        missing.push(Gate::NotYet);
    }
    if to == Step::FollowUp && facts.status != Status::Won {
        missing.push(Gate::NotWon);
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(step: Step) -> DealFacts {
        DealFacts {
            step,
            assigned: true,
            vehicle: true,
            ..DealFacts::default()
        }
    }

    #[test]
    fn forward_may_leave_out_what_some_clients_do_not_want() {
        assert_eq!(check_move(&ready(Step::Talk), Step::Contract), Ok(()));
        assert_eq!(
            check_move(&ready(Step::TestDrive), Step::Handover),
            Err(vec![Gate::NotYet])
        );
        assert_eq!(
            check_move(&ready(Step::Handover), Step::FollowUp),
            Err(vec![Gate::NotWon])
        );
        let won = DealFacts {
            status: Status::Won,
            ..ready(Step::Handover)
        };
        assert_eq!(check_move(&won, Step::FollowUp), Ok(()));
    }

    #[test]
    fn everything_missing_is_said_at_once() {
        let facts = DealFacts {
            step: Step::Talk,
            ..DealFacts::default()
        };
        assert_eq!(
            check_move(&facts, Step::Handover),
            Err(vec![Gate::SellerMissing, Gate::VehicleMissing, Gate::NotYet])
        );
    }

    #[test]
    fn back_needs_a_reason_and_never_from_a_handed_over_car() {
        assert_eq!(
            check_move(&ready(Step::Contract), Step::Talk),
            Err(vec![Gate::ReasonMissing])
        );
        assert_eq!(
            check_move(
                &DealFacts {
                    reason: true,
                    ..ready(Step::Contract)
                },
                Step::Talk
            ),
            Ok(())
        );
        assert_eq!(
            check_move(
                &DealFacts {
                    reason: true,
                    ..ready(Step::Handover)
                },
                Step::Talk
            ),
            Err(vec![Gate::NoWayBack])
        );
    }

    #[test]
    fn names_read_back() {
        for step in Step::ALL {
            assert_eq!(Step::from_name(step.as_str()), Some(step));
        }
    }
}
