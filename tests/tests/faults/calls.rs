//! Calls, and what they cause, against what the exchange said.

use std::collections::{BTreeMap, HashMap};

use e2e::{System, api::text};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    chaos::Chaos,
    gaps::Gaps,
    ledger::{Allowances, Books},
    traffic::Accepted,
};

/// Adds what is wrong about calls, their tasks and their leads.
pub fn audit(
    system: &System,
    chaos: &Chaos,
    books: &Books,
    accepted: &Accepted,
    allowed: &Allowances,
    wrong: &mut Vec<String>,
) {
    let gaps = Gaps::of(system, &allowed.gaps);
    let mut rows: HashMap<&str, Vec<&Value>> = HashMap::new();
    for row in &books.calls {
        rows.entry(text(row, "call_id")).or_default().push(row);
    }
    let mut callers: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let (mut excused, mut missing) = (0, 0);
    for (call, linked_id) in &accepted.calls {
        let told = system.pbx().told(linked_id).expect("every call was played");
        let digits = call.number.digits.as_str();
        let found = rows.remove(id_of(system, linked_id).as_str()).unwrap_or_default();
        let may_be_missing = gaps.may_be_missing(linked_id, &told);
        excused += usize::from(may_be_missing);
        let of_caller = callers.entry(digits).or_default();
        let row = match found.as_slice() {
            [row] => *row,
            [] if may_be_missing => {
                missing += 1;
                continue;
            }
            rows => {
                let story = call.story;
                wrong.push(format!(
                    "{} rows of a call of {digits} that was {story:?}",
                    rows.len()
                ));
                continue;
            }
        };
        of_caller.push(row);
        let outcomes = gaps.outcomes(linked_id, call.story, &told);
        if !outcomes.contains(&text(row, "outcome")) {
            wrong.push(format!("a call that can only be told as {outcomes:?}: {row}"));
        }
    }
    for rows in rows.into_values() {
        wrong.push(format!("a call that nobody made: {}", rows[0]));
    }
    if !allowed.gaps.is_empty() {
        chaos.say(&format!(
            "nobody heard the exchange for {:.1?}; {excused} calls may be missing for it, {missing} are",
            gaps.lengths()
        ));
    }
    for (digits, rows) in callers {
        effects(books, digits, &rows, wrong);
    }
}

/// The id of a call, which is the same however often its events are read.
fn id_of(system: &System, linked_id: &str) -> String {
    let group = &system.group().id;
    let name = format!("edina/call/{group}/{}/{linked_id}", e2e::PBX);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// What the calls of one number cause: all on its card, and one task and one lead if nobody was reached.
fn effects(books: &Books, digits: &str, rows: &[&Value], wrong: &mut Vec<String>) {
    let number = format!("+7{digits}");
    let card = match books.cards.get(digits).map(Vec::as_slice) {
        Some([card]) => card,
        // Of a call that nobody heard nobody has a card, unless a lead came, too.
        Some([]) | None if rows.is_empty() => return,
        found => {
            wrong.push(format!("{number} called and has the cards {found:?}"));
            return;
        }
    };
    for row in rows {
        if text(row, "client_id") != card || text(row, "number") != number {
            wrong.push(format!("a call of {number} on {card} is filed elsewhere: {row}"));
        }
    }
    let lost = rows
        .iter()
        .filter(|row| text(row, "outcome") != "answered")
        .count();
    if lost > 0 && lost < rows.len() {
        // One call of two ended unseen: whether the other made up for it depends on which was first.
        return;
    }
    let wanted = usize::from(lost > 0);
    let tasks = books
        .tasks
        .iter()
        .filter(|task| text(task, "number") == number)
        .count();
    let leads = books
        .leads
        .iter()
        .filter(|lead| text(lead, "client_id") == card && text(lead, "channel") == "call")
        .count();
    if tasks != wanted || leads != wanted {
        wrong.push(format!(
            "{number}: {tasks} tasks and {leads} leads, {wanted} of each wanted: {rows:?}"
        ));
    }
}
