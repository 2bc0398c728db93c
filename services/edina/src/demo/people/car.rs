//! Cars with VINs and plates made up.

use edina_identity::normalise::vin::expected_check_digit;

use super::super::dice::Dice;

/// A car somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Car {
    pub(crate) make: &'static str,
    pub(crate) model: &'static str,
    pub(crate) year: i32,
    pub(crate) vin: String,
    pub(crate) plate: String,
    /// What it costs new, in roubles.
    pub(crate) price: i64,
}

/// A model: make, model, world manufacturer identifier, price new in thousands of roubles.
pub(crate) type Model = (&'static str, &'static str, &'static str, i64);

/// Models of the two brands that the group sells.
pub(crate) const NEW: [Model; 8] = [
    ("Haval", "Jolion", "XZG", 2_350),
    ("Haval", "F7", "XZG", 2_900),
    ("Haval", "Dargo", "XZG", 3_250),
    ("Haval", "H3", "XZG", 2_650),
    ("LADA", "Vesta", "XTA", 1_650),
    ("LADA", "Granta", "XTA", 990),
    ("LADA", "Niva Travel", "XTA", 1_480),
    ("LADA", "Largus", "XTA", 1_720),
];

/// Models that come to the service department or are taken in exchange.
pub(crate) const OTHER: [Model; 12] = [
    ("Toyota", "Camry", "XW7", 3_100),
    ("Toyota", "RAV4", "XW7", 3_400),
    ("Kia", "Rio", "Z94", 1_350),
    ("Kia", "Sportage", "XWE", 2_700),
    ("Hyundai", "Solaris", "Z94", 1_300),
    ("Hyundai", "Creta", "Z94", 1_950),
    ("Skoda", "Octavia", "XW8", 2_200),
    ("Skoda", "Rapid", "XW8", 1_500),
    ("Volkswagen", "Polo", "XW8", 1_450),
    ("Volkswagen", "Tiguan", "XW8", 2_950),
    ("Renault", "Logan", "X7L", 1_050),
    ("Renault", "Duster", "X7L", 1_600),
];

const VIN_LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
/// 2010 and on; the list repeats every thirty years.
const VIN_YEARS: &[u8] = b"ABCDEFGHJKLMNPRSTVWXY123456789";
/// The letters a Russian plate may have, Cyrillic.
const PLATE_LETTERS: [char; 12] = ['А', 'В', 'Е', 'К', 'М', 'Н', 'О', 'Р', 'С', 'Т', 'У', 'Х'];

/// A car of that model; `serial` sets it apart from all others, `region` is that of its plate.
pub(crate) fn make(dice: &mut Dice, model: Model, year: i32, serial: usize, region: &str) -> Car {
    let (make, name, wmi, price) = model;
    let mut letter = |letters: &[u8]| char::from(*dice.pick(letters));
    let descriptor: String = (0..5).map(|_| letter(VIN_LETTERS)).collect();
    let plant = letter(b"ABCDEHKNR");
    let place = usize::try_from(year - 2010).unwrap_or(0) % VIN_YEARS.len();
    let bare = format!(
        "{wmi}{descriptor}0{}{plant}{:06}",
        char::from(VIN_YEARS[place]),
        serial % 1_000_000
    );
    let check = expected_check_digit(&bare);
    let vin = format!("{}{check}{}", &bare[..8], &bare[9..]);
    let mut plate_letter = || *dice.pick(&PLATE_LETTERS);
    let (a, b, c) = (plate_letter(), plate_letter(), plate_letter());
    // Three digits and the letters repeat after 1 728 000 cars of a region: enough here.
    let plate = format!("{a}{:03}{b}{c}{region}", 1 + serial % 999);
    Car {
        make,
        model: name,
        year,
        vin,
        plate,
        price: price * 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vins_are_well_formed_and_check() {
        // The worked example of the standard's check digit.
        assert_eq!(expected_check_digit("11111111111111111"), '1');
        let car = make(&mut Dice::new(1, 1), NEW[0], 2021, 77, "777");
        assert_eq!(car.vin.len(), 17);
        assert!(
            car.vin.starts_with("XZG") && car.vin.ends_with("000077"),
            "{}",
            car.vin
        );
        assert_eq!(car.vin.chars().nth(8), Some(expected_check_digit(&car.vin)));
        assert!(car.plate.ends_with("777"));
    }
}
