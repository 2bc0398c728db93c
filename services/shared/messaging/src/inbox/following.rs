//! A handler for whoever listens to one kind of fact only.

use std::{fmt, marker::PhantomData};

use edina_postgres::Tx;
use edina_proto::fact::Fact;
use edina_runtime::group::GroupId;
use futures::future::BoxFuture;

use super::{Apply, Refusal};
use crate::{envelope::Delivery, streams::subjects_of};

/// What one kind of fact does in a service.
pub trait Follow<F>: Send + Sync + 'static {
    /// Applies the fact within `tx`. May run again after an error: no effect outside of `tx`.
    fn follow(&self, tx: &mut Tx, group: &GroupId, fact: &F)
    -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// Applies facts of one kind to a service.
pub struct Following<F, S> {
    service: S,
    fact: PhantomData<fn(F)>,
}

impl<F: Fact + 'static, S: Follow<F>> Following<F, S> {
    /// The handler.
    pub fn by(service: S) -> Self {
        Self {
            service,
            fact: PhantomData,
        }
    }
}

impl<F: Fact, S> fmt::Debug for Following<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Following({})", F::TYPE)
    }
}

impl<F: Fact + 'static, S: Follow<F>> Apply for Following<F, S> {
    fn interests(&self) -> Vec<String> {
        vec![subjects_of::<F>()]
    }

    fn apply<'a>(&'a self, tx: &'a mut Tx, event: &'a Delivery) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            if let Some(fact) = event.decode::<F>() {
                self.service.follow(tx, &event.group, &fact?).await?;
            }
            Ok(())
        })
    }
}
