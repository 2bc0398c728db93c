//! What sellers and operators do meanwhile: answer, move and close leads, call back, write down results.

use serde_json::{Value, json};

use super::{super::group, Day, Moment, call::Telephones};

/// Reasons of the closed lists.
const WON: [&str; 6] = [
    "price",
    "availability",
    "brand",
    "location",
    "recommendation",
    "previous_experience",
];
const LOST: [&str; 6] = [
    "price",
    "bought_elsewhere",
    "other_brand",
    "no_stock",
    "postponed",
    "changed_mind",
];
/// The step after each.
const NEXT: [(&str, &str); 4] = [
    ("first_contact", "talk"),
    ("talk", "demonstration"),
    ("demonstration", "test_drive"),
    ("test_drive", "contract"),
];

/// One deed of somebody. A refusal by the rules is what sellers meet too: nothing follows.
pub(super) async fn work(day: &Day, moment: &mut Moment, telephones: &Telephones) -> anyhow::Result<()> {
    match moment.dice.below(10) {
        0 | 1 => call_back(day, moment, telephones).await,
        2 => write_result(day, moment).await,
        _ => deal(day, moment, telephones).await,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// One of a list the API answered, preferably one that `first` wants.
fn choose<'a>(
    moment: &mut Moment,
    body: &'a Value,
    list: &str,
    first: impl Fn(&Value) -> bool,
) -> Option<&'a Value> {
    let all: Vec<&Value> = body[list].as_array()?.iter().collect();
    let wanted: Vec<&Value> = all.iter().copied().filter(|one| first(one)).collect();
    let from = if wanted.is_empty() { all } else { wanted };
    (!from.is_empty()).then(|| *moment.dice.pick(&from))
}

async fn deal(day: &Day, moment: &mut Moment, telephones: &Telephones) -> anyhow::Result<()> {
    let answer = day.door.get("/api/v1/leads?status=open&limit=100").await?;
    let unanswered_first = moment.dice.chance(50);
    let Some(lead) = choose(moment, &answer.body, "leads", |lead| {
        unanswered_first && lead["answered_at"].is_null()
    }) else {
        return Ok(());
    };
    let (id, step) = (text(lead, "lead_id").to_owned(), text(lead, "step"));
    let order = async |what: &str, body: Value| -> anyhow::Result<()> {
        let answer = day
            .door
            .post(&format!("/api/v1/leads/{id}/{what}"), &body)
            .await?;
        tracing::debug!(status = answer.status.as_u16(), what, "demo: a seller's deed");
        Ok(())
    };
    if lead["answered_at"].is_null() {
        let phone = lead["contact_phones"][0].as_str();
        let desk = group::extension_of(text(lead, "owner_employee_id"));
        return match (moment.dice.below(10), phone, desk) {
            (0..=5, Some(phone), Some(desk)) => {
                let answered = moment.dice.chance(75);
                telephones.call_back(moment, desk, phone, answered);
                Ok(())
            }
            (6..=8, ..) => order("answered", json!({ "note": "Ответил в мессенджере" })).await,
            _ => Ok(()),
        };
    }
    if moment.dice.chance(22) {
        let reason = *moment.dice.pick(&LOST);
        return order("close", json!({ "outcome": "lost", "reason": reason })).await;
    }
    match NEXT.iter().find(|(from, _)| *from == step) {
        Some((_, to)) => order("move", json!({ "step": to })).await,
        None => {
            let price = moment.dice.between(990, 3_400) * 1_000 * 100;
            let reason = *moment.dice.pick(&WON);
            order("close", json!({ "outcome": "won", "reason": reason, "amount": { "minor": price, "currency": "RUB" } })).await
        }
    }
}

async fn call_back(day: &Day, moment: &mut Moment, telephones: &Telephones) -> anyhow::Result<()> {
    let answer = day.door.get("/api/v1/tasks?state=open&limit=100").await?;
    let Some(task) = choose(moment, &answer.body, "tasks", |_| true) else {
        return Ok(());
    };
    let desk = group::extension_of(text(task, "owner_employee_id")).unwrap_or(group::OPERATORS[0]);
    let number = text(task, "number");
    if moment.dice.chance(80) && !number.is_empty() {
        telephones.call_back(moment, desk, number, true);
    } else {
        let path = format!("/api/v1/tasks/{}/complete", text(task, "task_id"));
        day.door
            .post(&path, &json!({ "note": "Клиент перезвонил сам" }))
            .await?;
    }
    Ok(())
}

async fn write_result(day: &Day, moment: &mut Moment) -> anyhow::Result<()> {
    let answer = day.door.get("/api/v1/calls?outcome=answered&limit=30").await?;
    let open = |call: &Value| text(call, "result").is_empty();
    let Some(call) = choose(moment, &answer.body, "calls", open).filter(|call| open(call)) else {
        return Ok(());
    };
    let path = format!("/api/v1/calls/{}/result", text(call, "call_id"));
    let result = *moment
        .dice
        .pick(&["appointment", "interested", "thinking", "declined", "other"]);
    day.door
        .post(
            &path,
            &json!({ "result": result, "topic": *moment.dice.pick(&["buy", "service", "test_drive"]) }),
        )
        .await?;
    Ok(())
}
