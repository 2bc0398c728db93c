//! Which word of a person's name is which: endings of surnames and patronymics, stems without gender.

use super::Gender;

/// Endings of patronymics with the gender they show; folded.
const PATRONYMICS: &[(&str, Gender)] = &[
    ("ович", Gender::Male),
    ("евич", Gender::Male),
    ("ьич", Gender::Male),
    ("мич", Gender::Male),
    ("ыч", Gender::Male),
    ("кич", Gender::Male),
    ("ич", Gender::Male),
    ("овна", Gender::Female),
    ("евна", Gender::Female),
    ("ична", Gender::Female),
    ("инична", Gender::Female),
    ("оглы", Gender::Male),
    ("кызы", Gender::Female),
    ("овн", Gender::Female),
    ("евн", Gender::Female),
];

/// Gender of a patronymic, or `None` when the folded word does not end like one.
pub fn patronymic_gender(folded: &str) -> Option<Gender> {
    let long = folded.chars().count() >= 5;
    PATRONYMICS
        .iter()
        .find(|(end, _)| long && folded.ends_with(end))
        .map(|(_, g)| *g)
}

/// Whether a folded word surely is a patronymic, not a surname such as Абрамович or Минич.
pub fn is_patronymic(folded: &str) -> bool {
    patronymic_gender(folded).is_some()
}

/// Father's part: Иванович and Ивановна share it.
pub fn patronymic_stem(folded: &str) -> String {
    for end in [
        "овична",
        "евична",
        "инична",
        "ович",
        "евич",
        "овна",
        "евна",
        "ична",
        "ич",
        "оглы",
        "кызы",
    ] {
        if let Some(stem) = folded.strip_suffix(end)
            && stem.chars().count() >= 2
        {
            return stem.trim_end_matches(['ь', 'й']).trim_end().to_owned();
        }
    }
    folded.to_owned()
}

/// Surname without its gender: Иванов(а) иванов, Белая and Белый бел, Достоевск(ий|ая) достоевск.
pub fn surname_stem(folded: &str) -> String {
    if folded.contains('-') {
        return folded.split('-').map(surname_stem).collect::<Vec<_>>().join("-");
    }
    for end in ["ова", "ева", "ина", "ына"] {
        if folded.ends_with(end) && folded.chars().count() > 4 {
            return folded.trim_end_matches('а').to_owned();
        }
    }
    for end in ["ая", "яя", "ий", "ый", "ой", "ей"] {
        if let Some(stem) = folded.strip_suffix(end)
            && stem.chars().count() >= 3
        {
            return stem.to_owned();
        }
    }
    folded.to_owned()
}

/// Gender a folded surname shows, where it does.
pub fn surname_gender(folded: &str) -> Option<Gender> {
    let ends = |shortest: usize, list: &[&str]| {
        folded.chars().count() >= shortest && list.iter().any(|e| folded.ends_with(e))
    };
    // Зуев has four letters; so have Нина and Дина, which are no women of a family.
    if ends(5, &["ова", "ева", "ина", "ына", "ская", "цкая", "ная", "вая"]) {
        Some(Gender::Female)
    } else if ends(4, &["ов", "ев", "ин", "ын"]) || ends(5, &["ский", "цкий", "ской", "ный", "вый"])
    {
        Some(Gender::Male)
    } else {
        None
    }
}

/// Whether a folded word ends as surnames do.
pub fn looks_like_surname(folded: &str) -> bool {
    const ENDS: &[&str] = &[
        "енко",
        "ко",
        "ук",
        "юк",
        "чук",
        "ян",
        "янц",
        "дзе",
        "швили",
        "ых",
        "их",
        "ман",
        "ава",
        "иа",
        "ец",
        "як",
    ];
    surname_gender(folded).is_some()
        || (folded.chars().count() > 4 && ENDS.iter().any(|e| folded.ends_with(e)))
}
