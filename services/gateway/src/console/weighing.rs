//! Evidence as people read it: bits as bars, chances and odds, compared values as they are usually written.

use serde_json::{Value, json};

use super::{
    format::{digits, phone},
    i18n::Locale,
};

/// The bars' own units: the middle, and so half of the room.
const HALF: f64 = 60.0;
/// Bits that fill one half.
const FULL_BITS: f64 = 16.0;
/// Narrowest bar that is seen.
const LEAST: f64 = 0.8;
/// Ends of the line on which a sum stands beside the thresholds, bits.
const LINE: (f64, f64) = (-20.0, 40.0);
/// Beyond that many bits the odds are told as "more than".
const MOST_TOLD: f64 = 30.0;
/// Ends of patronymics.
const FATHERS: [&str; 6] = ["ич", "вна", "чна", "шна", "оглы", "кызы"];
const NBSP: char = '\u{a0}';

/// Adds to each piece of evidence where its bar lies, and writes its values as people do: stems of names as the words of the
/// sides' names, left and right, that they are of.
pub fn drawn(mut evidence: Value, names: [&str; 2]) -> Value {
    for one in evidence.as_array_mut().into_iter().flatten() {
        let bits = one["bits"].as_f64().unwrap_or_default();
        let length = (bits.abs() / FULL_BITS * HALF).clamp(LEAST, HALF);
        let start = if bits < 0.0 { HALF - length } else { HALF };
        let field = one["field"].as_str().unwrap_or_default().to_owned();
        for (side, name) in ["left", "right"].into_iter().zip(names) {
            let said = one[side].as_str().unwrap_or_default();
            one[side] = json!(written(&field, said, name));
        }
        one["bar"] = json!({ "x": format!("{start:.1}"), "width": format!("{length:.1}") });
        let same = one["outcome"] == "exact";
        one["says"] = json!(match (field.as_str(), bits) {
            ("prior" | "conflict" | "gap", _) => field.as_str(),
            // Most records of the branch have this in common: it says little.
            (_, ..0.0) if same => "little",
            (_, ..0.0) => "against",
            _ => "for",
        });
    }
    evidence
}

/// The name of a client among summaries by id; empty where he is not known.
pub fn name_in<'a>(clients: &'a Value, id: &str) -> &'a str {
    clients[id]["display_name"].as_str().unwrap_or_default()
}

/// A value that the engine compares, as people write it. Several are separated by `, `.
fn written(field: &str, said: &str, name: &str) -> String {
    let each = |how: fn(&str) -> String| said.split(", ").map(how).collect::<Vec<_>>().join(", ");
    match field {
        "phone" | "phone_tail" => each(phone),
        "vin" | "vin_tail" | "plate" => said.to_uppercase(),
        "given" | "given_short" | "given_initial" | "patronymic" | "patronymic_initial" | "surname"
        | "surname_woman" => {
            let whole = |stem| word_of(field, stem, name).unwrap_or_else(|| capital(stem));
            said.split(", ").map(whole).collect::<Vec<_>>().join(", ")
        }
        "city" | "street" | "region" | "contact" | "car_model" => each(capital),
        _ => said.to_owned(),
    }
}

/// The word of a name that a stem is of: names are compared without their endings, and nobody is called so. `иван` may be
/// that of Иванов Иван Иванович three times: the given name is the shortest, and endings tell the patronymic.
fn word_of(field: &str, stem: &str, name: &str) -> Option<String> {
    let folded = |word: &str| word.to_lowercase().replace('ё', "е");
    let of_father = |word: &str| FATHERS.iter().any(|end| folded(word).ends_with(end));
    let words = || {
        let words = name.split(|letter: char| !letter.is_alphabetic() && letter != '-');
        words.filter(|word| !stem.is_empty() && folded(word).starts_with(&folded(stem)))
    };
    let patronymic = field.starts_with("patronymic");
    let shortest = |words: &mut dyn Iterator<Item = &str>| {
        words
            .min_by_key(|word| word.chars().count())
            .map(|word| capital(&word.to_lowercase()))
    };
    shortest(&mut words().filter(|word| of_father(word) == patronymic)).or_else(|| shortest(&mut words()))
}

fn capital(words: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    words.split(' ').filter_map(word).collect::<Vec<_>>().join(" ")
}

/// Where so many bits lie on the line of thresholds, in hundredths of its length; never beyond its ends.
pub fn place(bits: f64) -> String {
    let (least, most) = LINE;
    let share = (bits - least) / (most - least) * 100.0;
    format!("{:.1}", share.clamp(1.0, 99.0))
}

fn decimal(number: f64, places: usize, locale: Locale) -> String {
    let text = format!("{:.places$}", number.abs());
    match locale {
        Locale::Ru => text.replace('.', ","),
        Locale::En => text,
    }
}

