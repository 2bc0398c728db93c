//! The table: every route, who may use it, and a request that its handler understands.

/// What the `{id}` of a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Of {
    /// There is none.
    Nothing,
    Client,
    Lead,
    Call,
    Task,
    Message,
    Review,
    Merge,
    Record,
    Move,
    Consent,
    Correction,
    Relation,
    Input,
    Employee,
    /// A file given for import.
    File,
    /// An import of the registry.
    Import,
}

/// What a stranger gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// The same as everybody.
    Let,
    /// 401 and a problem document.
    Unauthorized,
    /// A page that lets them sign in.
    SignIn,
}

/// A route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) of: Of,
    /// Letters of the roles that may: `a`dministrator, `h`ead of sales, `s`eller, ser`v`ice adviser, `r`eception,
    /// `o`perator, `m`arketer. `*` is everybody, signed in or not.
    pub(crate) roles: &'static str,
    /// Form or JSON that says something sensible; `{other}` becomes another id of the same kind.
    pub(crate) body: &'static str,
}

/// Letters of the roles.
pub(crate) const ROLES: [(char, &str); 7] = [
    ('a', "administrator"),
    ('h', "head_of_sales"),
    ('s', "seller"),
    ('v', "service_adviser"),
    ('r', "reception"),
    ('o', "operator"),
    ('m', "marketer"),
];

impl Line {
    /// What a request without a right credential gets.
    pub(crate) fn stranger(&self) -> Stranger {
        match (self.roles, self.is_api()) {
            ("*", _) => Stranger::Let,
            (_, true) => Stranger::Unauthorized,
            (_, false) => Stranger::SignIn,
        }
    }

    pub(crate) fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    pub(crate) fn changes(&self) -> bool {
        self.method != "GET"
    }
}

const fn get(path: &'static str, of: Of, roles: &'static str) -> Line {
    let method = "GET";
    Line {
        method,
        path,
        of,
        roles,
        body: "",
    }
}

const fn post(path: &'static str, of: Of, roles: &'static str, body: &'static str) -> Line {
    let method = "POST";
    Line {
        method,
        path,
        of,
        roles,
        body,
    }
}

const EVERY: &str = "ahsvrom";
const MERGERS: &str = "aho";
const LEADS: &str = "ahso";
const CALLS: &str = "ahsvro";
const CALLERS: &str = "ahsvo";
const MESSAGES: &str = "ahsvom";
const HEADS: &str = "ah";
const CLERKS: &str = "ahsvro";
const SHOWROOM: &str = "ahsro";

