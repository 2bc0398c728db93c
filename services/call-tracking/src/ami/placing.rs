//! A call placed through a connection of its own, by a process that does not read the PBX.

use super::action::{Originate, action};
use super::client::OriginateError;
use super::message::Message;
use super::settings::{PbxAddress, Tuning};
use super::wire::{Broken, Events, Wire};

/// Connects, places a call and leaves.
pub(super) async fn originate_once(
    address: &PbxAddress,
    tuning: &Tuning,
    originate: &Originate,
) -> Result<String, OriginateError> {
    let opened = async {
        let mut wire = Wire::open(address, tuning).await?;
        wire.greeting().await?;
        wire.sign_in(address, Events::None).await?;
        Ok::<_, Broken>(wire)
    };
    let mut wire = opened.await.map_err(|broken| {
        tracing::info!(host = %address.host, port = address.port, reason = %broken, "ami.not_reached");
        OriginateError::NotConnected
    })?;
    let id = wire.action_id();
    let message = originate.to_message(&id)?;
    let asked = async {
        wire.send(&message).await?;
        wire.answer(&id).await
    };
    let answer = asked.await.map_err(|_| OriginateError::TimedOut)?;
    let result = if answer.response() == Some("Success") {
        Ok(id)
    } else {
        Err(refused(&answer))
    };
    let leave = wire.action_id();
    // The call is placed; how we part does not matter.
    drop(wire.send(&action("Logoff", &leave)).await);
    result
}

pub(super) fn refused(answer: &Message) -> OriginateError {
    OriginateError::Refused(answer.get("Message").unwrap_or("no reason given").to_owned())
}
