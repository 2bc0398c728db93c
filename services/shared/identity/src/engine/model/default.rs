//! What is known about people and companies before a single record is seen: the model training starts from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Cuts, Hypothesis, MODEL_VERSION, Model, Row, Sources, Table};
use crate::columns::Schema;
use crate::engine::traits::Trait;

/// One trait: shares of exact, close and part for one client, one household, a number passed on, a car passed on,
/// strangers.
type Line = (Trait, [[f64; 3]; Hypothesis::COUNT - 1]);

const NO: [f64; 3] = [0.0, 0.0, 0.0];

#[rustfmt::skip]
const PERSONS: &[Line] = &[
    //                          one client          one household       number passed on    car passed on       strangers
    (Trait::Given,            [[0.93, 0.06, 0.005], [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02]]),
    (Trait::GivenShort,       [[0.94, 0.05, 0.002], [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02]]),
    (Trait::GivenInitial,     [[0.97, 0.015, 0.0],  NO, NO, NO, NO]),
    (Trait::Patronymic,       [[0.88, 0.11, 0.0],   [0.2, 0.02, 0.0],   NO, NO, NO]),
    (Trait::PatronymicInitial,[[0.985, 0.0, 0.0],   [0.2, 0.0, 0.0],    NO, NO, NO]),
    (Trait::Surname,          [[0.86, 0.12, 0.005], [0.75, 0.1, 0.0],   [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0]]),
    (Trait::SurnameWoman,     [[0.78, 0.12, 0.01],  [0.65, 0.1, 0.0],   [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0]]),
    (Trait::Inn,              [[0.97, 0.02, 0.0],   NO, NO, NO,                                                 [0.0, 1e-7, 0.0]]),
    (Trait::Document,         [[0.85, 0.08, 0.0],   NO, NO, NO,                                                 [0.0, 1e-5, 0.0]]),
    (Trait::BirthDate,        [[0.92, 0.055, 0.01], [0.002, 0.001, 0.005],[0.0, 0.001, 0.005],[0.0, 0.001, 0.005],[0.0, 0.001, 0.005]]),
    (Trait::MailSurname,      [[0.5, 0.0, 0.0],     [0.35, 0.0, 0.0],   NO, NO, NO]),
    (Trait::MailYear,         [[0.6, 0.0, 0.0],     NO, NO, NO, NO]),
    (Trait::Gender,           [[0.985, 0.0, 0.0],   NO, NO, NO, NO]),
    (Trait::Phone,            [[0.6, 0.04, 0.0],    [0.3, 0.01, 0.0],   [0.97, 0.02, 0.0],  NO,                 [0.0, 1e-7, 0.0]]),
    (Trait::PhoneTail,        [[0.85, 0.05, 0.0],   [0.6, 0.02, 0.0],   [0.97, 0.02, 0.0],  NO,                 [0.0, 1e-5, 0.0]]),
    (Trait::Email,            [[0.75, 0.08, 0.0],   [0.05, 0.005, 0.0], NO, NO,                                 [0.0, 1e-6, 0.0]]),
    (Trait::Vin,              [[0.7, 0.06, 0.0],    [0.4, 0.03, 0.0],   NO,                 [0.93, 0.06, 0.0],  [0.0, 1e-6, 0.0]]),
    (Trait::VinTail,          [[0.7, 0.06, 0.0],    [0.4, 0.03, 0.0],   NO,                 [0.93, 0.06, 0.0],  [0.0, 2e-5, 0.0]]),
    (Trait::Plate,            [[0.7, 0.05, 0.0],    [0.4, 0.03, 0.0],   NO,                 [0.93, 0.06, 0.0],  [0.0, 2e-5, 0.0]]),
    (Trait::CarModel,         [[0.7, 0.0, 0.0],     [0.4, 0.0, 0.0],    NO,                 [1.0, 0.0, 0.0],    NO]),
    (Trait::Address,          [[0.85, 0.05, 0.005], [0.85, 0.05, 0.0],  [0.0, 1e-4, 1e-4],  [0.0, 1e-4, 1e-4],  [0.0, 1e-4, 1e-4]]),
    (Trait::House,            [[0.85, 0.05, 0.0],   [0.85, 0.05, 0.0],  [0.0, 1e-4, 0.0],   [0.0, 1e-4, 0.0],   [0.0, 1e-4, 0.0]]),
    (Trait::City,             [[0.85, 0.02, 0.0],   [0.85, 0.02, 0.0],  [0.3, 0.01, 0.0],   [0.4, 0.01, 0.0],   [0.0, 0.001, 0.0]]),
    (Trait::Street,           [[0.7, 0.2, 0.04],    [0.7, 0.2, 0.04],   [0.0, 5e-4, 0.08],  [0.0, 5e-4, 0.08],  [0.0, 5e-4, 0.08]]),
    (Trait::HouseNumber,      [[0.85, 0.07, 0.0],   [0.85, 0.07, 0.0],  [0.02, 0.1, 0.0],   [0.02, 0.1, 0.0],   [0.02, 0.1, 0.0]]),
    (Trait::Postcode,         [[0.85, 0.08, 0.0],   [0.85, 0.08, 0.0],  [0.0, 0.01, 0.0],   [0.0, 0.01, 0.0],   [0.0, 0.01, 0.0]]),
    (Trait::Region,           [[0.9, 0.05, 0.0],    [0.95, 0.03, 0.0],  [0.3, 0.02, 0.0],   [0.4, 0.02, 0.0],   [0.0, 0.05, 0.0]]),
    (Trait::Branch,           [[0.6, 0.0, 0.0],     [0.5, 0.0, 0.0],    [0.2, 0.0, 0.0],    [0.3, 0.0, 0.0],    NO]),
    (Trait::Gap,              [[0.4, 0.25, 0.25],   [0.4, 0.25, 0.25],  [0.1, 0.15, 0.35],  [0.1, 0.2, 0.4],    [0.2, 0.2, 0.3]]),
    (Trait::Turns,            [[0.6, 0.0, 0.0],     [0.6, 0.0, 0.0],    [0.1, 0.0, 0.0],    [0.03, 0.0, 0.0],   [0.5, 0.0, 0.0]]),
];

