//! One search box: phone in any writing or a part of it, name, e-mail, VIN or its end, plate, INN, company.

use std::collections::BTreeSet;

use edina_identity::{
    NameToken, SearchQuery,
    normalise::{company, plate},
    search_query,
    text::{digits, phonetic},
};
use edina_proto::registry::v1::SearchHit;
use edina_runtime::caller::Caller;

use super::{Registry, RegistryError, card};
use crate::{
    client::search_terms::backwards,
    store::reading::{self, Reading},
};

const DEFAULT_LIMIT: u32 = 20;
const MOST_HITS: u32 = 100;
/// Longest query, characters.
const LONGEST_QUERY: usize = 200;

impl Registry {
    /// Cards that match, each once, with why; readings that identify come first.
    pub async fn search(
        &self,
        caller: &Caller,
        query: &str,
        limit: u32,
    ) -> Result<Vec<SearchHit>, RegistryError> {
        if query.chars().count() > LONGEST_QUERY {
            return Err(RegistryError::invalid(
                "query",
                format!("must be at most {LONGEST_QUERY} characters"),
            ));
        }
        let limit = if limit == 0 {
            DEFAULT_LIMIT
        } else {
            limit.min(MOST_HITS)
        };
        let readings = readings(query);
        if readings.is_empty() {
            return Ok(Vec::new());
        }
        let at_most = i32::try_from(limit).unwrap_or(i32::MAX);
        let gathered =
            reading::search(self.database.readers(), caller.group.as_str(), &readings, at_most).await?;
        let mut seen = BTreeSet::new();
        let hits = gathered
            .found
            .iter()
            .filter(|found| seen.insert(found.root_id))
            .take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(hits
            .filter_map(|found| {
                Some(SearchHit {
                    client: Some(card::summary_of(&gathered, found.root_id)?),
                    matched_by: if found.kind == "sound" { "name" } else { found.kind }.to_owned(),
                    matched_value: found.shown.clone(),
                })
            })
            .collect())
    }
}

/// Every way to understand what was typed, the surest first.
fn readings(query: &str) -> Vec<Reading> {
    let read = search_query(query);
    let mut readings: Vec<Reading> = Vec::new();
    let mut add = |kind: &'static str, last_resort: bool, prefix: Option<String>| {
        readings.extend(prefix.map(|prefix| Reading {
            kind,
            last_resort,
            words: vec![vec![prefix]],
        }));
    };
    // A whole number is hardly anything else.
    let whole = read.phone.is_some();
    add("phone", false, read.phone.as_deref().map(digits));
    add("email", false, read.email.clone());
    add("email", false, read.email_part.clone());
    add("vin", false, read.vin.as_deref().map(backwards));
    add("plate", false, read.plate.clone());
    add("inn", false, read.inn.clone());
    add("phone", false, read.phone_part.clone());
    add("vin", whole, read.vin_tail.as_deref().map(backwards));
    let typed = query.trim().to_uppercase();
    if read.plate.is_none() && (4..=10).contains(&typed.chars().count()) {
        // A plate of which the region, or a foreign layout, was not recognised.
        add(
            "plate",
            whole,
            plate::normalise(query).ok().map(|plate| plate.value),
        );
    }
    readings.extend(names(query, &read));
    readings
}

/// People and companies of this name; if there are none, who sounds so.
fn names(query: &str, read: &SearchQuery) -> Vec<Reading> {
    let words = spellings(&read.name_tokens);
    if words.is_empty() {
        return Vec::new();
    }
    // Without its legal form, a company is found by the words of its name.
    let company = match company::parse(query).filter(|_| company::looks_like_company(query)) {
        Some(company) => company
            .core
            .split(' ')
            .map(|word| vec![word.to_owned()])
            .collect(),
        None => words.clone(),
    };
    let mut readings: Vec<Reading> = [("name", words), ("company", company)]
        .into_iter()
        .map(|(kind, words)| Reading {
            kind,
            last_resort: false,
            words,
        })
        .collect();
    let sounds = sounds(&read.name_tokens);
    if !sounds.is_empty() {
        readings.push(Reading {
            kind: "sound",
            last_resort: true,
            words: sounds,
        });
    }
    readings
}

/// The spellings of each word; the longest word is the rarest and comes first, for it drives the search.
fn spellings(tokens: &[NameToken]) -> Vec<Vec<String>> {
    let mut words: Vec<Vec<String>> = tokens.iter().map(|token| token.variants.clone()).collect();
    words
        .sort_by_key(|spellings| std::cmp::Reverse(spellings.first().map_or(0, |word| word.chars().count())));
    words
}

/// The same by sound.
fn sounds(tokens: &[NameToken]) -> Vec<Vec<String>> {
    let mut words = spellings(tokens);
    for word in &mut words {
        *word = word
            .iter()
            .map(|spelling| phonetic::key(spelling))
            .filter(|key| !key.is_empty())
            .collect();
        word.sort();
        word.dedup();
    }
    words.retain(|word| !word.is_empty());
    words
}
