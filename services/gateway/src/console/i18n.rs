//! Texts in two languages: `i18n/ru.toml` and `i18n/en.toml`, flattened to dotted keys.
//!
//! A key with plural forms is a table of `one`, `few`, `many` (Russian) or `one`, `other` (English).

use std::collections::BTreeMap;

use anyhow::Context as _;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The language of that name; Russian when unknown.
    pub fn parse(name: &str) -> Self {
        if name == "en" { Self::En } else { Self::Ru }
    }

    /// `ru` or `en`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// What a browser asks for.
    pub fn accepted(header: &str) -> Self {
        let first = header.split(',').map(|part| part.trim().to_ascii_lowercase());
        for language in first {
            if language.starts_with("ru") {
                return Self::Ru;
            }
            if language.starts_with("en") {
                return Self::En;
            }
        }
        Self::Ru
    }

    /// Which plural form a number takes.
    pub fn form(self, count: i64) -> &'static str {
        let count = count.unsigned_abs();
        match self {
            Self::En if count == 1 => "one",
            Self::En => "other",
            Self::Ru => match (count % 10, count % 100) {
                (_, 11..=14) => "many",
                (1, _) => "one",
                (2..=4, _) => "few",
                _ => "many",
            },
        }
    }
}

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Texts {
    locale: Locale,
    texts: BTreeMap<String, String>,
}

impl Texts {
    /// Reads the table of a language.
    pub fn load(locale: Locale) -> anyhow::Result<Self> {
        let source = match locale {
            Locale::Ru => include_str!("i18n/ru.toml"),
            Locale::En => include_str!("i18n/en.toml"),
        };
        let table: toml::Table = source
            .parse()
            .with_context(|| format!("texts of {}", locale.name()))?;
        let mut texts = BTreeMap::new();
        flatten("", &toml::Value::Table(table), &mut texts);
        Ok(Self { locale, texts })
    }

    /// A text; for an unknown key (a code that a newer service sends) its last part in plain words.
    pub fn get(&self, key: &str) -> String {
        self.texts.get(key).cloned().unwrap_or_else(|| {
            let code = key.rsplit('.').next().unwrap_or(key);
            code.replace('_', " ")
        })
    }

    /// A text with a number: the right plural form, `{n}` replaced.
    pub fn count(&self, key: &str, count: i64) -> String {
        let form = self.texts.get(&format!("{key}.{}", self.locale.form(count)));
        form.or_else(|| self.texts.get(key))
            .map_or_else(|| self.get(key), Clone::clone)
            .replace("{n}", &count.to_string())
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }
}

fn flatten(prefix: &str, value: &toml::Value, into: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                flatten(&path, value, into);
            }
        }
        toml::Value::String(text) => {
            into.insert(prefix.to_owned(), text.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_numbers_take_their_forms() {
        let forms = |numbers: &[i64]| numbers.iter().map(|n| Locale::Ru.form(*n)).collect::<Vec<_>>();
        assert_eq!(forms(&[1, 21, 101]), ["one"; 3]);
        assert_eq!(forms(&[2, 3, 24]), ["few"; 3]);
        assert_eq!(forms(&[0, 5, 11, 12, 14, 111, 20]), ["many"; 7]);
        assert_eq!(Locale::accepted("de,en-GB;q=0.9"), Locale::En);
    }
}