#[rustfmt::skip]
const COMPANIES: &[Line] = &[
    //                          one company         one holding         number passed on    car passed on       strangers
    (Trait::Inn,              [[0.97, 0.025, 0.0],  NO, NO, NO,                                                 [0.0, 1e-7, 0.0]]),
    (Trait::CompanyName,      [[0.82, 0.13, 0.03],  [0.02, 0.02, 0.9],  [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02]]),
    (Trait::Contact,          [[0.5, 0.05, 0.0],    [0.2, 0.03, 0.0],   NO, NO, NO]),
    (Trait::Phone,            [[0.45, 0.05, 0.0],   [0.2, 0.01, 0.0],   [0.97, 0.02, 0.0],  NO,                 [0.0, 1e-7, 0.0]]),
    (Trait::PhoneTail,        [[0.7, 0.05, 0.0],    [0.5, 0.02, 0.0],   [0.97, 0.02, 0.0],  NO,                 [0.0, 1e-5, 0.0]]),
    (Trait::Email,            [[0.6, 0.06, 0.15],   [0.05, 0.01, 0.1],  NO, NO,                                 [0.0, 1e-6, 1e-4]]),
    (Trait::Vin,              [[0.5, 0.05, 0.0],    [0.05, 0.005, 0.0],  NO,                 [0.93, 0.06, 0.0],  [0.0, 1e-6, 0.0]]),
    (Trait::VinTail,          [[0.5, 0.05, 0.0],    [0.05, 0.005, 0.0],  NO,                 [0.93, 0.06, 0.0],  [0.0, 2e-5, 0.0]]),
    (Trait::Plate,            [[0.5, 0.05, 0.0],    [0.05, 0.005, 0.0],  NO,                 [0.93, 0.06, 0.0],  [0.0, 2e-5, 0.0]]),
    (Trait::CarModel,         [[0.4, 0.0, 0.0],     [0.1, 0.0, 0.0],    NO,                 [1.0, 0.0, 0.0],    NO]),
    (Trait::Address,          [[0.85, 0.05, 0.005], [0.7, 0.05, 0.0],   [0.0, 1e-4, 1e-4],  [0.0, 1e-4, 1e-4],  [0.0, 1e-4, 1e-4]]),
    (Trait::House,            [[0.85, 0.05, 0.0],   [0.7, 0.05, 0.0],   [0.0, 1e-4, 0.0],   [0.0, 1e-4, 0.0],   [0.0, 1e-4, 0.0]]),
    (Trait::City,             [[0.85, 0.0, 0.0],    [0.85, 0.0, 0.0],   [0.3, 0.0, 0.0],    [0.4, 0.0, 0.0],    NO]),
    (Trait::Branch,           [[0.6, 0.0, 0.0],     [0.4, 0.0, 0.0],    [0.2, 0.0, 0.0],    [0.3, 0.0, 0.0],    NO]),
    (Trait::Gap,              [[0.4, 0.25, 0.25],   [0.4, 0.25, 0.25],  [0.1, 0.15, 0.35],  [0.1, 0.2, 0.4],    [0.2, 0.2, 0.3]]),
    (Trait::Turns,            [[0.6, 0.0, 0.0],     [0.6, 0.0, 0.0],    [0.1, 0.0, 0.0],    [0.03, 0.0, 0.0],   [0.5, 0.0, 0.0]]),
    (Trait::Surname,          [[0.86, 0.12, 0.005], [0.75, 0.1, 0.0],   [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0]]),
    (Trait::SurnameWoman,     [[0.78, 0.12, 0.01],  [0.65, 0.1, 0.0],   [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0],  [0.0, 0.002, 0.0]]),
    (Trait::Given,            [[0.93, 0.06, 0.005], [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02]]),
    (Trait::GivenShort,       [[0.94, 0.05, 0.002], [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02],   [0.0, 0.0, 0.02]]),
    (Trait::GivenInitial,     [[0.985, 0.0, 0.0],   NO, NO, NO, NO]),
    (Trait::Patronymic,       [[0.88, 0.11, 0.0],   [0.2, 0.02, 0.0],   NO, NO, NO]),
    (Trait::PatronymicInitial,[[0.985, 0.0, 0.0],   [0.2, 0.0, 0.0],    NO, NO, NO]),
];

