//! Cars of a prospect: which are wanted, which are offered, and what the free text adds.

use super::text::{line, prose};
use super::tree::Element;
use crate::channel::words;
use crate::lead::vehicle::{read_mileage_km, read_year};
use crate::lead::{Condition, Lead, Topic, Vehicle, WarningCode};

/// Most cars taken of each kind.
const MAX_VEHICLES: usize = 10;
/// Longest short value, in characters.
const SHORT: usize = 200;

/// Fills topic, wanted and offered cars from the `<vehicle>` elements.
pub(super) fn read_vehicles(prospect: &Element, lead: &mut Lead) {
    let mut topic = None;
    for element in prospect.all("vehicle") {
        let interest = element
            .attribute("interest")
            .map(str::to_lowercase)
            .unwrap_or_default();
        let meant = read_interest(&interest);
        if !interest.is_empty() && meant.is_none() {
            lead.warn(WarningCode::VehicleUnclear, "vehicle/@interest");
        }
        let offered = matches!(meant, Some(Topic::TradeIn | Topic::Sell));
        let vehicle = read_vehicle(element, lead);
        // A trade-in beside a wanted car does not make the lead one about a trade-in.
        if topic.is_none() || (topic == Some(Topic::TradeIn) && !offered) {
            topic = meant
                .or_else(|| (!vehicle.is_empty()).then_some(Topic::Buy))
                .or(topic);
        }
        let list = if offered {
            &mut lead.offered
        } else {
            &mut lead.wanted
        };
        if vehicle.is_empty() || list.contains(&vehicle) {
            continue;
        }
        if list.len() < MAX_VEHICLES {
            list.push(vehicle);
        } else {
            lead.warn(WarningCode::TooMany, "vehicle");
        }
    }
    if let Some(topic) = topic {
        lead.topic = topic;
    }
}

fn read_interest(word: &str) -> Option<Topic> {
    match word.replace(['_', ' '], "-").as_str() {
        "buy" | "purchase" => Some(Topic::Buy),
        "lease" => Some(Topic::Lease),
        "sell" => Some(Topic::Sell),
        "trade-in" | "tradein" | "trade" => Some(Topic::TradeIn),
        "test-drive" | "testdrive" => Some(Topic::TestDrive),
        "service" | "repair" => Some(Topic::Service),
        "" => None,
        other => Topic::from_words(other),
    }
}

fn read_vehicle(element: &Element, lead: &mut Lead) -> Vehicle {
    let value = |name: &str| element.all(name).find_map(|child| line(&child.text, SHORT));
    let year_text = value("year");
    let year = year_text.as_deref().and_then(read_year);
    if year_text.is_some() && year.is_none() {
        lead.warn(WarningCode::VehicleUnclear, "vehicle/year");
    }
    let mileage_km = element.first("odometer").and_then(|odometer| {
        let unit = odometer
            .attribute("units")
            .or_else(|| odometer.attribute("unit"))
            .unwrap_or_default();
        read_mileage_km(&odometer.text, unit.to_lowercase().starts_with("mi"))
    });
    let price = element.first("price").and_then(|price| {
        let amount = line(&price.text, SHORT)?;
        let is_zero = amount.chars().all(|c| !c.is_ascii_digit() || c == '0');
        let currency = price.attribute("currency").unwrap_or_default();
        (!is_zero).then(|| format!("{amount} {currency}").trim().to_owned())
    });
    let color = element
        .first("colorcombination")
        .and_then(|colors| colors.first("exteriorcolor"))
        .and_then(|color| line(&color.text, SHORT));
    let remarks: Vec<String> = ["comments", "comment", "description", "pricecomments"]
        .iter()
        .flat_map(|name| element.all(name))
        .filter_map(|child| prose(&child.text, 2_000))
        .collect();
    Vehicle {
        condition: element.attribute("status").and_then(Condition::from_words),
        make: value("make"),
        model: value("model"),
        trim: value("trim"),
        year,
        vin: value("vin").map(|vin| vin.to_uppercase()),
        plate: None,
        stock: value("stock"),
        mileage_km,
        color,
        price,
        description: (!remarks.is_empty()).then(|| remarks.join("\n")),
    }
}

/// The same car as wanted and as offered is a template filled twice: keep it where it makes sense.
pub(super) fn settle_mirrored(lead: &mut Lead) {
    let Some((wanted, offered)) = lead.wanted.iter().enumerate().find_map(|(at, wanted)| {
        lead.offered
            .iter()
            .position(|offered| wanted.is_same_car(offered))
            .map(|other| (at, other))
    }) else {
        return;
    };
    let car = &lead.wanted[wanted];
    let of_the_dealer = car.condition == Some(Condition::New) || car.stock.is_some() || car.price.is_some();
    let words = lead
        .provider
        .iter()
        .flat_map(|provider| [&provider.name, &provider.service])
        .flatten();
    let about_trading = words
        .chain(&lead.comments)
        .any(|text| matches!(Topic::from_words(text), Some(Topic::TradeIn | Topic::Sell)));
    if about_trading && !of_the_dealer {
        lead.wanted.remove(wanted);
        if lead.wanted.is_empty() && lead.topic == Topic::Buy {
            lead.topic = Topic::TradeIn;
        }
    } else {
        lead.offered.remove(offered);
    }
    lead.warn(WarningCode::VehicleMirrored, "vehicle");
}

/// Where no `<vehicle>` says which car, `Make: …`, `Model: …`, `VIN: …` lines of the comments do; a VIN is added to a
/// single car that has none.
pub(super) fn complete_from_text(lead: &mut Lead) {
    let text = lead.comments.join("\n");
    let pairs = words::pairs(&text);
    let vin = words::value_of(&pairs, &["vin", "вин"])
        .as_deref()
        .and_then(words::vin_in);
    let selling = matches!(lead.topic, Topic::Sell | Topic::TradeIn);
    if lead.wanted.is_empty() && lead.offered.is_empty() {
        let vehicle = Vehicle {
            make: words::value_of(&pairs, &["make", "brand", "марка"]),
            model: words::value_of(&pairs, &["model", "vehicle", "car", "модель", "автомобиль"]),
            year: words::value_of(&pairs, &["year", "model year", "год", "год выпуска"])
                .as_deref()
                .and_then(read_year),
            mileage_km: words::value_of(&pairs, &["mileage", "odometer", "пробег"])
                .and_then(|text| read_mileage_km(&text, false)),
            vin,
            ..Vehicle::default()
        };
        if !vehicle.is_empty() {
            lead.warn(WarningCode::VehicleFromText, "comments");
            let list = if selling {
                &mut lead.offered
            } else {
                &mut lead.wanted
            };
            list.push(vehicle);
        }
    } else if let (Some(vin), [car]) = (vin, lead.wanted.as_mut_slice())
        && car.vin.is_none()
        && !lead.offered.iter().any(|other| other.vin.as_ref() == Some(&vin))
    {
        car.vin = Some(vin);
        lead.warn(WarningCode::VehicleFromText, "comments");
    }
}
