//! A message centre that throttles, drops and answers late, receipts that come early, twice or never, and an exchange
//! whose line is cut in the middle of calls.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use e2e::{Options, api::text};

use crate::{
    chaos::Chaos,
    gaps::Gap,
    ledger::{self, Allowances},
    stage,
    traffic::{Amount, Callers, Traffic},
};

const PATIENCE: Duration = Duration::from_secs(180);
const CUTS: usize = 3;
/// What each beginning of a number makes the message centre do is in `peers/smsc.js`.
const MANNERS: [&str; 8] = ["916", "901", "902", "903", "904", "905", "906", "908"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn providers_that_misbehave_lose_and_double_nothing() {
    let chaos = Arc::new(Chaos::new("providers misbehave"));
    let system = stage::system(Options::default()).await;
    let amount = Amount {
        leads: 48,
        calls: 40,
        over: Duration::from_secs(30),
        prefixes: &MANNERS,
        callers: Callers::HeardToRing,
    };
    let flow = Traffic::planned(&chaos, &amount).start(&system, &chaos);
    let mut gaps = Vec::new();
    for _ in 0..CUTS {
        tokio::time::sleep(chaos.between(Duration::from_secs(4), Duration::from_secs(7))).await;
        let away = chaos.between(Duration::from_millis(50), Duration::from_secs(6));
        chaos.say(&format!("the exchange's line is cut for {away:?}"));
        gaps.push(Gap::opens(&system).await);
        system.pbx().cut(true);
        tokio::time::sleep(away).await;
        system.pbx().cut(false);
    }
    let accepted = flow.await.unwrap();
    let books = ledger::at_rest(&system, &chaos, &accepted, PATIENCE).await;
    let mut states: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for message in &books.messages {
        if let Some(manner) = text(message, "recipient")
            .get(2..5)
            .filter(|_| text(message, "channel") == "sms")
        {
            *states.entry((manner, text(message, "state"))).or_default() += 1;
        }
    }
    chaos.say(&format!("by manner: {states:?}"));
    let allowed = Allowances {
        // Dropped connections take with them whatever else is on its way; what the receipts tell is settled.
        unknown: books.messages.len(),
        gaps,
    };
    ledger::audit(&system, &chaos, &books, &accepted, &allowed).await;
    if system.smsc().is_none() {
        return;
    }
    for manner in ["902", "903", "908"] {
        let sure: usize = ["queued", "failed", "blocked"]
            .iter()
            .map(|state| states.get(&(manner, *state)).copied().unwrap_or(0))
            .sum();
        assert_eq!(sure, 0, "what became of these is not known: {states:?}");
    }
    assert!(
        states.contains_key(&("906", "sent")),
        "no receipt, no delivery: {states:?}"
    );
}
