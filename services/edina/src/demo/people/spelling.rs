//! How the same thing is written a second time: by another clerk, in another system, by the client in a hurry.

use super::{super::dice::Dice, Person};

/// A name as another clerk writes it.
pub(crate) fn name(dice: &mut Dice, person: &Person) -> String {
    let Person {
        last, first, middle, ..
    } = person;
    match dice.below(7) {
        0 => format!("{last} {first}").to_uppercase(),
        1 => format!("{first} {last}"),
        2 => format!("{last} {first} {middle}")
            .replace('ё', "е")
            .replace('Ё', "Е"),
        3 => format!("{} {}", latin(first), latin(last)),
        4 => format!("{} {first} {middle}", mistyped(dice, last)),
        5 => format!("{last} {first} {}", mistyped(dice, middle)),
        _ => format!("{} {}", last.to_lowercase(), first.to_lowercase()),
    }
}

/// A telephone number (E.164 of Russia) in one of the usual writings.
pub(crate) fn phone(dice: &mut Dice, e164: &str) -> String {
    let n = e164.trim_start_matches("+7");
    let (Some(a), Some(b), Some(c), Some(d)) = (n.get(..3), n.get(3..6), n.get(6..8), n.get(8..10)) else {
        return e164.to_owned();
    };
    match dice.below(6) {
        0 => format!("8 ({a}) {b}-{c}-{d}"),
        1 => format!("8{n}"),
        2 => format!("+7 {a} {b} {c} {d}"),
        3 => format!("7{n}"),
        4 => format!("{a}-{b}-{c}{d}"),
        _ => format!("+7({a}){b}-{c}-{d}"),
    }
}

/// A VIN as it is copied by hand: a letter that no VIN has, or small letters.
pub(crate) fn vin(dice: &mut Dice, vin: &str) -> String {
    match dice.below(3) {
        0 => vin.to_lowercase(),
        1 => vin.replacen('0', "O", 1),
        _ => format!("{} {}", &vin[..9], &vin[9..]),
    }
}

/// A plate in Latin letters, as navigation systems and insurers write it.
pub(crate) fn plate(plate: &str) -> String {
    const LOOKS: [(char, char); 12] = [
        ('А', 'A'),
        ('В', 'B'),
        ('Е', 'E'),
        ('К', 'K'),
        ('М', 'M'),
        ('Н', 'H'),
        ('О', 'O'),
        ('Р', 'P'),
        ('С', 'C'),
        ('Т', 'T'),
        ('У', 'Y'),
        ('Х', 'X'),
    ];
    let look = |c: char| {
        LOOKS
            .iter()
            .find(|(cyrillic, _)| *cyrillic == c)
            .map_or(c, |(_, latin)| *latin)
    };
    plate.chars().map(look).collect()
}

/// Two letters change places, or one is left out.
pub(crate) fn mistyped(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 {
        return word.to_owned();
    }
    let at = 2 + dice.below(letters.len() - 4);
    if dice.chance(50) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

/// As it comes when the keyboard is in the Latin layout.
pub(crate) fn other_layout(text: &str) -> String {
    const KEYS: [char; 33] = [
        'q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p', '[', ']', 'a', 's', 'd', 'f', 'g', 'h', 'j', 'k',
        'l', ';', '\'', 'z', 'x', 'c', 'v', 'b', 'n', 'm', ',', '.', '`',
    ];
    let key = |c: char| {
        let position = "йцукенгшщзхъфывапролджэячсмитьбюё"
            .chars()
            .position(|letter| letter == c);
        position
            .and_then(|position| KEYS.get(position).copied())
            .unwrap_or(c)
    };
    text.to_lowercase().chars().map(key).collect()
}

/// In Latin letters, as passports for travel write names.
pub(crate) fn latin(word: &str) -> String {
    const PAIRS: &str = "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f \
                         х=kh ц=ts ч=ch ш=sh щ=shch ъ=ie ы=y ь= э=e ю=iu я=ia";
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        let found = PAIRS
            .split_whitespace()
            .find_map(|pair| pair.strip_prefix(lower)?.strip_prefix('='));
        match found {
            Some(latin) if c.is_uppercase() => {
                let mut letters = latin.chars();
                out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                out.push_str(letters.as_str());
            }
            Some(latin) => out.push_str(latin),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_stay_recognisable() {
        assert_eq!(latin("Щербаков"), "Shcherbakov");
        assert_eq!(plate("А123ВС777"), "A123BC777");
        let mut dice = Dice::new(3, 3);
        for _ in 0..50 {
            let written = phone(&mut dice, "+79731234567");
            let digits: String = written.chars().filter(char::is_ascii_digit).collect();
            assert!(digits.ends_with("9731234567"), "{written}");
        }
        assert_ne!(mistyped(&mut dice, "Сергеевич"), "Сергеевич");
    }
}