/// `+4,5`, `−3,0`.
pub fn bits(bits: f64, locale: Locale) -> String {
    let sign = if bits <= -0.05 {
        "−"
    } else if bits >= 0.05 {
        "+"
    } else {
        ""
    };
    format!("{sign}{}", decimal(bits, 1, locale))
}

/// `97 %`; never a certainty.
pub fn chance(bits: f64, locale: Locale) -> String {
    let share = 100.0 / (1.0 + (-bits).clamp(-60.0, 60.0).exp2());
    let (sign, places) = match share {
        ..0.1 => ("< ", 1),
        ..1.0 => ("", 1),
        99.9.. => ("> ", 1),
        99.0.. => ("", 1),
        _ => ("", 0),
    };
    let shown = share.clamp(0.1, 99.9);
    format!("{sign}{}{NBSP}%", decimal(shown, places, locale)).replace(' ', &NBSP.to_string())
}

/// `1 000 : 1`, `1 : 8`.
pub fn odds(bits: f64) -> String {
    let told = bits.abs().min(MOST_TOLD);
    #[expect(clippy::cast_possible_truncation, reason = "at most 2 to the 30th")]
    let times = told.exp2().round() as i64;
    // Two figures tell enough.
    let unit = 10_i64.pow(times.checked_ilog10().unwrap_or(0).saturating_sub(1));
    let times = digits((times + unit / 2) / unit * unit);
    let more = if bits.abs() > MOST_TOLD { ">" } else { "" };
    if bits < 0.0 {
        format!("1{NBSP}:{NBSP}{more}{times}")
    } else {
        format!("{more}{times}{NBSP}:{NBSP}1")
    }
}

/// `4,5`, `120`: a number that is compared, not counted.
pub fn amount(number: f64, locale: Locale) -> String {
    decimal(number, usize::from(number.abs() < 9.95), locale)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bits_are_told_as_signs_chances_and_odds() {
        assert_eq!(bits(4.52, Locale::Ru), "+4,5");
        assert_eq!(bits(-3.0, Locale::En), "−3.0");
        assert_eq!(bits(0.01, Locale::En), "0.0");
        assert_eq!(chance(0.0, Locale::Ru), "50\u{a0}%");
        assert_eq!(chance(300.0, Locale::Ru), ">\u{a0}99,9\u{a0}%");
        assert_eq!(chance(f64::NEG_INFINITY, Locale::En), "<\u{a0}0.1\u{a0}%");
        assert_eq!(odds(10.0), "1\u{a0}000\u{a0}:\u{a0}1");
        assert_eq!(odds(-3.0), "1\u{a0}:\u{a0}8");
        assert_eq!(odds(0.0), "1\u{a0}:\u{a0}1");
        assert!(odds(f64::INFINITY).starts_with('>'));
        assert_eq!(place(10.0), "50.0");
        assert_eq!(place(-1e9), "1.0");
    }

    #[test]
    fn evidence_is_drawn_and_its_values_are_written_as_people_do() {
        let drawn = drawn(
            json!([
                { "field": "phone", "bits": 8.0, "left": "+79161234567, +79161234568", "right": "" },
                { "field": "given_short", "bits": -80.0, "left": "анна мария", "right": "пётр" },
                { "field": "prior", "bits": -18.0, "left": "", "right": "" },
            ]),
            ["", ""],
        );
        assert_eq!(
            drawn[0]["left"],
            "+7\u{a0}916\u{a0}123-45-67, +7\u{a0}916\u{a0}123-45-68"
        );
        assert_eq!(drawn[0]["bar"], json!({ "x": "60.0", "width": "30.0" }));
        assert_eq!(drawn[1]["left"], "Анна Мария");
        assert_eq!(drawn[1]["bar"], json!({ "x": "0.0", "width": "60.0" }));
        assert_eq!(drawn[1]["says"], "against");
        assert_eq!(drawn[2]["says"], "prior");
    }

    #[test]
    fn stems_are_shown_as_the_words_of_the_name() {
        let evidence = |field: &str, left: &str, right: &str| json!([{ "field": field, "bits": 1.0, "left": left, "right": right }]);
        let names = ["ИВАНОВ Иван Иванович", "Серёгина Софья"];
        for (field, left, right, shown) in [
            ("given", "иван", "софь", ["Иван", "Софья"]),
            ("patronymic", "иван", "", ["Иванович", ""]),
            ("surname", "иванов", "серегин", ["Иванов", "Серёгина"]),
            // Of a name that is not shown, and one of which only the initial was said.
            ("given_initial", "и", "ольг, с", ["Иван", "Ольг, Софья"]),
        ] {
            let drawn = drawn(evidence(field, left, right), names);
            assert_eq!([&drawn[0]["left"], &drawn[0]["right"]], shown, "{field}");
        }
    }
}
