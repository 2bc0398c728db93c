//! What one search box may mean: a phone, part of one, an e-mail, a VIN or its end, a plate, an INN, a name.

use serde::Serialize;

use crate::normalise::{
    Home, email, phone, plate, tax_id,
    vin::{self, VinError},
};
use crate::text::{self, script};

/// Every reading of a query; any number of them may be present. Looking up all of them and joining the
/// results is right: `392124` is the end of a VIN and a part of a phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SearchQuery {
    /// A whole number, E.164.
    pub phone: Option<String>,
    /// Four digits or more of a number, trunk prefix removed.
    pub phone_part: Option<String>,
    /// The same, if the eight it begins with is the trunk prefix: `8916123` is typed from the beginning.
    pub phone_after_trunk: Option<String>,
    /// The mailbox's match key.
    pub email: Option<String>,
    /// Part of an address, lower case: `petrov@`.
    pub email_part: Option<String>,
    pub vin: Option<String>,
    /// Last characters of a VIN, four or more.
    pub vin_tail: Option<String>,
    pub plate: Option<String>,
    pub inn: Option<String>,
    /// An OGRN or OGRNIP.
    pub ogrn: Option<String>,
    /// One entry a word, in the order typed; each with the spellings it may stand for.
    pub name_tokens: Vec<NameToken>,
}

/// One word of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameToken {
    /// Folded Cyrillic, as typed.
    pub folded: String,
    /// What to look for by prefix: the folded word, its stem, its reading from Latin and from the other
    /// keyboard layout, full names of a diminutive. Folded, without repeats, the likeliest first.
    pub variants: Vec<String>,
    /// Those of the variants that are not written like it: full names of what may be a diminutive.
    pub full_names: Vec<String>,
    /// Sound key of the likeliest reading.
    pub sound: String,
}

/// Most words of a query that are looked at.
const MAX_WORDS: usize = 6;

/// Reads a query in all ways it can be meant, national phones as in Russia.
pub fn search_query(q: &str) -> SearchQuery {
    let q = text::clean(q);
    let mut out = SearchQuery::default();
    let compact: String = q.chars().filter(|c| c.is_alphanumeric()).collect();
    let has_digit = compact.chars().any(|c| c.is_ascii_digit());
    if phone::looks_like_phone(&q) {
        let digits = text::digits(&q);
        match phone::parse(&q, Home::default()) {
            Ok(found) if digits.len() >= 10 => out.phone = Some(found.e164),
            _ => {
                let trunk = digits.len() > 7 || q.starts_with(['+', '8']) && q.contains(['(', ' ', '+']);
                let part = digits
                    .strip_prefix(['7', '8'])
                    .filter(|r| trunk && r.len() >= 3)
                    .unwrap_or(&digits);
                out.phone_after_trunk = part
                    .strip_prefix('8')
                    .filter(|rest| !trunk && rest.len() >= 3)
                    .map(str::to_owned);
                out.phone_part = Some(part.to_owned());
            }
        }
    }
    if q.contains('@') {
        match email::normalise(&q) {
            Ok(found) => out.email = Some(found.match_key),
            Err(_) => out.email_part = Some(q.to_lowercase()),
        }
        return out;
    }
    if has_digit {
        let digits_only = compact.chars().all(|c| c.is_ascii_digit());
        match vin::normalise(&q) {
            Ok(found) if found.partial => out.vin_tail = Some(found.value),
            Ok(found) => out.vin = Some(found.value),
            // `000000` says nothing in a record; who looks for it may mean the first car of a series.
            Err(VinError::NoNumber) if digits_only && compact.len() < 17 => {
                out.vin_tail = Some(compact.clone());
            }
            Err(_) => {}
        }
        out.plate = plate::normalise(&q).ok().filter(|p| p.standard).map(|p| p.value);
        out.inn = tax_id::inn(&q)
            .ok()
            .filter(|i| digits_only && i.value == compact)
            .map(|i| i.value);
        out.ogrn = tax_id::ogrn(&q).ok().filter(|ogrn| *ogrn == compact);
    }
    if compact.chars().any(char::is_alphabetic) && out.vin.is_none() && out.plate.is_none() {
        let words = q
            .split(' ')
            .flat_map(words)
            .filter(|w| w.chars().any(char::is_alphabetic));
        out.name_tokens = words.take(MAX_WORDS).filter_map(name_token).collect();
    }
    out
}

/// Words between spaces: `Иванов,П.И.` are three. Some letters are punctuation in the other layout: `k.lvbkf` is one.
fn words(chunk: &str) -> impl Iterator<Item = &str> {
    let relaid = script::other_layout(chunk);
    let is_one = !chunk.chars().any(script::is_cyrillic)
        && relaid.chars().all(|c| script::is_cyrillic(c) || c == '-')
        && has_vowels(&relaid);
    let ends: &[char] = if is_one { &[] } else { &['.', ',', '«', '»', '"'] };
    chunk.split(ends)
}

