//! What can be asked: every method and path of the API, but for those of [who is who](super::identity).

/// An operation.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Parameters of the query.
    pub(super) query: &'static [&'static str],
    /// The request's schema; empty: it has no body.
    pub(super) request: &'static str,
    /// The answer's schema.
    pub(super) answer: &'static str,
}

pub(super) const fn get(
    path: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    answer: &'static str,
) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        query,
        request: "",
        answer,
    }
}

pub(super) const fn post(
    path: &'static str,
    summary: &'static str,
    request: &'static str,
    answer: &'static str,
) -> Operation {
    Operation {
        method: "post",
        path,
        summary,
        query: &[],
        request,
        answer,
    }
}

pub(super) const OPERATIONS: &[Operation] = &[
    get("/api/openapi.json", "This document", &[], "Anything"),
    get(
        "/api/v1/clients",
        "Find clients: phone in any format, name, e-mail, messenger, VIN or its tail, plate, INN",
        &["q", "limit", "include_liquidated", "mark"],
        "ClientHits",
    ),
    get(
        "/api/v1/clients/{id}",
        "The card of a client; after a merge, of the survivor",
        &[],
        "Card",
    ),
    get(
        "/api/v1/clients/{id}/timeline",
        "Everything any department or the client did, newest first",
        &["limit", "cursor", "kinds"],
        "Timeline",
    ),
    post(
        "/api/v1/clients/{id}/notes",
        "Write a note or a promise",
        "Note",
        "Anything",
    ),
    post(
        "/api/v1/clients/{id}/merge",
        "Merge another client into this one",
        "Merge",
        "Merged",
    ),
    post(
        "/api/v1/merges/{id}/undo",
        "Take a merge back, exactly",
        "",
        "Anything",
    ),
    post(
        "/api/v1/clients/{id}/contacts/answer",
        "Say that a contact reaches the client, or that it does not; a program says by which click, visit or document it knows",
        "ContactAnswer",
        "Corrected",
    ),
    post(
        "/api/v1/clients/{id}/consents",
        "Write down what a client allows or refuses; answers what counts on every channel",
        "Consent",
        "Consents",
    ),
    post(
        "/api/v1/consents/{id}/undo",
        "Take back a word that an employee wrote down by mistake; 409 when the client said it himself",
        "",
        "Consents",
    ),
    post(
        "/api/v1/clients/{id}/corrections",
        "Put a field of the card right; it wins over every source until it is undone",
        "Correction",
        "Corrected",
    ),
    post(
        "/api/v1/corrections/{id}/undo",
        "Take a correction back",
        "",
        "Anything",
    ),
    post(
        "/api/v1/clients/{id}/records",
        "Add what an employee learned of a client: a DMS record without its kind",
        "SourceRecord",
        "Anything",
    ),
    post(
        "/api/v1/clients/{id}/relations",
        "Relate two clients: what the other one is to this one",
        "NewRelation",
        "Anything",
    ),
    post(
        "/api/v1/relations/{id}/undo",
        "Take a relation back",
        "",
        "Anything",
    ),
    get(
        "/api/v1/contacts-to-confirm",
        "Contacts that nothing has confirmed for longer than the group allows, of the most valuable clients first",
        &["limit", "cursor", "kind"],
        "ContactsToConfirm",
    ),
    get(
        "/api/v1/freshness-limits",
        "Days for which contacts count as current, by kind and kind of client",
        &[],
        "Anything",
    ),
    post(
        "/api/v1/freshness-limits",
        "Set for how many days contacts count as current",
        "FreshnessLimit",
        "Anything",
    ),
    get(
        "/api/v1/vehicles/routing",
        "Whom an invoice, a reminder and a recall about a vehicle go to now; asked by one of the parameters",
        &["vehicle_id", "vin", "plate"],
        "VehicleRouting",
    ),
    post(
        "/api/v1/source-records",
        "Take DMS records, one or many, and say which client each resolved to",
        "SourceRecords",
        "SourceRecordResults",
    ),
    get(
        "/api/v1/leads",
        "Leads",
        &[
            "limit",
            "cursor",
            "client_id",
            "branch_id",
            "owner_employee_id",
            "status",
            "step",
            "source",
            "overdue",
        ],
        "Leads",
    ),
    get("/api/v1/leads/{id}", "A lead", &[], "Lead"),
    post(
        "/api/v1/leads/{id}/move",
        "Move a lead to one of the seven sales steps",
        "Step",
        "Lead",
    ),
    post(
        "/api/v1/leads/{id}/close",
        "Close a lead as won or lost, with the reason",
        "Close",
        "Lead",
    ),
    post(
        "/api/v1/leads/{id}/reopen",
        "Open a closed lead again",
        "",
        "Lead",
    ),
    post(
        "/api/v1/leads/{id}/answered",
        "Mark that the client was answered: stops the response clock",
        "",
        "Lead",
    ),
    post(
        "/api/v1/leads/{id}/assign",
        "Give a lead to an employee",
        "Assign",
        "Lead",
    ),
    get(
        "/api/v1/calls",
        "Calls",
        &[
            "limit",
            "cursor",
            "client_id",
            "direction",
            "outcome",
            "branch_id",
            "employee_id",
        ],
        "Calls",
    ),
    get("/api/v1/calls/{id}", "A call", &[], "Anything"),
    post(
        "/api/v1/calls/{id}/result",
        "Write down the result of a conversation",
        "CallResult",
        "Anything",
    ),
    get(
        "/api/v1/tasks",
        "Callback tasks",
        &[
            "limit",
            "cursor",
            "client_id",
            "owner_employee_id",
            "branch_id",
            "state",
        ],
        "Tasks",
    ),
    post(
        "/api/v1/tasks/{id}/complete",
        "Complete a task",
        "Complete",
        "Anything",
    ),
    get(
        "/api/v1/messages",
        "Messages with the reasons why they were sent, deferred or blocked",
        &["limit", "cursor", "client_id", "state", "channel"],
        "Messages",
    ),
    get("/api/v1/messages/{id}", "A message", &[], "Anything"),
    get("/api/v1/directory", "Branches and employees", &[], "Anything"),
    get(
        "/api/v1/live",
        "What happens, as server-sent events with JSON: type, id, client_ids",
        &[],
        "Events",
    ),
];
