//! How a Russian word sounds: spellings that are heard alike get one key.

/// Sound key of a folded Cyrillic word: reduced vowels merge, soft and hard signs vanish, consonants lose
/// their voice where speech loses it, doubles collapse. `Каровин` and `Коровин` share a key.
pub fn key(folded: &str) -> String {
    let word: Vec<char> = folded
        .chars()
        .filter(|c| c.is_alphanumeric() && !matches!(c, 'ь' | 'ъ'))
        .collect();
    let mut out = String::with_capacity(folded.len());
    let mut i = 0;
    while let Some(&c) = word.get(i) {
        let next = word.get(i + 1).copied();
        let sound = match c {
            'т' | 'д' if next == Some('с') => {
                i += 1;
                'ц'
            }
            'а' | 'о' | 'я' => 'а',
            'е' | 'ё' | 'э' | 'и' | 'ы' | 'й' => 'и',
            'у' | 'ю' => 'у',
            'щ' => 'ш',
            c if next.is_none_or(is_voiceless) => devoice(c),
            c => c,
        };
        if !out.ends_with(sound) {
            out.push(sound);
        }
        i += 1;
    }
    out
}

fn is_voiceless(c: char) -> bool {
    matches!(c, 'п' | 'ф' | 'к' | 'т' | 'ш' | 'с' | 'х' | 'ц' | 'ч' | 'щ')
}

fn devoice(c: char) -> char {
    match c {
        'б' => 'п',
        'в' => 'ф',
        'г' => 'к',
        'д' => 'т',
        'ж' => 'ш',
        'з' => 'с',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn spellings_heard_alike_share_a_key() {
        for (a, b) in [
            ("коровин", "каровин"),
            ("алексеевич", "алексеивич"),
            ("филиппов", "филипов"),
            ("игорь", "игор"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        assert_ne!(key("иванов"), key("петров"));
    }
}
