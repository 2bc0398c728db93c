//! Notification: every message the dealership group sends, and what became of it.
//!
//! Facts (a lead arrived, a call was missed, a lead is overdue) become messages: [`template`] words them, the gate in
//! [`message`] says whether they may leave and why, [`channel`] carries them to an SMPP or SMTP provider and brings
//! receipts back. Without a provider [`sandbox`] is the far end: an own message centre and mail catcher on loopback
//! that speak the same protocols. One intent is sent at most once; what may have been sent is never sent again blindly.

pub mod channel;
pub mod message;
pub mod sandbox;
pub mod template;
