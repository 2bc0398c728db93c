//! Why two are one client, or may be: what every field added, in bits, beside what each side says.

use edina_identity::{
    Profile,
    engine::{model::Hypothesis, place::Why, shown::shown},
};
use serde::{Deserialize, Serialize};

/// What one field added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// A trait of the engine in snake_case; `prior` for the odds before any evidence, `conflict` for what rules the pair
    /// out.
    pub field: String,
    /// exact, close, part, other
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    pub bits: f64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub left: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub right: String,
}

/// The evidence and what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub bits: f64,
    /// 0: the model that Edina comes with; [`BY_NUMBER`]: no model decided.
    pub model_version: i32,
    pub evidence: Vec<Evidence>,
    /// What most likely explains the common ground if the two are two: household, `number_passed_on`, `car_passed_on`, kin;
    /// empty: mere chance. Kept with questions and merges, not with every record.
    #[serde(skip)]
    pub rival: String,
}

/// In place of a model's version: a record without a name went to whoever has its number, whatever a model says; taking a
/// model back does not take that back.
pub const BY_NUMBER: i32 = -1;

/// The field by which a rival explanation is kept among the evidence.
const RIVAL: &str = "rival";

/// The word a value is stored and sent as.
fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The engine's reasons with the values they speak of.
pub fn explained(why: Why, left: &Profile, right: &Profile, model_version: i32) -> Explained {
    let mut evidence: Vec<Evidence> = why
        .reasons
        .iter()
        .map(|reason| Evidence {
            field: reason.of.map_or_else(|| "prior".to_owned(), word),
            outcome: reason.level.map(word).unwrap_or_default(),
            bits: rounded(reason.bits),
            left: reason.of.map(|of| shown(left, of)).unwrap_or_default(),
            right: reason.of.map(|of| shown(right, of)).unwrap_or_default(),
        })
        .collect();
    if let Some(conflict) = why.conflict {
        evidence.push(Evidence {
            field: "conflict".to_owned(),
            outcome: format!("{conflict:?}").to_lowercase(),
            bits: rounded(why.bits),
            left: String::new(),
            right: String::new(),
        });
    }
    Explained {
        bits: rounded(why.bits),
        model_version,
        evidence,
        rival: match why.rival {
            Hypothesis::Same | Hypothesis::Stranger => String::new(),
            other => word(other),
        },
    }
}

/// Kept evidence, and the rival explanation that was kept with it.
pub fn parted(mut evidence: Vec<Evidence>) -> (Vec<Evidence>, String) {
    let at = evidence.iter().position(|one| one.field == RIVAL);
    let rival = at.map(|at| evidence.remove(at).outcome).unwrap_or_default();
    (evidence, rival)
}

/// To thousandths: nobody reads more, and every record keeps them.
fn rounded(bits: f64) -> f64 {
    (bits * 1000.0).round() / 1000.0
}

impl Explained {
    /// The evidence as it is kept, the rival explanation with it.
    #[must_use]
    pub fn kept(&self) -> Vec<Evidence> {
        let rival = Some(&self.rival).filter(|rival| !rival.is_empty());
        let rival = rival.map(|rival| Evidence {
            field: RIVAL.to_owned(),
            outcome: rival.clone(),
            bits: 0.0,
            left: String::new(),
            right: String::new(),
        });
        self.evidence.iter().cloned().chain(rival).collect()
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn turned(&self) -> Self {
        let mut turned = self.clone();
        for evidence in &mut turned.evidence {
            std::mem::swap(&mut evidence.left, &mut evidence.right);
        }
        turned
    }
}
