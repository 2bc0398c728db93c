//! Small simulations of bad days: real traffic through the real system while faults are injected.
//!
//! Each simulation prints its seed and every injection with its instant; `EDINA_FAULT_SEED` names another seed, or `random`
//! for a new one every time. Senders do
//! what real senders do: the same input again, until it is taken, when the answer was lost or was 429 or 5xx.
//!
//! # What counts as a failure
//!
//! When the faults have ended and every service runs, the system must come to rest by itself within the patience of
//! the simulation. At rest, each of these is a failure:
//!
//! 1. **An accepted input that is not exactly one lead.** Every 2xx to the same input names the same lead; there is no
//!    other lead; each is resolved to a card and has an owner.
//! 2. **A person who is not exactly one card**, however many leads and calls came, in whatever order.
//! 3. **A call that is not exactly one row**, ended, told as it was, on the card of its number. An exchange says
//!    everything once, so a call may be missing, or its outcome be what could be known, if it ended while nobody was
//!    connected to the exchange, and only then: [`gaps`] says exactly when, from the instants at which the exchange said
//!    things and at which its reader went and another was given the list of live channels. With two copies of
//!    call-tracking such a gap lasts at most five seconds.
//! 4. **A missed call that is not exactly one task and one lead**, or an answered one that is either.
//! 5. **An effect that happened twice**: more than one message per occasion and recipient, more than one entry per
//!    fact in a history.
//! 6. **A message submitted twice**, or lost: what is `sent` or `delivered` was taken by the message centre exactly
//!    once, what is `blocked`, `failed` or `queued` never. A message whose fate is unknown (cut off between the submit
//!    and its answer) is never sent blindly again: it is shown as `unknown`, until a receipt settles it. It is a
//!    failure if it stays so although its receipt came and could only be its own.
//! 7. **Something left over**: a fact in an outbox, a fact not applied by a consumer, a dead letter.
//! 8. **A request refused with 4xx, or a process that ends on SIGTERM with another code than 0.**
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod calls;
mod chaos;
mod facts_twice;
mod gaps;
mod ledger;
mod messages;
mod providers_misbehave;
mod servers_away;
mod services_killed;
mod stage;
mod traffic;
