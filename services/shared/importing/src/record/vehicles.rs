//! Cars of a row, by the numbers of their columns.

use edina_proto::common::v1::VehicleDescription;

use super::{Said, Wrong};
use crate::{Reason, field::Field, limits, value::vehicle};

/// The cars of all sets of columns.
pub(super) fn read(said: &Said<'_>) -> Result<Vec<VehicleDescription>, Wrong> {
    let fields = [Field::Vin, Field::Plate, Field::Make, Field::Model, Field::Car];
    let mut sets: Vec<usize> = fields
        .iter()
        .flat_map(|field| said.all(*field))
        .map(|(at, _)| said.mapping.columns[at].nth)
        .collect();
    sets.sort_unstable();
    sets.dedup();
    let mut out = Vec::new();
    for nth in sets {
        let text = |field| said.numbered(field, nth);
        out.extend(vehicle::read(&vehicle::Typed {
            vin: text(Field::Vin),
            plate: text(Field::Plate),
            make: text(Field::Make),
            model: text(Field::Model),
            car: text(Field::Car),
            year: text(Field::Year),
            mileage: text(Field::Mileage),
            role: text(Field::VehicleRole),
            condition: text(Field::Condition),
        }));
        if out.len() > limits::VALUES {
            return Err((None, Reason::TooMany(limits::VALUES)));
        }
    }
    Ok(out)
}
