//! Numbers and addresses without a name: whose a call is, and whose calls somebody's are who gives his name.

use std::sync::Arc;

use edina_identity::{
    Profile,
    engine::{
        Level, Model, Trait,
        place::{Goes, Members, Placed, Why},
        rulings::Rulings,
    },
};
use uuid::Uuid;

/// Whether all records of a card are such.
pub(super) fn is_nameless(card: &Members<Uuid>) -> bool {
    card.records.iter().all(|member| member.says_no_name())
}

/// Settles what the engine leaves open where a record, or a card, has nothing but a number; answers the card that the
/// record leads to, if the engine gave it to none or to another.
pub(super) fn settle(
    placed: &mut Placed<Uuid>,
    (cards, rulings): (&[Members<Uuid>], &Rulings<Uuid>),
    record: &Profile,
    model: &Model,
) -> Option<Uuid> {
    if !record.says_no_name() {
        return take_in(placed, (cards, rulings), record);
    }
    let own = placed.card;
    attribute(placed, model);
    let leads_to = match placed.card {
        Goes::New(_) => speaker(cards, record)
            .or_else(|| sole_holder(cards, record))
            .or_else(|| nameless(cards, record)),
        Goes::To(root) if cards.iter().any(|card| card.card == root && is_nameless(card)) => {
            speaker(cards, record)
        }
        Goes::To(_) => None,
    };
    if matches!(own, Goes::New(_)) && (leads_to.is_some() || placed.card != own) {
        // Who would have made a card with it stays where he is.
        placed.moved.retain(|(_, _, to)| *to != own);
        placed.merged.retain(|(_, to)| *to != own);
        placed.parted.retain(|two| two.one != own && two.other != own);
    }
    leads_to
}

/// Cards of which nobody knows more than a number, or address, of the record: they are his who speaks by it and says who he
/// is, unless somebody else could be meant. Nobody is asked about them. Answers the one that a new client is to be.
fn take_in(
    placed: &mut Placed<Uuid>,
    (cards, rulings): (&[Members<Uuid>], &Rulings<Uuid>),
    record: &Profile,
) -> Option<Uuid> {
    let asked: Vec<Uuid> = placed.asks.iter().map(|ask| ask.card).collect();
    let of_nobody: Vec<Uuid> = cards
        .iter()
        .filter(|card| asked.contains(&card.card) && is_nameless(card))
        .map(|card| card.card)
        .collect();
    if of_nobody.is_empty() {
        return None;
    }
    placed.asks.retain(|ask| !of_nobody.contains(&ask.card));
    let gone = placed.merged.iter().map(|(gone, _)| Goes::To(*gone));
    let own: Vec<Goes<Uuid>> = gone.chain([placed.card]).collect();
    let is_own = |card: &Members<Uuid>| own.contains(&Goes::To(card.card));
    let mut others = cards.iter().filter(|card| !is_nameless(card) && !is_own(card));
    if others.any(|card| has_way_of(card, record)) {
        return None;
    }
    let apart = |one: Uuid, other: Uuid| {
        let mut pairs = rulings.apart.iter();
        pairs.any(|pair| *pair == (one, other) || *pair == (other, one))
    };
    let before = placed.card;
    let mut leads_to = None;
    for card in cards.iter().filter(|card| of_nobody.contains(&card.card)) {
        let target = leads_to.map_or(before, Goes::To);
        let barred = matches!(target, Goes::To(other) if apart(other, card.card));
        if barred || is_own(card) || !has_way_of(card, record) {
            continue;
        }
        match target {
            Goes::To(_) => placed.merged.push((card.card, target)),
            Goes::New(_) => leads_to = Some(card.card),
        }
    }
    if let Some(root) = leads_to {
        let moved = placed.moved.iter_mut().map(|(_, _, to)| to);
        let merged = placed.merged.iter_mut().map(|(_, to)| to);
        let parted = placed
            .parted
            .iter_mut()
            .flat_map(|two| [&mut two.one, &mut two.other]);
        for to in moved.chain(merged).chain(parted).filter(|to| **to == before) {
            *to = Goes::To(root);
        }
    }
    leads_to
}

/// A call from a number belongs to whoever has just that number, unless two could be meant; and about a mere number nobody
/// can say more than the base knows, so nobody is asked.
fn attribute(placed: &mut Placed<Uuid>, model: &Model) {
    let asks = std::mem::take(&mut placed.asks);
    let has = |why: &Why| {
        why.reasons.iter().any(|reason| {
            matches!(reason.of, Some(Trait::Phone | Trait::PhoneTail | Trait::Email))
                && reason.level == Some(Level::Exact)
        })
    };
    let mut owners = asks.iter().filter(|ask| has(&ask.why));
    if let (Goes::New(_), Some(best)) = (placed.card, owners.next()) {
        let next = owners.next().map_or(f64::NEG_INFINITY, |ask| ask.why.bits);
        if best.why.bits - next >= model.thresholds.lead {
            placed.card = Goes::To(best.card);
            placed.why = Some(best.why.clone());
        }
    }
}

/// The card of which nobody knows more than a number or address of this record: where two families could be meant, their
/// calls gather there, and do not make a client each.
fn nameless(cards: &[Members<Uuid>], record: &Profile) -> Option<Uuid> {
    cards
        .iter()
        .filter(|card| is_nameless(card) && has_way_of(card, record))
        .map(|card| card.card)
        .min()
}

/// Who speaks by a number or address that somebody at a company has: whoever has it for his own and bears a name, else the
/// one company.
fn speaker(cards: &[Members<Uuid>], record: &Profile) -> Option<Uuid> {
    let names = |member: &Arc<Profile>| record.own_ways().any(|way| member.contact_ways.contains(way));
    let (companies, others): (Vec<_>, Vec<_>) = cards.iter().partition(|card| card.records.iter().any(names));
    let mut holders = others
        .into_iter()
        .filter(|card| !is_nameless(card) && has_way_of(card, record));
    match (holders.next(), holders.next(), companies.as_slice()) {
        (Some(holder), None, [_, ..]) => Some(holder.card),
        (None, None, [company]) => Some(company.card),
        _ => None,
    }
}

/// The only one who bears a name and has a number or address of the record, however long nobody heard of him by it. Most
/// numbers that pass on never call here again, and a former client does; what was his by mistake goes with whoever gives
/// his own name. Nobody, where a person took such a call away.
pub(super) fn sole_holder(cards: &[Members<Uuid>], record: &Profile) -> Option<Uuid> {
    let mut holders = cards.iter().filter(|card| has_way_of(card, record));
    let named = holders.clone().filter(|card| !is_nameless(card));
    let taken_away = holders.any(|card| is_nameless(card) && !card.pinned.is_empty());
    match named.map(|card| card.card).collect::<Vec<_>>().as_slice() {
        [one] if !taken_away => Some(*one),
        _ => None,
    }
}

/// Whether a number or address of the record is the card's.
fn has_way_of(card: &Members<Uuid>, record: &Profile) -> bool {
    card.records.iter().any(|member| member.shares_way(record))
}
