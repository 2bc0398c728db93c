//! An answered call stops response clocks; a missed one becomes a lead if the client has none.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::calls::v1::{CallAnswered, CallMissed};
use futures::{FutureExt as _, future::BoxFuture};

use crate::intake::{Intake, MissedCall};

/// Applies facts of call-tracking.
#[derive(Debug)]
pub struct FromCalls(pub Intake);

impl Apply for FromCalls {
    fn interests(&self) -> Vec<String> {
        vec![subjects_of::<CallAnswered>(), subjects_of::<CallMissed>()]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            if let Some(answered) = event.decode::<CallAnswered>() {
                let answered = answered?;
                self.0
                    .answered_by_call_in(tx, &event.group, &answered, event.at)
                    .await?;
            } else if let Some(missed) = event.decode::<CallMissed>() {
                let missed = missed?;
                let call = MissedCall {
                    call_id: missed.call_id,
                    client_id: missed.client_id,
                    branch_id: missed.branch_id,
                    at: event.at,
                };
                self.0.lead_from_call_in(tx, &event.group, &call).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn applied(&self) {
        self.0.relay.wake();
        self.0.jobs.wake();
    }
}
