//! `Originate` on the played PBX: the employee's phone rings and is taken, the client is dialled and answers.

use std::time::Duration;

use super::pbx::Pbx;
use super::scenario::{Kind, Scenario, Speed};
use super::script::Player;
use crate::ami::message::Message;

/// Line shown to the client of a call placed by click.
const SHOWN: &str = "78432000001";

/// Starts the call an `Originate` asks for.
///
/// # Errors
/// The PBX's words, when the action lacks a channel or a number.
pub(super) fn start(pbx: &Pbx, action: &Message) -> Result<(), &'static str> {
    let extension = action
        .get("Channel")
        .and_then(|c| c.split_once('/'))
        .map(|(_, e)| e)
        .ok_or("Channel not specified")?;
    let number = action.get("Exten").ok_or("Extension not specified")?;
    let action_id = action.action_id().unwrap_or_default().to_owned();
    let mut scenario =
        Scenario::new(Kind::ClickToCall, number, SHOWN, &[extension]).at_speed(Speed::times(10));
    scenario.talk = Duration::from_secs(60);
    let pbx = pbx.clone();
    tokio::spawn(async move {
        Player {
            pbx: &pbx,
            scenario: &scenario,
        }
        .click_to_call(&action_id)
        .await
    });
    Ok(())
}