/// Every route of the gateway.
#[rustfmt::skip]
pub(crate) const TABLE: &[Line] = &[
    get("/api/openapi.json", Of::Nothing, "*"),
    get("/api/v1/clients", Of::Nothing, EVERY),
    get("/api/v1/clients/{id}", Of::Client, EVERY),
    get("/api/v1/clients/{id}/timeline", Of::Client, EVERY),
    post("/api/v1/clients/{id}/notes", Of::Client, CLERKS, r#"{"text":"x"}"#),
    post("/api/v1/clients/{id}/merge", Of::Client, MERGERS, r#"{"other_client_id":"{other}"}"#),
    post("/api/v1/merges/{id}/undo", Of::Merge, MERGERS, ""),
    post("/api/v1/clients/{id}/contacts/answer", Of::Client, CLERKS, r#"{"kind":"phone","value":"+79990000000","answer":"wrong"}"#),
    post("/api/v1/clients/{id}/corrections", Of::Client, CLERKS, r#"{"field":"gender","value":"male"}"#),
    post("/api/v1/corrections/{id}/undo", Of::Correction, CLERKS, ""),
    post("/api/v1/clients/{id}/consents", Of::Client, CLERKS, r#"{"purpose":"advertising","granted":false}"#),
    post("/api/v1/consents/{id}/undo", Of::Consent, CLERKS, ""),
    post("/api/v1/clients/{id}/records", Of::Client, CLERKS, r#"{"phones":["+79990000001"]}"#),
    post("/api/v1/clients/{id}/relations", Of::Client, CLERKS, r#"{"other_client_id":"{other}","kind":"household"}"#),
    post("/api/v1/relations/{id}/undo", Of::Relation, CLERKS, ""),
    get("/api/v1/contacts-to-confirm", Of::Nothing, EVERY),
    get("/api/v1/freshness-limits", Of::Nothing, EVERY),
    post("/api/v1/freshness-limits", Of::Nothing, "a", r#"{"kind":"phone","segment":"person","days":0}"#),
    get("/api/v1/vehicles/routing", Of::Nothing, EVERY),
    get("/api/v1/reviews", Of::Nothing, MERGERS),
    post("/api/v1/reviews/{id}/decide", Of::Review, MERGERS, r#"{"decision":"same"}"#),
    post("/api/v1/reviews/{id}/undo", Of::Review, MERGERS, ""),
    get("/api/v1/clients/{id}/records", Of::Client, EVERY),
    post("/api/v1/records/{id}/move", Of::Record, MERGERS, "{}"),
    post("/api/v1/moves/{id}/undo", Of::Move, MERGERS, ""),
    get("/api/v1/identity/explain", Of::Nothing, EVERY),
    get("/api/v1/identity/settings", Of::Nothing, HEADS),
    post("/api/v1/identity/settings", Of::Nothing, HEADS, "{}"),
    post("/api/v1/identity/train", Of::Nothing, HEADS, ""),
    post("/api/v1/identity/undo-model", Of::Nothing, HEADS, r#"{"model_version":99}"#),
    post("/api/v1/source-records", Of::Nothing, "a", r#"{"kind":"gift"}"#),
    get("/api/v1/leads", Of::Nothing, EVERY),
    get("/api/v1/leads/{id}", Of::Lead, EVERY),
    post("/api/v1/leads/{id}/move", Of::Lead, LEADS, r#"{"step":"talk"}"#),
    post("/api/v1/leads/{id}/close", Of::Lead, LEADS, r#"{"outcome":"lost","reason":"price"}"#),
    post("/api/v1/leads/{id}/reopen", Of::Lead, LEADS, ""),
    post("/api/v1/leads/{id}/answered", Of::Lead, LEADS, ""),
    post("/api/v1/leads/{id}/assign", Of::Lead, HEADS, r#"{"employee_id":"{seller}"}"#),
    get("/api/v1/calls", Of::Nothing, CALLS),
    get("/api/v1/calls/{id}", Of::Call, CALLS),
    post("/api/v1/calls/{id}/result", Of::Call, CALLERS, r#"{"result":"appointment"}"#),
    get("/api/v1/tasks", Of::Nothing, CALLS),
    post("/api/v1/tasks/{id}/complete", Of::Task, CALLERS, r#"{"note":"x"}"#),
    get("/api/v1/messages", Of::Nothing, MESSAGES),
    get("/api/v1/messages/{id}", Of::Message, MESSAGES),
    get("/api/v1/directory", Of::Nothing, EVERY),
    get("/api/v1/live", Of::Nothing, EVERY),

    get("/sign-in", Of::Nothing, "*"),
    post("/sign-in", Of::Nothing, "*", "login=nobody-of-this-name&password=x"),
    post("/sign-out", Of::Nothing, EVERY, ""),
    get("/assets/{hash}/{name}", Of::Nothing, "*"),
    get("/favicon.ico", Of::Nothing, "*"),
    get("/", Of::Nothing, EVERY),
    post("/looks", Of::Nothing, EVERY, ""),
    get("/account", Of::Nothing, EVERY),
    post("/account/password", Of::Nothing, EVERY, "present=x&wanted=y&again=z"),
    get("/live", Of::Nothing, EVERY),
    get("/search", Of::Nothing, EVERY),
    get("/clients/{id}", Of::Client, EVERY),
    post("/clients/{id}/notes", Of::Client, CLERKS, "text=x"),
    post("/clients/{id}/merge", Of::Client, MERGERS, "other_client_id={other}"),
    post("/merges/{id}/undo", Of::Merge, MERGERS, ""),
    post("/clients/{id}/contacts/answer", Of::Client, CLERKS, "kind=phone&value=x&answer=wrong"),
    post("/clients/{id}/corrections", Of::Client, CLERKS, "field=gender&value=male"),
    post("/corrections/{id}/undo", Of::Correction, CLERKS, ""),
    post("/clients/{id}/consents", Of::Client, CLERKS, "purpose=advertising&channel=sms&granted=false"),
    post("/consents/{id}/undo", Of::Consent, CLERKS, ""),
    post("/clients/{id}/records", Of::Client, CLERKS, "phone=%2B79990000001"),
    post("/clients/{id}/relations", Of::Client, CLERKS, "other_client_id={other}&kind=household"),
    post("/relations/{id}/undo", Of::Relation, CLERKS, ""),
    post("/relations/{id}/confirm", Of::Relation, CLERKS, "client_id={other}"),
    post("/relations/{id}/end", Of::Relation, CLERKS, "until=2026-01-01&client_id={other}"),
    post("/clients/{id}/vehicles", Of::Client, CLERKS, "vehicle_id={other}&role=payer&from=2026-01-01"),
    get("/contacts-to-confirm", Of::Nothing, EVERY),
    post("/freshness-limits", Of::Nothing, "a", "kind=phone&segment=person&days=0"),
    get("/leads", Of::Nothing, EVERY),
    get("/leads/{id}", Of::Lead, EVERY),
    post("/leads/{id}/move", Of::Lead, LEADS, "step=talk"),
    post("/leads/{id}/answered", Of::Lead, LEADS, ""),
    post("/leads/{id}/close", Of::Lead, LEADS, "outcome=lost&reason=price"),
    post("/leads/{id}/reopen", Of::Lead, LEADS, ""),
    post("/leads/{id}/assign", Of::Lead, HEADS, "employee_id={seller}"),
    get("/calls", Of::Nothing, CALLS),
    get("/calls/{id}", Of::Call, CALLS),
    get("/tasks", Of::Nothing, CALLS),
    post("/calls/{id}/result", Of::Call, CALLERS, "result=appointment"),
    post("/tasks/{id}/complete", Of::Task, CALLERS, "note=x"),
    post("/dial", Of::Nothing, CALLERS, ""),
    get("/messages", Of::Nothing, MESSAGES),
    get("/messages/{id}", Of::Message, MESSAGES),
    get("/reviews", Of::Nothing, MERGERS),
    post("/reviews/{id}/decide", Of::Review, MERGERS, "decision=same"),
    post("/reviews/{id}/undo", Of::Review, MERGERS, ""),
    get("/clients/{id}/records", Of::Client, EVERY),
    post("/records/{id}/move", Of::Record, MERGERS, ""),
    post("/moves/{id}/undo", Of::Move, MERGERS, ""),
    get("/identity/explain", Of::Nothing, EVERY),
    get("/identity", Of::Nothing, HEADS),
    post("/identity/settings", Of::Nothing, HEADS, ""),
    post("/identity/train", Of::Nothing, HEADS, ""),
    post("/identity/undo-model", Of::Nothing, HEADS, "model_version=99&word=UNDO"),
    get("/inputs", Of::Nothing, HEADS),
    post("/inputs/{id}/resubmit", Of::Input, HEADS, "body=x"),
    get("/sandbox", Of::Nothing, "a"),
    get("/connections", Of::Nothing, "a"),
    post("/connections", Of::Nothing, "a", ""),
    get("/imports", Of::Nothing, "a"),
    post("/imports", Of::Nothing, "a", "name=x&kind=gift"),
    get("/imports/{id}", Of::File, "a"),
    post("/imports/{id}/pieces/{number}", Of::File, "a", "x=1"),
    post("/imports/{id}/mapping", Of::File, "a", "kind=contacts&branch_id=x"),
    post("/imports/{id}/start", Of::File, "a", "dry_run=true"),
    post("/imports/{id}/remove", Of::File, "a", ""),
    post("/imports/{id}/undo", Of::Import, "a", ""),
    get("/imports/{id}/rejected", Of::File, "a"),
    get("/people", Of::Nothing, EVERY),
    post("/people", Of::Nothing, HEADS, ""),
    post("/people/area-code", Of::Nothing, "a", "area_code=495"),
    post("/people/{id}/absence", Of::Employee, HEADS, "from=2030-01-01&to=2030-01-02"),
    post("/people/{id}/back", Of::Employee, HEADS, "from=2030-01-01T00:00:00Z"),
    post("/people/{id}/left", Of::Employee, HEADS, ""),
    get("/journal", Of::Nothing, SHOWROOM),
    post("/journal", Of::Nothing, SHOWROOM, ""),
    post("/demo", Of::Nothing, "a", "on=false"),
];
