//! One search box: phone in any writing or a part of it, name, e-mail, VIN or its end, plate, INN, company.

use std::collections::BTreeSet;

use edina_identity::{
    NameToken,
    normalise::company,
    search_query,
    text::{digits, phonetic},
};
use edina_proto::registry::v1::SearchHit;
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, card};
use crate::{
    client::search_terms::backwards,
    store::search::{Found, by_prefix, by_words},
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
        let limit = i64::from(if limit == 0 {
            DEFAULT_LIMIT
        } else {
            limit.min(MOST_HITS)
        });
        let read = search_query(query);
        let group = caller.group.as_str();
        // Kind and prefix, the surest reading first.
        let mut prefixes: Vec<(&'static str, String)> = Vec::new();
        let mut add =
            |kind: &'static str, prefix: Option<String>| prefixes.extend(prefix.map(|text| (kind, text)));
        add("phone", read.phone.as_deref().map(digits));
        add("email", read.email.clone());
        add("email", read.email_part.clone());
        add("vin", read.vin.as_deref().map(backwards));
        add("plate", read.plate.clone());
        add("inn", read.inn.clone());
        add("phone", read.phone_part.clone());
        add("vin", read.vin_tail.as_deref().map(backwards));
        let typed = query.trim().to_uppercase();
        if read.plate.is_none() && (4..=10).contains(&typed.chars().count()) {
            // A plate of which the region, or a foreign layout, was not recognised.
            add(
                "plate",
                edina_identity::normalise::plate::normalise(query)
                    .ok()
                    .map(|plate| plate.value),
            );
        }
        let mut tx = self.begin(caller).await?;
        let mut hits: Vec<(&'static str, Found)> = Vec::new();
        for (kind, prefix) in prefixes {
            let found = by_prefix(&mut tx, group, kind, &prefix, limit).await?;
            hits.extend(found.into_iter().map(|found| (kind, found)));
        }
        let words = spellings(&read.name_tokens);
        if !words.is_empty() {
            // Without its legal form, a company is found by the words of its name.
            let company = match company::parse(query).filter(|_| company::looks_like_company(query)) {
                Some(company) => company
                    .core
                    .split(' ')
                    .map(|word| vec![word.to_owned()])
                    .collect(),
                None => words.clone(),
            };
            for (kind, words) in [("name", &words), ("company", &company)] {
                let found = by_words(&mut tx, group, kind, words, limit).await?;
                hits.extend(found.into_iter().map(|found| (kind, found)));
            }
            if hits.is_empty() {
                // Nobody is written so: who sounds so?
                let found = by_words(&mut tx, group, "sound", &sounds(&read.name_tokens), limit).await?;
                hits.extend(found.into_iter().map(|found| ("name", found)));
            }
        }
        let mut seen = BTreeSet::new();
        hits.retain(|(_, found)| seen.insert(found.root_id));
        hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let roots: Vec<Uuid> = hits.iter().map(|(_, found)| found.root_id).collect();
        let mut summaries = card::summaries_of(&mut tx, group, &roots).await?;
        Ok(hits
            .into_iter()
            .filter_map(|(kind, found)| {
                Some(SearchHit {
                    client: Some(summaries.remove(&found.root_id)?),
                    matched_by: kind.to_owned(),
                    matched_value: found.shown,
                })
            })
            .collect())
    }
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
