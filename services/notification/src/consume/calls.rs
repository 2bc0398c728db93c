//! Calls nobody took: the caller, if we know them, hears that we are sorry.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::calls::v1::CallMissed;
use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    delivery::{Dispatcher, queue_message::occasion},
    store::messages::Intent,
    template::TemplateName,
};

/// Applies facts of call-tracking.
pub struct FromCalls(pub Dispatcher);

impl Apply for FromCalls {
    fn interests(&self) -> Vec<String> {
        vec![subjects_of::<CallMissed>()]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            let Some(missed) = event.decode::<CallMissed>() else {
                return Ok(());
            };
            let missed = missed?;
            let ours = matches!(missed.outcome.as_str(), "missed" | "abandoned");
            if !ours || missed.client_id.is_empty() {
                return Ok(());
            }
            let intent = Intent {
                client_id: missed.client_id,
                branch_id: missed.branch_id,
                call_id: missed.call_id,
                ..Intent::new(occasion::CALL_MISSED, TemplateName::CallMissedSms)
            };
            Ok(self.0.queue_unless_heard(tx, event, intent).await?)
        }
        .boxed()
    }

    fn applied(&self) {
        self.0.committed();
    }
}