/// A quarter of the letters, as every Russian word has: `клвбкф` is none.
fn has_vowels(folded: &str) -> bool {
    folded.chars().filter(|c| "аеиоуыэюя".contains(*c)).count() * 4 >= folded.chars().count()
}

fn name_token(word: &str) -> Option<NameToken> {
    let folded = script::fold_word(word);
    let mut variants: Vec<String> = Vec::new();
    let mut full_names: Vec<String> = Vec::new();
    let mut add = |v: String, full: bool| {
        if !v.is_empty() && !variants.contains(&v) {
            if full {
                full_names.push(v.clone());
            }
            variants.push(v);
        }
    };
    let relaid = script::fold_word(&script::other_layout(word));
    // `bdfyjd` has hardly a vowel: then the other layout is the likelier reading.
    let latin = !word.chars().any(script::is_cyrillic);
    let relaid_first = latin && !has_vowels(&folded) && has_vowels(&relaid);
    let readings = if relaid_first {
        [relaid, folded.clone()]
    } else {
        [folded.clone(), relaid]
    };
    let likeliest = readings[0].clone();
    for reading in readings.iter().filter(|r| latin || **r == folded) {
        add(reading.clone(), false);
        add(crate::normalise::name_roles::surname_stem(reading), false);
        for full in crate::normalise::given_names::look_up(reading)
            .map(|k| k.names)
            .unwrap_or_default()
        {
            add(full, true);
        }
    }
    let sound = crate::text::phonetic::key(&likeliest);
    (!folded.is_empty()).then_some(NameToken {
        folded,
        variants,
        full_names,
        sound,
    })
}

#[cfg(test)]
mod tests {
    use super::search_query;

    #[test]
    fn a_query_is_read_in_all_ways() {
        let folded = |q: &str| -> Vec<String> {
            let tokens = search_query(q).name_tokens;
            tokens.into_iter().map(|token| token.folded).collect()
        };
        assert_eq!(folded("Petrovskaia Daria"), ["петровская", "дария"]);
        assert_eq!(search_query("гора").name_tokens[0].full_names, ["егор"]);
        assert_eq!(
            search_query("8 (916) 123-45-67").phone.as_deref(),
            Some("+79161234567")
        );
        assert_eq!(search_query("123-45-67").phone_part.as_deref(), Some("1234567"));
        assert_eq!(search_query("8 (916) 123").phone_part.as_deref(), Some("916123"));
        assert_eq!(search_query("392124").vin_tail.as_deref(), Some("392124"));
        assert_eq!(search_query("392124").phone_part.as_deref(), Some("392124"));
        assert_eq!(search_query("000000").vin_tail.as_deref(), Some("000000"));
        let typed = search_query("8916123");
        assert_eq!(typed.phone_part.as_deref(), Some("8916123"));
        assert_eq!(typed.phone_after_trunk.as_deref(), Some("916123"));
        assert_eq!(
            search_query("wp0zzz99zts392124").vin.as_deref(),
            Some("WP0ZZZ99ZTS392124")
        );
        assert_eq!(search_query("а123вс777").plate.as_deref(), Some("A123BC777"));
        assert_eq!(search_query("7707083893").inn.as_deref(), Some("7707083893"));
        assert_eq!(
            search_query("Ivan.P@gmail.com").email.as_deref(),
            Some("ivanp@gmail.com")
        );
        for typed in ["Иванов", "ivanov", "bdfyjd", "ИВАНОВА"] {
            let q = search_query(typed);
            assert!(
                q.name_tokens[0].variants.iter().any(|v| v == "иванов"),
                "{typed}: {q:?}"
            );
        }
        assert!(
            search_query("саша").name_tokens[0]
                .variants
                .iter()
                .any(|v| v == "александра")
        );
        let words = |typed: &str| -> Vec<bool> {
            let wanted = ["людмила", "дубов", "петров", "п"];
            let tokens = search_query(typed).name_tokens;
            let one_of = |word: &String| wanted.contains(&word.as_str());
            tokens
                .iter()
                .map(|token| token.variants.iter().any(one_of))
                .collect()
        };
        assert_eq!(words("le,jd k.lvbkf"), [true, true]);
        assert_eq!(words("Петров,Людмила П."), [true, true, true]);
        assert_eq!(words("Petrov,Lyudmila"), [true, true]);
        assert_eq!(search_query("  "), super::SearchQuery::default());
    }
}
