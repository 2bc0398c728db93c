//! The list of contacts to confirm (R123): looked up in the [ledger](super::ledger), shown as the cards are now.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use edina_identity::normalise::phone::format_display;
use edina_proto::{
    common::v1::PageReply,
    registry::v1::{Card, ContactToConfirm, Datum, ListContactsToConfirmReply},
};
use edina_runtime::caller::Caller;
use uuid::Uuid;

use super::{Registry, RegistryError, card, page_size};
use crate::{
    client::{
        evidence::one_of,
        freshness::{KINDS, Present, SEGMENTS, State},
        summary,
    },
    store::{self, ledger::Line},
};

const DEFAULT_PAGE: u32 = 50;
/// Looks at the ledger for one page: what it still lists may have been confirmed meanwhile.
const MOST_LOOKS: usize = 5;

impl Registry {
    /// Stale contacts, those of the clients worth most first.
    pub async fn contacts_to_confirm(
        &self,
        caller: &Caller,
        kind: &str,
        limit: u32,
        cursor: &str,
    ) -> Result<ListContactsToConfirmReply, RegistryError> {
        if !kind.is_empty() {
            one_of("kind", kind, &KINDS)?;
        }
        let catching_up = self.catch_up(caller).await?;
        let present = self.present(&caller.group).await?;
        let limit = usize::try_from(page_size(limit, DEFAULT_PAGE)).unwrap_or(usize::MAX);
        let mut asked = store::ledger::Asked {
            stale: stale_before(kind, &present),
            after: read_cursor(cursor)?,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let (mut found, mut more) = (Vec::new(), true);
        for _ in 0..MOST_LOOKS {
            let mut tx = self.begin(caller).await?;
            let lines = store::ledger::page(&mut tx, caller.group.as_str(), &asked).await?;
            more = lines.len() >= limit;
            let (shown, outdated) = self.as_they_are(&mut tx, caller, &lines, &present).await?;
            self.enter(&mut tx, caller, &outdated).await?;
            tx.commit().await?;
            found.extend(shown);
            asked.after = lines.into_iter().last().or(asked.after);
            if !more || found.len() >= limit {
                break;
            }
        }
        if found.len() > limit {
            found.truncate(limit);
            more = true;
        }
        let next_cursor = match (more, found.last()) {
            (true, Some((line, _))) => write_cursor(line),
            (true, None) => asked.after.as_ref().map(write_cursor).unwrap_or_default(),
            (false, _) => String::new(),
        };
        Ok(ListContactsToConfirmReply {
            contacts: found.into_iter().map(|(_, shown)| shown).collect(),
            page: Some(PageReply { next_cursor }),
            catching_up,
        })
    }

    /// What the cards say now of these lines; and the cards of which the ledger is outdated.
    async fn as_they_are(
        &self,
        connection: &mut sqlx::PgConnection,
        caller: &Caller,
        lines: &[Line],
        present: &Present,
    ) -> Result<(Vec<(Line, ContactToConfirm)>, Vec<Uuid>), RegistryError> {
        let mut ids: Vec<Uuid> = lines.iter().map(|line| line.client_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut cards: BTreeMap<Uuid, Card> = BTreeMap::new();
        for (root, (card, _)) in card::cards(connection, caller.group.as_str(), &ids, present).await? {
            cards.insert(root, card);
        }
        let (mut shown, mut outdated) = (Vec::new(), Vec::new());
        for line in lines {
            let card = cards.get(&line.client_id);
            let datum = card.and_then(|card| datum_of(card, line));
            match (card, datum) {
                (Some(card), Some(datum)) if datum.state == State::Stale.name() => {
                    let display = match line.kind.as_str() {
                        "phone" => format_display(&line.value),
                        _ => line.value.clone(),
                    };
                    let contact = ContactToConfirm {
                        client: Some(summary::of_card(card)),
                        kind: line.kind.clone(),
                        value: line.value.clone(),
                        display,
                        datum: Some(datum.clone()),
                        worth: card.worth,
                    };
                    shown.push((line.clone(), contact));
                }
                _ => outdated.push(line.client_id),
            }
        }
        outdated.sort_unstable();
        outdated.dedup();
        Ok((shown, outdated))
    }
}

fn datum_of<'a>(card: &'a Card, line: &Line) -> Option<&'a Datum> {
    if card.liquidated_at.is_some() {
        return None;
    }
    if line.kind == "address" {
        return card.addresses.iter().find(|address| address.value == line.value);
    }
    card.contacts
        .iter()
        .find(|contact| contact.kind == line.kind && contact.value == line.value)
        .and_then(|contact| contact.datum.as_ref())
}

/// The moment before which a contact of each kind and segment is stale.
fn stale_before(kind: &str, present: &Present) -> Vec<(String, String, DateTime<Utc>)> {
    KINDS
        .iter()
        .filter(|known| kind.is_empty() || **known == kind)
        .flat_map(|kind| SEGMENTS.map(|segment| (*kind, segment)))
        .map(|(kind, segment)| {
            let limit = Duration::days(i64::from(present.limits.days(kind, segment)));
            (kind.to_owned(), segment.to_owned(), present.now - limit)
        })
        .collect()
}

/// `worth.client.kind.value`, the first as the bits of the number; the value may have dots of its own.
fn write_cursor(line: &Line) -> String {
    format!(
        "{:x}.{}.{}.{}",
        line.worth.to_bits(),
        line.client_id,
        line.kind,
        line.value
    )
}

fn read_cursor(cursor: &str) -> Result<Option<Line>, RegistryError> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let read = || {
        let mut parts = cursor.splitn(4, '.');
        let worth = f64::from_bits(u64::from_str_radix(parts.next()?, 16).ok()?);
        let client_id = parts.next()?.parse().ok()?;
        Some(Line {
            client_id,
            kind: parts.next()?.to_owned(),
            value: parts.next()?.to_owned(),
            segment: String::new(),
            last_at: DateTime::UNIX_EPOCH,
            worth: Some(worth).filter(|worth| worth.is_finite())?,
        })
    };
    read()
        .map(Some)
        .ok_or_else(|| RegistryError::invalid("page.cursor", "is not a cursor of this list"))
}
