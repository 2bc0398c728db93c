//! The copy that reads the PBX is killed in mid-call.

use std::time::Instant;

use e2e::{api::text, eventually, peers::pbx::Story, people::Person};

use crate::{
    books,
    load::Taken,
    stage::{self, TAKEN_OVER},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_copy_takes_over_and_a_call_stays_one_call() {
    let system = stage::pair().await;
    let api = system.api();
    let taken = Taken::default();
    let state = async |person: &Person, wanted: &str| {
        eventually(wanted, async || {
            let calls = api.all("calls").await?;
            let of = calls.iter().find(|call| text(call, "number") == person.e164());
            let found = of.map_or("none", |call| text(call, "state"));
            anyhow::ensure!(found == wanted, "it is {found}");
            anyhow::Ok(())
        })
        .await;
    };
    // Twice: there, and back to the copy that was started anew.
    for round in 0..2 {
        let first = stage::reader(&system).await;
        let (talks, rings) = (Person::woman(), Person::man());
        let talking = system
            .pbx()
            .ring(Story::Answered, &talks.trunk(), ["301", "302"])
            .await
            .unwrap()
            .answer();
        let ringing = system
            .pbx()
            .ring(Story::Abandoned, &rings.trunk(), ["301", "302"])
            .await
            .unwrap();
        state(&talks, "talking").await;
        state(&rings, "ringing").await;
        let killed = Instant::now();
        system.kill(first);
        let listed = eventually("the other copy knows what goes on", async || {
            system.pbx().listed_after(killed)
        })
        .await;
        let gap = listed - killed;
        assert!(gap <= TAKEN_OVER, "nobody read the PBX for {gap:?}");
        assert_eq!(stage::reader(&system).await, stage::other(first));
        println!("round {round}: taken over after {gap:?}");
        state(&talks, "talking").await;
        state(&rings, "ringing").await;
        talking.go_on();
        ringing.go_on();
        taken.calls.lock().unwrap().push((talks, Story::Answered));
        taken.calls.lock().unwrap().push((rings, Story::Abandoned));
        system.restart(first).await;
    }
    books::balance(&system, &taken).await;
}
