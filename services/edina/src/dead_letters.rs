//! `edina dead-letters`: list, show, replay.

use std::time::Duration;

use anyhow::Context as _;
use edina_messaging::{connection, dead_letters};

use crate::{
    cli::{DeadLetters, DeadLettersCommand},
    up::say,
};

const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
const ALL: usize = 100_000;

pub(crate) async fn run(arguments: DeadLetters) -> anyhow::Result<()> {
    let client = edina_messaging::connect(&arguments.instance.nats()?, "edina dead-letters").await?;
    tokio::time::timeout(CONNECT_DEADLINE, client.flush())
        .await
        .context("NATS does not answer")??;
    let context = connection::jetstream(&client);
    match arguments.command {
        DeadLettersCommand::List { limit } => {
            let letters = dead_letters::list(&context, limit).await?;
            if letters.is_empty() {
                say("no dead letters");
            }
            for letter in letters {
                say(&format!(
                    "{:>6}  {:<14} {:<34} {}  {}",
                    letter.sequence, letter.consumer, letter.event_type, letter.event_id, letter.reason
                ));
            }
        }
        DeadLettersCommand::Show { sequence } => {
            let (letter, payload) = dead_letters::show(&context, sequence).await?;
            say(&serde_json::to_string_pretty(&letter)?);
            let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
            say(&format!("payload (protobuf, hex): {hex}"));
        }
        DeadLettersCommand::Replay { sequence, all: _ } => {
            let sequences = match sequence {
                Some(sequence) => vec![sequence],
                None => dead_letters::list(&context, ALL)
                    .await?
                    .iter()
                    .map(|letter| letter.sequence)
                    .collect(),
            };
            for sequence in sequences {
                let letter = dead_letters::replay(&context, sequence).await?;
                say(&format!(
                    "replayed {sequence} ({}) to {}",
                    letter.event_type, letter.subject
                ));
            }
        }
    }
    Ok(())
}
