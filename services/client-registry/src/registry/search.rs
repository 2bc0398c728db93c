//! One search box: phone in any writing or a part of it, name, e-mail, messenger, VIN or its end, plate, INN, company.
//!
//! [`super::names`] reads names; when they find next to nobody, the dictionary is asked what was mistyped.

use edina_identity::{
    SearchQuery,
    normalise::{account, plate},
    search_query,
    text::digits,
};
use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{Card, ClientSummary, CompanyPerson, SearchHit},
};
use edina_runtime::caller::Caller;

use super::{Registry, RegistryError, card, names};
use crate::{
    client::{
        evidence::one_of,
        freshness::Present,
        marks,
        search_terms::{self, Told, backwards},
        summary,
    },
    store::{
        dictionary,
        reading::{self, Gathered, Reading},
    },
};

const DEFAULT_LIMIT: u32 = 20;
const MOST_HITS: u32 = 100;
/// Longest query, characters.
const LONGEST_QUERY: usize = 200;
/// Longer numbers of this kind are OGRNs.
const LONGEST_INN: usize = 12;
/// Fewest characters of a handle that are worth looking for.
const SHORTEST_HANDLE: usize = 3;
/// Hits below which a name may well be mistyped: a slip of some clerk is a card, too.
const FEW: usize = 3;

