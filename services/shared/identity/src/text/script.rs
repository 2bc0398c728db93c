//! Cyrillic and Latin: letters that look alike, transliteration, and text typed in the wrong keyboard layout.

use std::borrow::Cow;

use unicode_normalization::char::decompose_canonical;

/// The Cyrillic letter that looks like this Latin one, in the same case.
pub fn latin_to_cyrillic_look(c: char) -> Option<char> {
    Some(match c {
        'A' => 'А',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Е',
        'H' => 'Н',
        'K' => 'К',
        'M' => 'М',
        'O' => 'О',
        'P' => 'Р',
        'T' => 'Т',
        'X' => 'Х',
        'Y' => 'У',
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        'b' => 'в',
        'h' => 'н',
        'u' => 'и',
        'n' => 'п',
        'r' => 'г',
        _ => return None,
    })
}

/// The Latin capital that looks like this Cyrillic letter of either case.
pub fn cyrillic_to_latin_look(c: char) -> Option<char> {
    Some(match c {
        'А' | 'а' => 'A',
        'В' | 'в' => 'B',
        'С' | 'с' => 'C',
        'Е' | 'е' | 'Ё' | 'ё' => 'E',
        'Н' | 'н' => 'H',
        'К' | 'к' => 'K',
        'М' | 'м' => 'M',
        'О' | 'о' => 'O',
        'Р' | 'р' => 'P',
        'Т' | 'т' => 'T',
        'Х' | 'х' => 'X',
        'У' | 'у' => 'Y',
        _ => return None,
    })
}

/// Whether `c` is a letter of the Cyrillic block.
pub fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{0400}'..='\u{04FF}')
}

/// Latin letters without their marks, as keyboards without them have it: `José` is `Jose`, `Łukasz` is `Lukasz`.
fn without_marks(word: &str) -> Cow<'_, str> {
    if word.chars().all(|c| c.is_ascii() || is_cyrillic(c)) {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'ß' | 'ẞ' => out.push_str("ss"),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'þ' | 'Þ' => out.push_str("th"),
            'ø' | 'Ø' => out.push('o'),
            'ł' | 'Ł' => out.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
            'ı' => out.push('i'),
            c if c.is_ascii() || is_cyrillic(c) => out.push(c),
            c => {
                let mut base = None;
                decompose_canonical(c, |part| {
                    base.get_or_insert(part);
                });
                out.push(base.filter(char::is_ascii_alphabetic).unwrap_or(c));
            }
        }
    }
    Cow::Owned(out)
}

/// Lower-case Cyrillic form of one word: `ё` is `е`, Latin look-alikes inside a Cyrillic word are repaired,
/// a wholly Latin word is transliterated without its marks, everything but letters, digits and `-` is dropped.
pub fn fold_word(word: &str) -> String {
    let word = &*without_marks(word);
    let cyrillic = word.chars().any(is_cyrillic);
    let latin = word.chars().any(|c| c.is_ascii_alphabetic());
    let repaired: String = match (cyrillic, latin) {
        (true, true) => word
            .chars()
            .map(|c| latin_to_cyrillic_look(c).unwrap_or(c))
            .collect(),
        (false, true) => to_cyrillic(word),
        _ => word.to_owned(),
    };
    repaired
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .filter(|c| c.is_alphanumeric() || *c == '-')
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

/// The digit that a character is, or that it is typed for: O is zero, I and l are one, З is three.
pub fn digit_look(c: char) -> Option<char> {
    match c {
        'O' | 'o' | 'О' | 'о' => Some('0'),
        'I' | 'l' | '|' => Some('1'),
        'З' | 'з' => Some('3'),
        c => c.is_ascii_digit().then_some(c),
    }
}

/// Longest spellings first: the scan is greedy.
const SYLLABLES: &[(&str, &str)] = &[
    ("shch", "щ"),
    ("sch", "щ"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("tz", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("iu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ia", "я"),
    ("ja", "я"),
    ("yo", "е"),
    ("jo", "е"),
    ("ye", "е"),
    ("je", "е"),
    ("iy", "ий"),
    ("ij", "ий"),
    ("yi", "ий"),
    ("yy", "ый"),
    ("ey", "ей"),
    ("ei", "ей"),
    ("ay", "ай"),
    ("ai", "ай"),
    ("oy", "ой"),
    ("uy", "уй"),
    ("ph", "ф"),
    ("ck", "к"),
    ("x", "кс"),
    ("a", "а"),
    ("b", "б"),
    ("c", "к"),
    ("d", "д"),
    ("e", "е"),
    ("f", "ф"),
    ("g", "г"),
    ("h", "х"),
    ("i", "и"),
    ("j", "й"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("q", "к"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("v", "в"),
    ("w", "в"),
    ("z", "з"),
    ("'", "ь"),
];

/// Cyrillic reading of a Latin word (passport, web-form and home-made spellings); lower case.
pub fn to_cyrillic(word: &str) -> String {
    let lower = word.to_lowercase();
    let mut rest = lower.as_str();
    let mut out = String::with_capacity(word.len() * 2);
    while let Some(first) = rest.chars().next() {
        if first == 'y'
            && !["yu", "ya", "yo", "ye", "yi", "yy"]
                .iter()
                .any(|s| rest.starts_with(s))
        {
            // `Dmitry`, `Bely`: a closing y after a consonant is a whole ending; inside a word it is ы.
            out.push_str(if rest.len() == 1 { "ий" } else { "ы" });
            rest = &rest[1..];
            continue;
        }
        // `Maria`, `Viktoria`: at the end of a name both letters are heard.
        if rest == "ia" {
            out.push_str("ия");
            break;
        }
        // `Petrovskaia`, as passports have it.
        if let Some(after) = rest.strip_prefix("aia") {
            out.push_str("ая");
            rest = after;
            continue;
        }
        match SYLLABLES.iter().find(|(latin, _)| rest.starts_with(latin)) {
            Some((latin, cyrillic)) => {
                out.push_str(cyrillic);
                rest = &rest[latin.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Latin spelling of a Cyrillic word, as in current Russian passports but with `y` for й; lower case.
pub fn to_latin(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        out.push_str(match c {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'ё' | 'э' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' => "i",
            'й' | 'ы' => "y",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => "ts",
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ь' | 'ъ' => "",
            'ю' => "yu",
            'я' => "ya",
            c => {
                out.push(c);
                continue;
            }
        });
    }
    out
}

const QWERTY: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const JCUKEN: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
/// Keys of letters of the one layout that are signs in the other, with Shift.
const SHIFTED: [(char, char); 7] = [
    ('{', 'х'),
    ('}', 'ъ'),
    (':', 'ж'),
    ('"', 'э'),
    ('<', 'б'),
    ('>', 'ю'),
    ('~', 'ё'),
];

/// What the same keys would have typed in the other layout: `bdfyjd` is `иванов`. Lower case.
pub fn other_layout(word: &str) -> String {
    let swap = |c: char| {
        let pairs = || QWERTY.chars().zip(JCUKEN.chars());
        pairs()
            .find_map(|(q, j)| {
                if c == q {
                    Some(j)
                } else if c == j {
                    Some(q)
                } else {
                    None
                }
            })
            .or_else(|| {
                SHIFTED
                    .iter()
                    .find_map(|(sign, letter)| (c == *sign).then_some(*letter))
            })
            .unwrap_or(c)
    };
    word.chars().flat_map(char::to_lowercase).map(swap).collect()
}
