//! One exchange on this copy: waits for its turn, reads while it lasts, and hands over when asked to stop.
//! [`super::turn`] says whose turn it is, [`super::follow_pbx`] does the reading.

use std::time::Duration;

use edina_runtime::stop::Stop;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    Connection, Tracking,
    follow_pbx::Follower,
    turn::{BEAT, Standing, Turn},
};
use crate::{
    ami::{client::AmiClient, settings::Tuning},
    call::NumberingPlan,
};

/// A reader that cannot reach the exchange for so long lets another copy try.
const UNREACHED: Duration = Duration::from_secs(10);
/// And stands back for so long.
const STAND_BACK: Duration = Duration::from_secs(5);

/// Reads an exchange whenever it is this copy's turn, until the stop.
pub async fn attend(tracking: Tracking, connection: Connection, turn: Turn, plan: NumberingPlan, stop: Stop) {
    let labels = [
        ("group", connection.config.group.to_string()),
        ("pbx", connection.config.name.clone()),
    ];
    let reads = metrics::gauge!("edina_pbx_reader", &labels);
    let connected = metrics::gauge!("edina_pbx_connected", &labels);
    loop {
        reads.set(0.0);
        connected.set(0.0);
        let Some(term) = turn.come(&stop).await else {
            return;
        };
        tracing::info!(pbx = turn.pbx, term, "this copy reads the PBX");
        reads.set(1.0);
        let client = AmiClient::start(connection.address.clone(), Tuning::default(), &stop);
        connection.begin(client.pbx.clone(), tracking.clock.now());
        let end = CancellationToken::new();
        let mut follower = Follower::new(&tracking, &connection, plan.clone(), term, end.clone());
        let (stands_back, ()) = tokio::join!(
            keep(&turn, term, &connection, &connected, &stop, &end),
            follower.run(client)
        );
        turn.gone(term).await;
        connection.end();
        tracing::info!(pbx = turn.pbx, term, "this copy reads the PBX no more");
        if stop.is_requested() {
            reads.set(0.0);
            return;
        }
        if stands_back {
            tokio::select! { () = stop.requested() => {}, () = tokio::time::sleep(STAND_BACK) => {} }
        }
    }
}

/// Keeps the turn until it is over, then ends the reading. Answers whether it was given up to let another copy try.
async fn keep(
    turn: &Turn,
    term: i64,
    connection: &Connection,
    connected: &metrics::Gauge,
    stop: &Stop,
    end: &CancellationToken,
) -> bool {
    let mut every = interval(BEAT);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reached = Instant::now();
    let mut stands_back = false;
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => {
                turn.hand_over(term).await;
                break;
            }
            () = end.cancelled() => break,
            _ = every.tick() => {}
        }
        let Some(beat) = connection.beat() else { break };
        let is_up = beat.state == "up";
        connected.set(f64::from(u8::from(is_up)));
        if is_up {
            reached = Instant::now();
        }
        match turn.beat(term, &beat).await {
            Standing::Mine { wanted: true } if reached.elapsed() > UNREACHED => {
                tracing::warn!(pbx = turn.pbx, "the PBX is not reached; another copy may try");
                turn.hand_over(term).await;
                stands_back = true;
                break;
            }
            // While PostgreSQL is away nobody can take over; what is read waits and is written under the same term.
            Standing::Mine { .. } | Standing::Unknown => {}
            Standing::Over => {
                tracing::warn!(pbx = turn.pbx, term, "another copy has taken over");
                turn.followed(term, Instant::now()).await;
                break;
            }
        }
    }
    // What happened before the successor listened may still be under way to us, and only to us.
    connection.caught_up().await;
    end.cancel();
    stands_back
}
