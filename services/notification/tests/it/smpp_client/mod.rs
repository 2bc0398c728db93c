//! The SMPP client against the sandbox's message centre: [messages] and their receipts, and a [link] that breaks.

mod link;
mod messages;

use std::time::Duration;

use notification::channel::{ProviderEvent, Receipt};
use tokio::sync::mpsc::Receiver;

async fn next(events: &mut Receiver<ProviderEvent>) -> ProviderEvent {
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .unwrap()
        .unwrap()
}

async fn receipt(events: &mut Receiver<ProviderEvent>) -> Receipt {
    match next(events).await {
        ProviderEvent::Receipt { receipt, acknowledge } => {
            acknowledge.stored();
            receipt
        }
        other => panic!("{other:?}"),
    }
}
