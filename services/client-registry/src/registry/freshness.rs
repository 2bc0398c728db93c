//! Contacts that hold and contacts that do not (R123): the limits of a group, what people answer, and the list of what to
//! confirm. The list is looked up in the [ledger](super::ledger) and shown as the cards are now.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use edina_identity::normalise::phone::format_display;
use edina_proto::registry::v1::{
    Card, ContactToConfirm, Datum, FreshnessLimit, FreshnessLimits, ListContactsToConfirmReply,
};
use edina_runtime::{caller::Caller, group::GroupId};
use uuid::Uuid;

use super::{Registry, RegistryError, card, correct, facts, id, page_size};
use crate::{
    client::{
        contacts,
        freshness::{KINDS, Limits, MOST_DAYS, Present, SEGMENTS, State},
        summary,
    },
    store::{self, ledger::Line},
};

/// How long limits are believed without another look.
const BELIEVED: Duration = Duration::seconds(15);
const DEFAULT_PAGE: u32 = 50;
/// Looks at the ledger for one page: what it still lists may have been confirmed meanwhile.
const MOST_LOOKS: usize = 5;

/// Limits by group, read again after a while.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownLimits(Arc<Mutex<ByGroup>>);

/// When they were read, and what they were.
type ByGroup = HashMap<GroupId, (DateTime<Utc>, Limits)>;

/// What a person, or a program that saw it, says of a contact.
#[derive(Debug)]
pub struct Answer {
    pub client_id: String,
    /// phone, email, address, messenger
    pub kind: String,
    pub value: String,
    /// confirmed, wrong
    pub answer: String,
    /// person, click, visit, document; empty: person
    pub by: String,
    pub ref_id: String,
}

impl Registry {
    /// The present moment under the group's limits.
    pub(super) async fn present(&self, group: &GroupId) -> Result<Present, RegistryError> {
        let now = self.clock.now();
        let known = {
            let known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
            known
                .get(group)
                .filter(|(read_at, _)| now - *read_at < BELIEVED)
                .map(|(_, limits)| limits.clone())
        };
        let limits = match known {
            Some(limits) => limits,
            None => {
                let mut tx = self.database.begin(group).await?;
                let limits = store::freshness::limits(&mut tx, group.as_str()).await?;
                tx.rollback().await?;
                let mut known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(group.clone(), (now, limits.clone()));
                limits
            }
        };
        Ok(Present { now, limits })
    }

    /// The limits of the group.
    pub async fn freshness_limits(&self, caller: &Caller) -> Result<FreshnessLimits, RegistryError> {
        let mut tx = self.begin(caller).await?;
        let limits = store::freshness::limits(&mut tx, caller.group.as_str()).await?;
        tx.rollback().await?;
        Ok(wire(&limits))
    }