/// What relatives who live apart share beyond what strangers do.
const KIN: &[(Trait, [f64; 3])] = &[
    (Trait::Surname, [0.85, 0.12, 0.0]),
    (Trait::SurnameWoman, [0.6, 0.1, 0.0]),
    (Trait::MailSurname, [0.4, 0.0, 0.0]),
    (Trait::Patronymic, [0.2, 0.02, 0.0]),
    (Trait::PatronymicInitial, [0.2, 0.0, 0.0]),
    (Trait::City, [0.6, 0.02, 0.0]),
    (Trait::Branch, [0.4, 0.0, 0.0]),
    (Trait::Phone, [0.02, 0.001, 0.0]),
    (Trait::PhoneTail, [0.02, 0.001, 0.0]),
    (Trait::Email, [0.01, 0.0, 0.0]),
    (Trait::Vin, [0.02, 0.0, 0.0]),
    (Trait::VinTail, [0.02, 0.0, 0.0]),
    (Trait::Plate, [0.02, 0.0, 0.0]),
    (Trait::Address, [0.03, 0.002, 0.0]),
    (Trait::House, [0.03, 0.002, 0.0]),
];

fn table(lines: &[Line], partners: [f64; 5], share: f64) -> Table {
    let row = |(t, [same, household, number, car, stranger]): &Line| -> (Trait, Row) {
        let kin = KIN
            .iter()
            .find(|(k, _)| k == t)
            .map_or(*stranger, |(_, kin)| *kin);
        (*t, [*same, *household, *number, *car, kin, *stranger])
    };
    Table {
        partners,
        share,
        rows: lines.iter().map(row).collect::<BTreeMap<Trait, Row>>(),
        sources: Sources::default(),
        strict: true,
    }
}

impl Model {
    /// What a layout of columns is about, before any training.
    pub fn for_schema(schema: Schema) -> Self {
        let mut model = Self::untrained();
        if schema == Schema::Febrl {
            // A register of single people: nobody shares a home or a number by being of one family.
            model.persons.strict = false;
            model.persons.partners = [1.0, 0.0, 0.0, 0.0, 0.0];
            // Without relatives there are few look-alikes: better than even is enough.
            model.thresholds.link = 1.0;
        }
        model
    }

    /// General knowledge, before any training.
    pub fn untrained() -> Self {
        Self {
            version: MODEL_VERSION,
            records: 0,
            persons: table(PERSONS, [2.2, 2.5, 0.3, 0.6, 2.0], 1.0),
            companies: table(COMPANIES, [2.2, 0.4, 0.3, 0.3, 0.0], 0.2),
            thresholds: Cuts {
                link: 3.0,
                ask: -4.0,
                lead: 2.0,
            },
        }
    }
}

/// Weights learned from a made-up group (no record of anybody is in them): `edina bench identity --seed 1 --records 40000
/// --generate DIR`, then `edina identity train --in DIR/records.csv --out services/shared/identity/src/data/model.json`,
/// to five digits; without what its sources are worth, which is each group's own, and with general knowledge of what its
/// records do not say, the tax numbers of people.
static TAUGHT: LazyLock<Option<Model>> = LazyLock::new(|| {
    let model: Model = serde_json::from_str(include_str!("../../data/model.json")).ok()?;
    (model.version == MODEL_VERSION).then_some(model)
});

impl Model {
    /// What a made-up group taught: where learning from a file starts. By itself it links a surname at a family's
    /// number, which a service that knows nothing yet of its families should ask about.
    pub fn taught() -> Self {
        TAUGHT.clone().unwrap_or_else(Self::untrained)
    }
}

impl Default for Model {
    /// General knowledge: a start until a group's own records teach better.
    fn default() -> Self {
        Self::untrained()
    }
}

#[cfg(test)]
mod tests {
    use super::TAUGHT;
    use crate::engine::model::Model;

    #[test]
    fn the_weights_shipped_are_read() {
        let taught = TAUGHT.as_ref().unwrap();
        assert_eq!(
            taught.persons.rows.len(),
            Model::untrained().persons.rows.len(),
            "trained before the last trait was added: train again"
        );
        assert_eq!(taught.thresholds, Model::untrained().thresholds);
        assert!(taught.persons.sources.is_empty() && taught.companies.sources.is_empty());
    }
}