impl Registry {
    /// Cards that match, each once, with why; readings that identify come first, slips last.
    pub async fn search(
        &self,
        caller: &Caller,
        query: &str,
        limit: u32,
        include_liquidated: bool,
        mark: &str,
    ) -> Result<Vec<SearchHit>, RegistryError> {
        if !mark.is_empty() {
            one_of("mark", mark, &marks::MARKS)?;
        }
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
        // Of those who are found the ones with the mark are left.
        let read_most = if mark.is_empty() { limit } else { MOST_HITS };
        let at_most = i32::try_from(read_most).unwrap_or(i32::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let read = search_query(query);
        let readings = readings(query, &read);
        if readings.is_empty() && (mark.is_empty() || !query.trim().is_empty()) {
            return Ok(Vec::new());
        }
        let present = self.present(&caller.group).await?;
        if readings.is_empty() {
            return self
                .marked(caller, mark, limit, include_liquidated, &present)
                .await;
        }
        let (readers, group) = (self.database.readers(), caller.group.as_str());
        let gathered = reading::search(readers, group, &readings, at_most).await?;
        let mut hits = hits(&gathered, &present);
        let only_a_name = readings
            .iter()
            .all(|reading| reading.last_resort || matches!(reading.kind, "name" | "full" | "company"));
        if only_a_name && hits.len() < FEW.min(limit) {
            for hit in self.guessed(caller, query, &read, at_most, &present).await? {
                let same = |known: &SearchHit| {
                    known.client.as_ref().map(|client| &client.client_id)
                        == hit.client.as_ref().map(|client| &client.client_id)
                };
                if !hits.iter().any(same) {
                    hits.push(hit);
                }
            }
        }
        // A company that is no more stays out of the way, unless it is looked for by what is its own.
        let direct = |hit: &SearchHit| {
            let client_id = hit.client.as_ref().map(|client| client.client_id.as_str());
            gathered
                .found
                .iter()
                .any(|found| found.whole && Some(found.root_id.to_string().as_str()) == client_id)
        };
        hits.retain(|hit| {
            let gone = hit.client.as_ref().is_some_and(|client| client.liquidated);
            include_liquidated || !gone || direct(hit)
        });
        if !mark.is_empty() {
            let has = |client: &ClientSummary| client.marks.iter().any(|of| of == mark);
            hits.retain(|hit| hit.client.as_ref().is_some_and(has));
        }
        hits.truncate(limit);
        Ok(hits)
    }

    /// Who may have been meant by a name with slips in it.
    async fn guessed(
        &self,
        caller: &Caller,
        query: &str,
        read: &SearchQuery,
        at_most: i32,
        present: &Present,
    ) -> Result<Vec<SearchHit>, RegistryError> {
        let (readers, group) = (self.database.readers(), caller.group.as_str());
        let mistyped = names::mistyped(&read.name_tokens);
        if mistyped
            .iter()
            .all(|word| word.slips.is_empty() && word.sounds.is_empty())
        {
            return Ok(Vec::new());
        }
        let near = dictionary::near_names(readers, group, &mistyped).await?;
        let guesses = names::guesses(query, &read.name_tokens, near);
        if guesses.is_empty() {
            return Ok(Vec::new());
        }
        Ok(hits(
            &reading::search(readers, group, &guesses, at_most).await?,
            present,
        ))
    }
}

fn hits(gathered: &Gathered, present: &Present) -> Vec<SearchHit> {
    let mut hits: Vec<SearchHit> = gathered
        .found
        .iter()
        .filter_map(|found| {
            let card = card::brief_of(gathered, found.root_id, present)?;
            let client = summary::of_card(&card);
            let told = Told::read(&found.shown);
            Some(SearchHit {
                former_vehicle: is_former(&card, found.kind, told.value),
                person: person(told, &client.client_id, &client.display_name),
                client: Some(client),
                matched_by: match found.kind {
                    "full" => "name",
                    "inn" if told.value.len() > LONGEST_INN => "ogrn",
                    kind => kind,
                }
                .to_owned(),
                matched_value: told.value.to_owned(),
            })
        })
        .collect();
    // Of those found alike, whose car it is comes before whose it was.
    for alike in hits.chunk_by_mut(|one, other| one.matched_by == other.matched_by) {
        alike.sort_by_key(|hit| hit.former_vehicle);
    }
    hits
}

/// Whether a card was found by a vehicle to which its client is nothing any more.
fn is_former(card: &Card, kind: &str, value: &str) -> bool {
    let of = |vehicle: &VehicleDescription| match kind {
        "vin" => vehicle.vin == value,
        "plate" => vehicle.plate == value,
        _ => false,
    };
    let mut roles = card
        .vehicles
        .iter()
        .filter(|role| role.vehicle.as_ref().is_some_and(of))
        .peekable();
    roles.peek().is_some() && roles.all(|role| role.to.is_some())
}

/// Who at the company it is that something leads to.
pub(super) fn person(told: Told<'_>, client_id: &str, company: &str) -> Option<CompanyPerson> {
    let (name, position) = told.person?;
    Some(CompanyPerson {
        client_id: client_id.to_owned(),
        company: company.to_owned(),
        name: name.to_owned(),
        position: position.to_owned(),
    })
}

/// Every way to understand what was typed, the surest first.
fn readings(query: &str, read: &SearchQuery) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    let mut add = |kind: &'static str, whole: bool, last_resort: bool, typed: Option<String>| {
        readings.extend(typed.map(|typed| Reading {
            kind,
            whole,
            last_resort,
            words: vec![match (kind, whole) {
                ("phone", false) => search_terms::beginnings(&typed),
                _ => vec![typed],
            }],
        }));
    };
    // A whole number is hardly anything else.
    let number = read.phone.is_some();
    add("phone", true, false, read.phone.as_deref().map(digits));
    add("email", true, false, read.email.clone());
    add("email", false, false, read.email_part.clone());
    add("vin", true, false, read.vin.as_deref().map(backwards));
    // Its region may not have been typed yet.
    add("plate", false, false, read.plate.clone());
    add("inn", true, false, read.inn.clone());
    add("inn", true, false, read.ogrn.clone());
    let account = account_of(query);
    add("messenger", false, false, account.handle);
    // A link to an account that is held by a number.
    add("phone", true, false, account.number.as_deref().map(digits));
    add("phone", false, false, read.phone_part.clone());
    add("phone", false, false, read.phone_after_trunk.clone());
    add("vin", false, number, read.vin_tail.as_deref().map(backwards));
    let typed = query.trim().to_uppercase();
    if read.plate.is_none() && (4..=10).contains(&typed.chars().count()) {
        // A plate of which the region, or a foreign layout, was not recognised.
        let plate = plate::normalise(query).ok().map(|plate| plate.value);
        add("plate", false, number, plate);
    }
    readings.extend(names::readings(query, &read.name_tokens));
    // What may be a handle may be an address of which no more is typed yet.
    for (kind, whole) in [("messenger", true), ("email", false)] {
        readings.extend(account.bare.clone().map(|handle| Reading {
            kind,
            whole,
            last_resort: true,
            words: vec![vec![handle]],
        }));
    }
    readings
}

/// What was typed as an account in a messenger or social network.
#[derive(Default)]
struct Typed {
    /// `@anna`, `t.me/anna`, or the beginning of one.
    handle: Option<String>,
    /// The number that holds the account: `viber:+7916…`, `wa.me/7916…`.
    number: Option<String>,
    /// A word that may be a handle, or a name in Latin letters.
    bare: Option<String>,
}

fn account_of(query: &str) -> Typed {
    let query = query.trim();
    let is_handle = |text: &str| {
        text.chars().count() >= SHORTEST_HANDLE
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && text.chars().any(|c| c.is_ascii_alphabetic())
    };
    if let Some(account) = account::of_link(query) {
        return match account.phone() {
            Some(number) => Typed {
                number: Some(number),
                ..Typed::default()
            },
            None => Typed {
                handle: Some(search_terms::handle(&account.handle)),
                ..Typed::default()
            },
        };
    }
    match query.strip_prefix('@') {
        Some(handle) => Typed {
            handle: Some(search_terms::handle(handle)).filter(|handle| is_handle(handle)),
            ..Typed::default()
        },
        None => Typed {
            bare: Some(search_terms::handle(query)).filter(|handle| is_handle(handle)),
            ..Typed::default()
        },
    }
}
