//! Facts: which message is published on which subject.
//!
//! A subject is `edina.<group>.<service>.<entity>.<fact>`; the type is `edina.<service>.<entity>.<fact>.v1`.

use prost::Message;

use crate::{calls, gateway, intake, notification, registry};

/// An event that a service publishes. Carries ids, kinds and times, never personal data.
pub trait Fact: Message + Default {
    /// Short name of the producing service: `registry`, `intake`, `calls`, `notification`, `gateway`.
    const SERVICE: &'static str;
    /// What it is about, for instance `client`.
    const ENTITY: &'static str;
    /// What happened, for instance `merged`.
    const FACT: &'static str;
    /// CloudEvents type.
    const TYPE: &'static str;
    /// The id of the entity, the CloudEvents subject.
    fn entity_id(&self) -> &str;
}

macro_rules! facts {
    ($($message:path = $service:literal $entity:literal $fact:literal by $id:ident;)*) => {
        $(impl Fact for $message {
            const SERVICE: &'static str = $service;
            const ENTITY: &'static str = $entity;
            const FACT: &'static str = $fact;
            const TYPE: &'static str = concat!("edina.", $service, ".", $entity, ".", $fact, ".v1");
            fn entity_id(&self) -> &str {
                &self.$id
            }
        })*
        /// Every fact's CloudEvents type, in the order of this file.
        pub const ALL_TYPES: &[&str] = &[$(<$message as Fact>::TYPE),*];
    };
}

facts! {
    registry::v1::ClientCreated = "registry" "client" "created" by client_id;
    registry::v1::ClientChanged = "registry" "client" "changed" by client_id;
    registry::v1::ClientMerged = "registry" "client" "merged" by client_id;
    registry::v1::ClientSplit = "registry" "client" "split" by client_id;
    registry::v1::OwnerChanged = "registry" "client" "owner_changed" by client_id;
    registry::v1::ConsentChanged = "registry" "client" "consent_changed" by client_id;
    registry::v1::VehicleChangedHands = "registry" "vehicle" "changed_hands" by vehicle_id;
    registry::v1::RecordMoved = "registry" "record" "moved" by source_record_id;
    registry::v1::ReviewOpened = "registry" "review" "opened" by review_id;
    registry::v1::ReviewDecided = "registry" "review" "decided" by review_id;
    registry::v1::NoteAdded = "registry" "note" "added" by entry_id;
    intake::v1::LeadReceived = "intake" "lead" "received" by lead_id;
    intake::v1::LeadResolved = "intake" "lead" "resolved" by lead_id;
    intake::v1::LeadAssigned = "intake" "lead" "assigned" by lead_id;
    intake::v1::LeadAnswered = "intake" "lead" "answered" by lead_id;
    intake::v1::LeadOverdue = "intake" "lead" "overdue" by lead_id;
    intake::v1::LeadStageChanged = "intake" "lead" "stage_changed" by lead_id;
    intake::v1::LeadWon = "intake" "lead" "won" by lead_id;
    intake::v1::LeadLost = "intake" "lead" "lost" by lead_id;
    intake::v1::LeadReopened = "intake" "lead" "reopened" by lead_id;
    intake::v1::InputRejected = "intake" "input" "rejected" by input_id;
    calls::v1::CallStarted = "calls" "call" "started" by call_id;
    calls::v1::CallAnswered = "calls" "call" "answered" by call_id;
    calls::v1::CallMissed = "calls" "call" "missed" by call_id;
    calls::v1::CallEnded = "calls" "call" "ended" by call_id;
    calls::v1::TaskDue = "calls" "task" "due" by task_id;
    calls::v1::TaskDone = "calls" "task" "done" by task_id;
    notification::v1::MessageQueued = "notification" "message" "queued" by message_id;
    notification::v1::MessageBlocked = "notification" "message" "blocked" by message_id;
    notification::v1::MessageSent = "notification" "message" "sent" by message_id;
    notification::v1::MessageDelivered = "notification" "message" "delivered" by message_id;
    notification::v1::MessageFailed = "notification" "message" "failed" by message_id;
    notification::v1::ClientUnsubscribed = "notification" "client" "unsubscribed" by client_id;
    gateway::v1::EmployeeJoined = "gateway" "employee" "joined" by employee_id;
    gateway::v1::EmployeeAbsent = "gateway" "employee" "absent" by employee_id;
    gateway::v1::EmployeeLeft = "gateway" "employee" "left" by employee_id;
    gateway::v1::BranchChanged = "gateway" "branch" "changed" by branch_id;
}
