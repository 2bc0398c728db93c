//! What is there in the end, against what came in.

use std::{collections::HashMap, time::Duration};

use anyhow::ensure;
use e2e::{Service, System, api::text, patience::within, peers::pbx::Story};
use edina_proto::{calls::v1::CallEnded, fact::Fact as _, intake::v1::LeadResolved};

use crate::{load::Taken, said_once};

/// The system is at rest and everything that came in is there exactly once, with everything it causes.
pub async fn balance(system: &System, taken: &Taken) {
    let api = system.api();
    let leads = taken.leads.lock().unwrap().clone();
    let calls = taken.calls.lock().unwrap().clone();
    let missed = calls
        .iter()
        .filter(|(_, story)| *story != Story::Answered)
        .count();
    within(Duration::from_secs(240), "everything is resolved", async || {
        let there = api.all("leads").await?;
        let open = there
            .iter()
            .filter(|lead| {
                text(lead, "resolution") != "resolved" || text(lead, "owner_employee_id").is_empty()
            })
            .count();
        ensure!(
            open == 0,
            "{open} of {} leads are not resolved and assigned",
            there.len()
        );
        let there = api.all("calls").await?;
        let open = there
            .iter()
            .filter(|call| text(call, "state") != "ended" || text(call, "client_id").is_empty())
            .count();
        ensure!(
            open == 0,
            "{open} of {} calls have no end or no card",
            there.len()
        );
        ensure!(
            there.len() >= calls.len(),
            "{} of {} calls",
            there.len(),
            calls.len()
        );
        // A copy killed while it asked who called leaves that question to the other one, which takes it up when the
        // lease has run out; meanwhile the caller may be known, and the callback still to come.
        let callbacks = api.all("tasks").await?.len();
        ensure!(
            callbacks >= missed,
            "{callbacks} of {missed} missed calls ask for a callback"
        );
        // Messages may still be on their way: what is counted of them is that none is there twice.
        system
            .idle(&[Service::Registry, Service::Intake, Service::Calls])
            .await?;
        system.quiet().await
    })
    .await;

    let there = api.all("leads").await.unwrap();
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    for lead in &there {
        *by_id.entry(text(lead, "lead_id")).or_default() += 1;
    }
    for (person, id) in &leads {
        assert_eq!(by_id.get(id.as_str()), Some(&1), "lead {id} of {}", person.digits);
    }
    let rows = api.all("calls").await.unwrap();
    let tasks = api.all("tasks").await.unwrap();
    let mut wrong = Vec::new();
    for (person, story) in &calls {
        let of: Vec<_> = rows
            .iter()
            .filter(|call| text(call, "number") == person.e164())
            .collect();
        // Busy, missed or abandoned: which of them a call is that nobody took depends on how much of it one copy saw.
        let answered: Vec<_> = of
            .iter()
            .map(|call| text(call, "outcome") == "answered")
            .collect();
        if answered != [*story == Story::Answered] {
            wrong.push(format!("a call was {story:?} and is {of:?}"));
        }
        let asked = tasks
            .iter()
            .filter(|task| text(task, "number") == person.e164())
            .count();
        if asked != usize::from(*story != Story::Answered) {
            wrong.push(format!(
                "a call that was {story:?} asks {asked} times for a callback"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} calls: {wrong:#?}",
        wrong.len(),
        calls.len()
    );
    assert_eq!(rows.len(), calls.len(), "no call besides");
    // A missed call of an unknown number is a lead as well; nothing else is.
    assert_eq!(there.len(), leads.len() + missed, "no lead besides");
    for person in leads
        .iter()
        .map(|(person, _)| person)
        .chain(calls.iter().map(|(person, _)| person))
    {
        let cards = api.find(&person.local()).await.unwrap();
        assert_eq!(cards.len(), 1, "one card of {}", person.digits);
    }
    // Each lead tells its client once that it was taken.
    let messages = api.all("messages").await.unwrap();
    let mut told: HashMap<(&str, &str), usize> = HashMap::new();
    for message in messages
        .iter()
        .filter(|message| !text(message, "lead_id").is_empty())
    {
        *told
            .entry((text(message, "lead_id"), text(message, "template")))
            .or_default() += 1;
    }
    let twice: Vec<_> = told.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "messages queued twice: {twice:?}");
    let said = said_once::count(system).await;
    assert_eq!(said.get(LeadResolved::TYPE), Some(&there.len()));
    assert_eq!(said.get(CallEnded::TYPE), Some(&rows.len()));
}
