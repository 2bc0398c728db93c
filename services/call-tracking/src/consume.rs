//! Facts of the registry: a call's record that lies with another client now.

use edina_messaging::{
    envelope::Delivery,
    inbox::{Apply, Refusal},
    streams::subjects_of,
};
use edina_postgres::Tx;
use edina_proto::registry::v1::RecordMoved;
use futures::{FutureExt as _, future::BoxFuture};

use crate::tracking::Tracking;

/// Applies facts of the registry.
#[derive(Debug)]
pub struct FromRegistry(pub Tracking);

impl Apply for FromRegistry {
    fn interests(&self) -> Vec<String> {
        vec![subjects_of::<RecordMoved>()]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        async move {
            if let Some(moved) = event.decode::<RecordMoved>() {
                self.0.record_moved_in(tx, &event.group, &moved?).await?;
            }
            Ok(())
        }
        .boxed()
    }
}