    /// Sets a limit, in days.
    pub async fn set_freshness_limit(
        &self,
        caller: &Caller,
        kind: &str,
        segment: &str,
        days: u32,
    ) -> Result<FreshnessLimits, RegistryError> {
        if !KINDS.contains(&kind) {
            return Err(RegistryError::invalid(
                "kind",
                format!("must be one of {}", KINDS.join(", ")),
            ));
        }
        if !SEGMENTS.contains(&segment) {
            return Err(RegistryError::invalid(
                "segment",
                format!("must be one of {}", SEGMENTS.join(", ")),
            ));
        }
        let days = i32::try_from(days)
            .ok()
            .filter(|_| (1..=MOST_DAYS).contains(&days))
            .ok_or_else(|| RegistryError::invalid("days", format!("must be 1 to {MOST_DAYS}")))?;
        let group = caller.group.as_str();
        let mut tx = self.begin(caller).await?;
        store::freshness::set(
            &mut tx,
            group,
            (kind, segment, days),
            self.clock.now(),
            caller.employee_id(),
        )
        .await?;
        let limits = store::freshness::limits(&mut tx, group).await?;
        tx.commit().await?;
        let mut known = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&caller.group);
        Ok(wire(&limits))
    }

    /// Stores what somebody says of a contact; answers the correction when it is wrong.
    pub async fn answer_contact(
        &self,
        caller: &Caller,
        answer: &Answer,
    ) -> Result<Option<Uuid>, RegistryError> {
        let by = if answer.by.is_empty() {
            "person"
        } else {
            &answer.by
        };
        if !["person", "click", "visit", "document"].contains(&by) {
            return Err(RegistryError::invalid(
                "by",
                "must be person, click, visit or document",
            ));
        }
        if by != "person" && answer.ref_id.is_empty() {
            return Err(RegistryError::invalid(
                "ref_id",
                "must name the click, visit or document",
            ));
        }
        let (group, now) = (caller.group.as_str(), self.clock.now());
        let asked = id("client_id", &answer.client_id)?;
        let mut tx = self.begin(caller).await?;
        let root = store::clients::root_of(&mut tx, group, asked)
            .await?
            .ok_or(RegistryError::NotFound("client"))?;
        let history = store::history::load(&mut tx, group, &[root])
            .await?
            .remove(&root)
            .ok_or(RegistryError::NotFound("client"))?;
        // Beside the record that says it, so that it goes where that goes.
        let client_id = contacts::sayer(&history, &answer.kind, &answer.value)
            .map(|record| record.client_id)
            .ok_or(RegistryError::NotFound("contact"))?;
        let correction = match answer.answer.as_str() {
            "confirmed" => {
                let own = Uuid::now_v7().to_string();
                let proof = store::confirmations::Proof {
                    kind: &answer.kind,
                    value: &answer.value,
                    by_what: by,
                    ref_id: if answer.ref_id.is_empty() {
                        &own
                    } else {
                        &answer.ref_id
                    },
                    by_employee_id: caller.employee_id(),
                };
                store::confirmations::insert(&mut tx, group, client_id, &proof, now).await?;
                None
            }
            "wrong" => {
                let field = contacts::wrong_field(&answer.kind);
                Some(correct::note(&mut tx, caller, client_id, (&field, &answer.value), now).await?)
            }
            _ => return Err(RegistryError::invalid("answer", "must be confirmed or wrong")),
        };
        let told = [
            ("kind", answer.kind.clone()),
            ("answer", answer.answer.clone()),
            ("by", by.to_owned()),
        ];
        let entry = facts::own_entry(
            caller,
            client_id,
            "contact_answered",
            root.to_string(),
            now,
            &told,
        );
        store::timeline::put(&mut tx, group, &entry).await?;
        facts::changed(&mut tx, caller, root, "contact_answered", now).await?;
        self.enter(&mut tx, caller, &[root]).await?;
        self.commit(tx).await?;
        Ok(correction)
    }

    /// Stale contacts, those of the clients worth most first.
    pub async fn contacts_to_confirm(
        &self,
        caller: &Caller,
        kind: &str,
        limit: u32,
        cursor: &str,
    ) -> Result<ListContactsToConfirmReply, RegistryError> {
        if !kind.is_empty() && !KINDS.contains(&kind) {
            return Err(RegistryError::invalid(
                "kind",
                format!("must be one of {}", KINDS.join(", ")),
            ));
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
            page: Some(edina_proto::common::v1::PageReply { next_cursor }),
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
        for (root, (card, _)) in
            card::cards(connection, caller.group.as_str(), &ids, present, &self.home).await?
        {
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

fn wire(limits: &Limits) -> FreshnessLimits {
    let limit = |(kind, segment): (&str, &str)| FreshnessLimit {
        kind: kind.to_owned(),
        segment: segment.to_owned(),
        days: limits.days(kind, segment),
    };
    FreshnessLimits {
        limits: KINDS
            .iter()
            .flat_map(|kind| SEGMENTS.map(|segment| limit((kind, segment))))
            .collect(),
    }
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
