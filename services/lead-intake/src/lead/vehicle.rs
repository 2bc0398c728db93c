//! A car as a lead names it: any part may be missing, nothing is looked up.

use serde::{Deserialize, Serialize};

/// New or used, by the source's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    New,
    Used,
}

impl Condition {
    /// Reads `new`, `USED`, `cpo`, `с пробегом`, …
    pub fn from_words(words: &str) -> Option<Self> {
        let lower = words.trim().to_lowercase();
        if [
            "used",
            "cpo",
            "certified",
            "pre-owned",
            "preowned",
            "demo",
            "пробег",
            "б/у",
            "подержан",
        ]
        .iter()
        .any(|stem| lower.contains(stem))
        {
            Some(Self::Used)
        } else if lower.starts_with("new") || lower.starts_with("нов") {
            Some(Self::New)
        } else {
            None
        }
    }
}

/// A car wanted or offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vehicle {
    pub condition: Option<Condition>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    /// Four digits.
    pub year: Option<u16>,
    /// As written; the registry repairs look-alike letters.
    pub vin: Option<String>,
    pub plate: Option<String>,
    pub stock: Option<String>,
    pub mileage_km: Option<u32>,
    pub color: Option<String>,
    /// Price as written, with its currency when given.
    pub price: Option<String>,
    /// Whatever else was said about the car.
    pub description: Option<String>,
}

impl Vehicle {
    /// True when nothing says which car it is.
    pub fn is_empty(&self) -> bool {
        Self {
            condition: None,
            mileage_km: None,
            price: None,
            color: None,
            ..self.clone()
        } == Self::default()
    }

    /// One line to show.
    pub fn display(&self) -> String {
        let year = self.year.map(|year| year.to_string());
        let named = [&self.make, &self.model, &self.trim, &year];
        let line = named
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        if line.is_empty() {
            [&self.description, &self.vin, &self.plate, &self.stock]
                .into_iter()
                .flatten()
                .next()
                .cloned()
                .unwrap_or_default()
        } else {
            line
        }
    }

    /// The same car by VIN, or by make, model and year when neither VIN contradicts.
    pub fn is_same_car(&self, other: &Self) -> bool {
        let lower = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
        match (lower(&self.vin), lower(&other.vin)) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => {
                self.model.is_some()
                    && lower(&self.make) == lower(&other.make)
                    && lower(&self.model) == lower(&other.model)
                    && self.year == other.year
            }
        }
    }
}

/// Reads a year of manufacture: four digits, or two that mean this or the last century.
pub fn read_year(text: &str) -> Option<u16> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    match (digits.len(), digits.parse::<u16>().ok()?) {
        (4, year) if (1900..=2100).contains(&year) => Some(year),
        (2, year) if year < 50 => Some(2000 + year),
        (2, year) => Some(1900 + year),
        _ => None,
    }
}

/// Reads a mileage in kilometres; `miles` converts. "13 200 км" and "13,200" are thirteen thousand.
pub fn read_mileage_km(text: &str, miles: bool) -> Option<u32> {
    let lower = text.to_lowercase();
    let thousands =
        lower.contains("тыс") || lower.trim_end().ends_with('k') || lower.trim_end().ends_with('т');
    let digits: String = lower
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    // Far beyond any car, and far below where the arithmetic ends.
    let number = digits.parse::<u64>().ok().filter(|number| *number < 1 << 40)?;
    let number = if thousands && number < 2_000 {
        number * 1_000
    } else {
        number
    };
    let miles = miles || lower.contains("mi") || lower.contains("мил");
    let kilometres = if miles {
        number * 1_609_344 / 1_000_000
    } else {
        number
    };
    u32::try_from(kilometres).ok().filter(|km| *km <= 3_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_mileages() {
        assert_eq!(read_year("2021"), Some(2021));
        assert_eq!(read_year("08"), Some(2008));
        assert_eq!(read_year("2021 г."), Some(2021));
        assert_eq!(read_year(""), None);
        assert_eq!(read_mileage_km("13 200 км", false), Some(13_200));
        assert_eq!(read_mileage_km("45 тыс", false), Some(45_000));
        assert_eq!(read_mileage_km("18446744073709551615 миль", true), None);
        assert_eq!(read_mileage_km("1000", true), Some(1_609));
        assert_eq!(read_mileage_km("", true), None);
    }

    #[test]
    fn same_car_by_vin_or_description() {
        let one = Vehicle {
            make: Some("Lada".into()),
            model: Some("Vesta".into()),
            year: Some(2020),
            ..Vehicle::default()
        };
        let two = Vehicle {
            make: Some("LADA".into()),
            ..one.clone()
        };
        assert!(one.is_same_car(&two));
        let other_vin = Vehicle {
            vin: Some("A".into()),
            ..one.clone()
        };
        assert!(!other_vin.is_same_car(&Vehicle {
            vin: Some("B".into()),
            ..one
        }));
    }
}
