//! What the stages come to: ratios to the floor, aims, and counts of what should be there.

use crate::bench::{
    figures::{Aim, Findings, Ratio},
    settle::Look,
};

/// The stages beside the floor, and the aims.
pub(super) fn compare(findings: &mut Findings) {
    let stage = |name: &str| {
        findings
            .stages
            .iter()
            .find(|stage| stage.name.starts_with(name))
            .cloned()
    };
    let (accepted, queued, sent) = (
        stage("accepted"),
        stage("request to card"),
        stage("queued messages"),
    );
    if let (Some(accepted), Some(floor)) = (&accepted, findings.floors.first()) {
        findings.ratios.push(Ratio::new(
            "CPU ms of an accepted lead / of a durable insert",
            accepted.cpu_ms_total,
            floor.cpu_ms_total,
        ));
        if let (Some(ours), Some(floor)) = (accepted.latency, floor.latency) {
            findings
                .ratios
                .push(Ratio::new("p50 ms of the two", ours.p50_ms, floor.p50_ms));
            findings
                .ratios
                .push(Ratio::new("p99 ms of the two", ours.p99_ms, floor.p99_ms));
        }
    }
    if let (Some(queued), Some(floor)) = (&queued, findings.floors.first()) {
        findings.ratios.push(Ratio::new(
            "CPU ms of a lead with queued messages / of a durable insert",
            queued.cpu_ms_total,
            floor.cpu_ms_total,
        ));
    }
    if let (Some(queued), Some(sent)) = (queued, sent) {
        findings.aims.push(Aim::at_most(
            "a lead, from request to card, events and queued messages",
            queued.cpu_ms_total,
            3.0,
            "CPU ms",
        ));
        let all = queued.cpu_ms_total + sent.cpu_ms_total;
        findings.counts.push((
            "CPU microseconds of a lead with everything sent".to_owned(),
            microseconds(all),
        ));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a lead costs milliseconds")]
fn microseconds(ms: f64) -> i64 {
    (ms * 1000.0) as i64
}

/// What should be there now.
pub(super) async fn count(look: &Look, posted: usize, findings: &mut Findings) -> anyhow::Result<()> {
    let counts = [
        ("leads posted (refused ones included)", i64::try_from(posted)?),
        (
            "leads",
            Look::count(&look.intake, "select count(*) from leads").await?,
        ),
        (
            "leads without a card",
            Look::count(&look.intake, "select count(*) from leads where client_id = ''").await?,
        ),
        (
            "leads without a seller",
            Look::count(
                &look.intake,
                "select count(*) from leads where owner_employee_id = ''",
            )
            .await?,
        ),
        (
            "cards",
            Look::count(&look.registry, "select count(*) from clients where id = root_id").await?,
        ),
        (
            "messages to clients",
            Look::count(
                &look.notification,
                "select count(*) from messages where occasion = 'lead_received'",
            )
            .await?,
        ),
        (
            "messages to sellers",
            Look::count(
                &look.notification,
                "select count(*) from messages where occasion = 'lead_assigned'",
            )
            .await?,
        ),
        (
            "messages not sent",
            Look::count(
                &look.notification,
                "select count(*) from messages where sent_at is null",
            )
            .await?,
        ),
        ("events that could not be applied", look.dead_letters().await?),
    ];
    findings
        .counts
        .extend(counts.map(|(what, count)| (what.to_owned(), count)));
    Ok(())
}
