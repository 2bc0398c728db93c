//! Who gets a lead (R68): the client's owner when there, else the next present seller of the branch.
//!
//! A pure rule over a snapshot of the directory; `intake` supplies the snapshot and remembers whose turn it was.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An employee as the directory shows them now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    pub employee: Uuid,
    pub branch: Uuid,
    /// `sales`, `service`, …: see [`super::Topic::department`].
    pub department: String,
    /// At work now: employed, not absent.
    pub present: bool,
    /// Takes leads (a head of department may not).
    pub takes_leads: bool,
}

/// What the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub branch: Uuid,
    pub department: &'a str,
    /// The client's owner in that department, whatever branch they work in.
    pub owner: Option<Uuid>,
    pub sellers: &'a [Seller],
    /// Who got the previous lead of this branch and department by turn.
    pub last_assigned: Option<Uuid>,
}

/// The answer, with its why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// The client is theirs.
    Owner(Uuid),
    /// Their turn; remember them as the last assigned.
    InTurn(Uuid),
    /// Nobody can take it; ask again when the directory changes.
    Nobody(NobodyReason),
}

impl Assignment {
    /// The employee, if any.
    pub fn employee(self) -> Option<Uuid> {
        match self {
            Self::Owner(employee) | Self::InTurn(employee) => Some(employee),
            Self::Nobody(_) => None,
        }
    }
}

/// Why nobody got the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NobodyReason {
    /// The branch has no one in this department.
    NoSellers,
    /// It has, but none is present.
    NobodyPresent,
}

/// Decides. The owner keeps the client also while absent: a lead answered by another does not change the owner.
pub fn assign(question: &Question<'_>) -> Assignment {
    let in_department = || {
        question
            .sellers
            .iter()
            .filter(|seller| seller.department == question.department)
    };
    if let Some(owner) = question.owner
        && in_department().any(|seller| seller.employee == owner && seller.present)
    {
        return Assignment::Owner(owner);
    }
    let of_branch =
        || in_department().filter(|seller| seller.branch == question.branch && seller.takes_leads);
    if of_branch().next().is_none() {
        return Assignment::Nobody(NobodyReason::NoSellers);
    }
    let mut present: Vec<Uuid> = of_branch()
        .filter(|seller| seller.present)
        .map(|seller| seller.employee)
        .collect();
    present.sort_unstable();
    // The order is fixed, so one who left or came does not disturb the turn of the others.
    let next = match question.last_assigned {
        Some(last) => present
            .iter()
            .find(|employee| **employee > last)
            .or(present.first()),
        None => present.first(),
    };
    next.map_or(Assignment::Nobody(NobodyReason::NobodyPresent), |employee| {
        Assignment::InTurn(*employee)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANCH: Uuid = Uuid::from_u128(100);

    fn seller(id: u128, present: bool) -> Seller {
        Seller {
            employee: Uuid::from_u128(id),
            branch: BRANCH,
            department: "sales".into(),
            present,
            takes_leads: true,
        }
    }

    fn ask(sellers: &[Seller], owner: Option<u128>, last: Option<u128>) -> Assignment {
        assign(&Question {
            branch: BRANCH,
            department: "sales",
            owner: owner.map(Uuid::from_u128),
            sellers,
            last_assigned: last.map(Uuid::from_u128),
        })
    }

    #[test]
    fn owner_first_even_of_another_branch_but_only_when_present() {
        let mut sellers = [seller(1, true), seller(2, true)];
        sellers[1].branch = Uuid::from_u128(200);
        assert_eq!(
            ask(&sellers, Some(2), None),
            Assignment::Owner(Uuid::from_u128(2))
        );
        sellers[1].present = false;
        assert_eq!(
            ask(&sellers, Some(2), None),
            Assignment::InTurn(Uuid::from_u128(1))
        );
        sellers[1].present = true;
        sellers[1].department = "service".into();
        assert_eq!(
            ask(&sellers, Some(2), None),
            Assignment::InTurn(Uuid::from_u128(1))
        );
    }

    #[test]
    fn turns_go_round_and_skip_the_absent() {
        let sellers = [seller(3, true), seller(1, true), seller(2, false)];
        let mut last = None;
        let mut order = Vec::new();
        for _ in 0..4 {
            let employee = ask(&sellers, None, last).employee().unwrap().as_u128();
            order.push(employee);
            last = Some(employee);
        }
        assert_eq!(order, [1, 3, 1, 3]);
        assert_eq!(ask(&sellers, None, Some(2)).employee(), Some(Uuid::from_u128(3)));
    }

    #[test]
    fn nobody_says_why() {
        assert_eq!(ask(&[], None, None), Assignment::Nobody(NobodyReason::NoSellers));
        assert_eq!(
            ask(&[seller(1, false)], None, None),
            Assignment::Nobody(NobodyReason::NobodyPresent)
        );
    }
}
