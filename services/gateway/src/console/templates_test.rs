//! Every template in both languages, with hostile strings in every field; every text key used and present.

use std::collections::BTreeSet;

use edina_proto::{
    common::v1::VehicleDescription,
    registry::v1::{Card, Company, Contact, VehicleRole},
};
use regex::Regex;
use serde_json::{Value, json};

use super::{
    i18n::{Locale, Texts},
    pages::Pages,
};
use crate::session::rights::Role;

const HOSTILE: &str = "<script>alert('\"')</script>";
const AT: &str = "2026-11-21T09:00:00.000Z";
const ID: &str = "01900000-0000-7000-8000-000000000001";

fn vehicle() -> Value {
    json!({ "vin": HOSTILE, "plate": HOSTILE, "make": HOSTILE, "model": HOSTILE, "year": 2020, "mileage_km": 5, "role": "owner", "condition": "" })
}

fn client() -> Value {
    json!({ "client_id": ID, "display_name": HOSTILE, "kind": "person", "phone": HOSTILE, "email": HOSTILE, "vehicles": [vehicle()],
        "owners": [{ "department": "sales", "employee_id": "e1", "since": AT }], "matched_by": "phone", "matched_value": HOSTILE,
        "liquidated": true, "former_vehicle": true, "person": { "client_id": ID, "company": HOSTILE, "name": HOSTILE, "position": HOSTILE } })
}

fn lead() -> Value {
    json!({ "lead_id": ID, "client_id": ID, "branch_id": "b1", "source_name": HOSTILE, "channel": "form", "topic": "buy", "step": "talk",
        "status": "open", "owner_employee_id": "e1", "received_at": AT, "answer_due_at": AT, "overdue": true,
        "clock": { "state": "red", "seconds_left": -90, "minutes_left": -2 }, "vehicles": [vehicle()], "comment": HOSTILE,
        "close_reason": "", "close_note": "", "amount": { "minor": 100, "currency": "RUB" }, "arrivals": 2, "contact_name": HOSTILE,
        "contact_phones": [HOSTILE], "contact_emails": [HOSTILE],
        "moves": [{ "from_step": "talk", "to_step": "contract", "at": AT, "actor_employee_id": "e1" }] })
}

fn call() -> Value {
    json!({ "call_id": ID, "direction": "inbound", "number": HOSTILE, "line": HOSTILE, "queue": HOSTILE, "client_id": ID, "state": "ended",
        "outcome": "answered", "employee_id": "e1", "started_at": AT, "wait_seconds": 5, "talk_seconds": 90, "first_call": true,
        "result": "", "next_step": "", "note": HOSTILE, "topic": "buy", "attempts": 2, "source_name": HOSTILE })
}

fn message() -> Value {
    json!({ "message_id": ID, "client_id": ID, "channel": "sms", "kind": "advertising", "state": "blocked", "recipient": HOSTILE,
        "subject": HOSTILE, "text": HOSTILE, "parts": 2, "created_at": AT, "sandboxed": true, "error": HOSTILE,
        "reasons": [{ "code": "consent", "passed": false, "text_ru": HOSTILE, "text_en": HOSTILE }] })
}

fn task() -> Value {
    json!({ "task_id": ID, "client_id": ID, "number": HOSTILE, "owner_employee_id": "e1", "due_at": AT, "overdue": true })
}

fn datum() -> Value {
    json!({ "value": HOSTILE, "source": "console", "first_seen_at": AT, "confirmed_at": AT, "confirmed_by": "visit", "channel": HOSTILE,
        "state": "stale", "due_at": AT, "last_seen_at": AT, "correction_id": ID,
        "earlier": [{ "value": HOSTILE, "last_seen_at": AT, "source": "import" }] })
}

fn consent(by_way: bool) -> Value {
    json!({ "purpose": "advertising", "channels": ["sms", "any"], "channel": "sms", "granted": by_way, "at": AT, "proof": HOSTILE, "source": "click",
        "by_way": by_way, "actor_employee_id": "e1", "consent_id": ID, "by_hand": true, "all": false, "undone_at": if by_way { Value::Null } else { json!(AT) },
        "undone_by_employee_id": "e1" })
}

fn relation(outward: bool) -> Value {
    json!({ "relation_id": ID, "kind": "employer", "client_id": ID, "display_name": HOSTILE, "outward": outward, "position": HOSTILE,
        "proposed": outward, "because": ["work_phone", "name"],
        "buyer_role": "user", "since": AT, "until": AT, "source": "console", "actor_employee_id": "e1", "at": AT })
}

fn review() -> Value {
    json!({ "review_id": ID, "left_client_id": ID, "right_client_id": "other", "bits": 4.5, "total": "+4.5", "state": "same",
        "created_at": AT, "decided_at": AT, "worth": 2.5, "evidence": evidence(), "rival": "car_passed_on", "skipped_at": AT })
}

fn evidence() -> Value {
    super::weighing::drawn(
        json!([
            { "field": "phone", "outcome": "other", "bits": -3.0, "left": HOSTILE, "right": HOSTILE },
            { "field": "gender", "outcome": "exact", "bits": 0.5, "left": "male", "right": "" },
            { "field": "prior", "outcome": "", "bits": -17.0, "left": "", "right": "" },
            { "field": "conflict", "outcome": "party", "bits": null, "left": "", "right": "" },
            { "field": "given", "outcome": "exact", "bits": 3.0, "left": HOSTILE, "right": HOSTILE },
        ]),
        [HOSTILE, ""],
    )
}

fn links() -> Value {
    let by_engine = json!({ "kind": "merge", "id": ID, "at": AT, "actor_employee_id": "", "reason": "", "bits": 9.5, "evidence": evidence(),
        "model_version": 1, "rival": "kin", "source_record_id": ID, "client_id": ID, "other_client_id": "other" });
    let by_person = json!({ "kind": "merge", "id": ID, "at": AT, "actor_employee_id": "e1", "reason": HOSTILE, "bits": null, "evidence": [] });
    json!([by_engine, by_person])
}

fn placed() -> Value {
    json!({ "source_record_id": ID, "client_id": ID, "received_at": AT, "outcome": "linked", "bits": 12.5, "evidence": evidence(),
        "model_version": 2, "import_id": ID,
        "record": { "source": "import", "kind": "sale", "occurred_at": AT, "branch_id": "b1", "full_name": "", "last_name": HOSTILE,
            "first_name": HOSTILE, "middle_name": "", "birth_date": HOSTILE, "gender": "male", "phones": [HOSTILE], "emails": [HOSTILE], "labels": { HOSTILE: "work" }, "address": HOSTILE,
            "company": { "name": HOSTILE, "inn": HOSTILE, "kpp": "", "ogrn": HOSTILE }, "vehicles": [vehicle()], "amount": { "minor": 100, "currency": "RUB" },
            "contacts": [{ "name": HOSTILE, "position": HOSTILE, "buyer_role": "user", "phone": HOSTILE, "email": "" }],
            "profiles": [{ "network": HOSTILE, "handle": HOSTILE }], "channel": HOSTILE, "extra": { HOSTILE: HOSTILE, "position": HOSTILE },
            "consents": [{ "purpose": "advertising", "channel": "sms", "granted": true }], "comment": HOSTILE, "external_id": HOSTILE },
        "moved": { "move_id": ID, "from_client_id": ID, "to_client_id": "other", "at": AT, "actor_employee_id": "e1", "reason": "split" } })
}

fn card() -> Value {
    json!({ "client_id": ID, "kind": "person", "marks": ["prospect", "partner"], "display_name": HOSTILE, "birth_date": datum(), "gender": { "value": "female" },
        "contacts": [{ "kind": "phone", "value": HOSTILE, "display": HOSTILE, "shared_with": 2, "datum": datum(), "network": HOSTILE, "labels": ["mobile", "work", "home"],
            "proofs": [{ "at": AT, "by": "person", "actor_employee_id": "e1" }, { "at": AT, "by": "document" }] }], "addresses": [datum()],
        "company": { "name": HOSTILE, "inn": HOSTILE, "kpp": HOSTILE,
            "data": { "name": datum(), "inn": datum(), "kpp": datum(), "ogrn": Value::Null } },
        "vehicles": [{ "vehicle": vehicle(), "role": "owner", "from": AT, "to": AT, "source": "dms", "receives": ["invoice"],
            "vehicle_id": ID, "parts": { "plate": datum(), "vin": datum() }, "routes": [{ "what": "invoice", "role": "payer", "client_id": HOSTILE, "display_name": HOSTILE }] },
            { "vehicle": vehicle(), "role": "uses", "from": AT, "to": Value::Null, "source": "dms", "receives": [], "vehicle_id": ID, "routes": [] }],
        "consents": [],
        "owners": [{ "department": "sales", "employee_id": "e1", "since": AT }],
        "purchases": [{ "at": AT, "kind": "sale", "vehicle": vehicle(), "amount": { "minor": 1, "currency": HOSTILE } }],
        "completeness": 70, "created_at": AT, "source_record_count": 3, "reviews": [review()], "marketing": [{ "what": HOSTILE, "channel": "", "at": AT, "from_whom": HOSTILE }],
        "last_name": datum(), "liquidated_at": AT, "company_names": [{ "value": HOSTILE }, { "value": HOSTILE, "last_seen_at": AT, "source": "import" }],
        "completeness_detail": { "score": 70, "parts": [{ "name": "contacts", "have": 1, "of": 2 }], "missing": ["phone"] },
        "missing_minimum": [{ "stage": "contract", "missing": ["inn", "kpp"] }], "relations": [relation(true), relation(false)],
        "hints": [{ "kind": "what_do_you_drive_now", "at": AT, "vehicle_id": ID, "vehicle": vehicle() }],
        "decision_makers": [{ "name": HOSTILE, "position": HOSTILE, "role": "user", "phone": HOSTILE, "email": HOSTILE, "client_id": ID }],
        "corrections": [{ "correction_id": ID, "field": "wrong_phone", "value": HOSTILE, "at": AT, "actor_employee_id": "e1" }],
        "merges": [{ "merge_id": ID, "other_client_id": "other", "at": AT, "actor_employee_id": "e1" }] })
}

/// Imports in every state, and a file of one that is being taken back.
fn imports() -> Value {
    let one = |state: &str| {
        json!({ "import_id": ID, "file_name": HOSTILE, "kind": "contacts", "branch_id": "b1", "state": state, "rows": 12_000,
            "created": 9_000, "linked": 2_000, "to_review": 10, "rejected": 3, "known": 987, "stored": 11_010,
            "withdrawn": 4_321, "handed_on": 1_200, "started_at": AT, "actor": "e1", "file_id": ID })
    };
    let column = json!({ "name": HOSTILE, "field": "phone", "samples": [HOSTILE] });
    json!({
        "imports": (["running", "done", "undoing", "undone"].map(one)), "import": one("undoing"), "older": false,
        "files": [{ "id": ID, "name": HOSTILE, "kind": "contacts", "branch_id": "b1", "created_at": AT, "state": "running",
            "next_row": 3, "total_rows": 9, "problem_en": "" }],
        "kinds": ["contacts"], "piece": 1, "largest": 9_000_000, "any_branch": true, "fields": ["phone"],
        "file": { "id": ID, "name": HOSTILE, "kind": "contacts", "branch_id": "b1", "state": "done", "by_employee_id": "e1",
            "problem_en": HOSTILE, "problem_ru": HOSTILE, "next_row": 12_000, "total_rows": 12_000, "created": 9_000,
            "linked": 2_000, "to_review": 10, "rejected": 3, "known": 987, "together": true, "seconds": 70, "begun_at": AT },
        "looked": { "remembered": true, "preview": { "format": "csv", "encoding": "UTF-8", "delimiter": ";", "sheets": [],
            "mapping": { "sheet": "" }, "columns": [column], "unmapped": [HOSTILE], "problem": null, "rows": [
                { "line": 2, "said": [["phone", HOSTILE]] }, { "line": 3, "rejected": HOSTILE, "rejected_russian": HOSTILE }] } },
    })
}

/// Everything that any template asks for; each takes what it needs.
fn everything() -> Value {
    let story = json!([
        { "entry_id": ID, "at": AT, "kind": "message", "facts": {}, "text": HOSTILE, "actor_employee_id": "e1", "branch_id": "b1", "tint": "none", "message": message() },
        { "entry_id": ID, "at": AT, "kind": "call", "facts": {}, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "none", "call": call() },
        { "entry_id": ID, "at": AT, "kind": "lead_received", "facts": {}, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "sales", "lead": lead() },
        { "entry_id": ID, "at": AT, "kind": "lead_stage", "facts": { "to_step": "contract" }, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "sales" },
        { "entry_id": ID, "at": AT, "kind": "lead_assigned", "facts": { "employee_id": "e1" }, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "sales" },
        { "entry_id": ID, "at": AT, "kind": "lead_answered", "facts": { "by": "call", "seconds": "11" }, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "sales" },
        { "entry_id": ID, "at": AT, "kind": "lead_lost", "facts": { "reason": "price" }, "text": "", "actor_employee_id": "", "branch_id": "", "tint": "sales" },
    ]);
    let rights: serde_json::Map<String, Value> = Role::Administrator
        .rights()
        .iter()
        .map(|right| (format!("{right:?}"), json!(true)))
        .collect();
    let mut all = json!({
        "locale": "ru", "theme": "auto", "csrf": "token", "here": "home", "now": AT, "zone": "Europe/Moscow", "group_name": HOSTILE,
        "role": "administrator", "rights": rights, "me": { "name": HOSTILE, "employee_id": "e1", "extension": "301" },
        "people": { "e1": HOSTILE }, "branch_names": { "b1": HOSTILE }, "demo": true, "on_line": [call(), call()],
        "problem": { "status": 400, "detail": HOSTILE, "errors": [{ "field": HOSTILE, "detail": HOSTILE, "expected": HOSTILE }] }, "back": "/",
        "next": "/", "login": HOSTILE, "group": HOSTILE, "ask_group": true, "wrong": "locked", "seconds": 30, "done": true, "shortest": 10, "longest": 256,
        "q": HOSTILE, "groups": [{ "why": "phone", "clients": [client()] }], "count": 1,
    });
    let more = json!({
        "leads": [lead()], "overdue": [lead()], "tasks": [task()], "open_tasks": 1, "ringing": [call()], "rejected_count": 1,
        "counts": { "talk": 1 }, "clients": { ID: client() }, "own": false, "away": true, "card": card(), "story": story, "shows_feed": true, "feed": [{ "type": "lead.resolved", "id": ID, "client_ids": [ID], "at": AT }, { "type": "input.rejected", "id": ID, "client_ids": [], "at": AT }], "reasons": { "lead_won": {}, "lead_lost": { "price": { "ru": HOSTILE, "en": HOSTILE } } },
        "next_cursor": "<next>", "show": "calls", "others": { "other": client() }, "merge_query": HOSTILE,
        "candidates": [client()], "freshness": 55, "state": "ended", "call": call(), "client": client(),
        "callers": [{ "client_id": ID, "company": HOSTILE, "name": HOSTILE, "position": HOSTILE }],
        "entries": [{ "kind": "note", "text": HOSTILE, "at": AT }],
    });
    let rest = json!({
        "filter": { "view": "", "step": "talk", "status": "won", "owner": "me", "branch": "b1", "source": HOSTILE, "overdue": "true" },
        "board": true, "lanes": [{ "step": "talk", "count": 1, "leads": [lead()] }], "steps": ["first_contact", "talk", "contract"],
        "employee_ids": ["e1"], "branch_ids": ["b1", "b2"], "lead": lead(), "won": [{ "code": "price", "ru": HOSTILE, "en": HOSTILE }],
        "contacts": [{ "client": client(), "kind": "phone", "value": HOSTILE, "display": HOSTILE, "datum": datum(), "worth": 12345.6 }],
        "undo": ID, "catching_up": true, "query": "kind=phone&", "limits": [{ "kind": "phone", "segment": "person", "days": 183 }],
        "consents": [{ "purpose": "advertising", "words": [consent(true), consent(false)] }], "consent_words": [consent(true), consent(false)],
        "mark": "client", "marks": ["client", "prospect", "partner"],
        "relate_query": HOSTILE, "relatives": [client()],
        "lost": [], "pairs": [review()], "open_count": 3, "decided": [review()],
    });
    let identity = json!({
        "records": [placed()], "record_count": 2, "part": ID, "part_query": HOSTILE, "moved": ID, "moved_to": "other", "undone": true,
        "cursor": "", "many": false, "late": true, "left": ID, "right": "other", "pair_query": HOSTILE,
        "told": { "left_client_id": ID, "right_client_id": "other", "bits": 7.5, "evidence": evidence(), "verdict": "ask", "same_card": false,
            "ruling": "different", "model_version": 0, "link_bits": 9.0, "ask_bits": 0.0, "rival": "household", "left_is": "client", "right_is": "client",
            "links": links() },
        "settings": { "model_version": 1, "link_bits": 9.0, "ask_bits": 0.0,
            "models": [{ "version": 1, "records": 3000, "trained_at": AT, "actor_employee_id": "e1" }] },
        "done_now": "undone", "undone_merges": 1, "undone_moves": 2, "undone_records": 3,
    });
    for part in [more, rest, identity, imports()] {
        all.as_object_mut()
            .unwrap()
            .extend(part.as_object().unwrap().clone());
    }
    all
}

const PAGES: [&str; 18] = [
    "imports/page.html",
    "imports/file.html",
    "records/page.html",
    "identity/explain.html",
    "identity/page.html",
    "account/page.html",
    "problem.html",
    "problem_outside.html",
    "sign_in/page.html",
    "search/page.html",
    "home/page.html",
    "card/page.html",
    "pop/panel.html",
    "leads/page.html",
    "leads/lead.html",
    "reviews/page.html",
    "confirming/page.html",
    "leads/card.html",
];

#[test]
fn every_page_renders_in_both_languages_and_escapes_what_people_wrote() {
    let pages = Pages::load().unwrap();
    for locale in Locale::ALL {
        for template in PAGES {
            for board in [true, false] {
                let mut context = everything();
                context["locale"] = json!(locale.name());
                context["board"] = json!(board);
                let html = pages
                    .render(locale, template, context)
                    .unwrap_or_else(|problem| panic!("{template}: {}", problem.detail));
                assert!(!html.contains("<script>alert"), "{template} in {}", locale.name());
                assert!(
                    !html.contains("style=\"") && !html.contains("onclick="),
                    "{template}: inline style or script"
                );
            }
        }
    }
}

#[test]
fn a_message_in_doubt_says_what_happened_and_what_to_do() {
    let pages = Pages::load().unwrap();
    for (locale, said) in [(Locale::En, "call the client"), (Locale::Ru, "позвоните клиенту")]
    {
        let mut context = everything();
        context["locale"] = json!(locale.name());
        context["message"] = message();
        context["query"] = json!("");
        for state in ["unknown", "sent"] {
            context["message"]["state"] = json!(state);
            let html = pages
                .render(locale, "messages/story.html", context.clone())
                .unwrap();
            assert_eq!(
                html.contains(said),
                state == "unknown",
                "{} in {state}",
                locale.name()
            );
        }
    }
}

#[test]
fn every_page_renders_when_there_is_nothing_yet() {
    let pages = Pages::load().unwrap();
    let mut context = everything();
    for (_, value) in context.as_object_mut().unwrap() {
        if value.is_array() {
            *value = json!([]);
        }
    }
    for field in ["clients", "others", "people", "branch_names", "counts"] {
        context[field] = json!({});
    }
    for field in ["client", "demo", "fresh", "rejected_count", "next_cursor"] {
        context[field] = Value::Null;
    }
    for template in PAGES {
        pages
            .render(Locale::Ru, template, context.clone())
            .unwrap_or_else(|problem| panic!("{template}: {}", problem.detail));
    }
}

/// As the registry tells a card of which hardly anything is known: one car by its VIN, one number, a company's name.
#[test]
fn a_card_of_which_little_is_known_renders() {
    let bare = |vehicle| VehicleRole {
        vehicle_id: ID.into(),
        vehicle: Some(vehicle),
        ..Default::default()
    };
    let told = Card {
        client_id: ID.into(),
        contacts: vec![Contact {
            value: "+79160000000".into(),
            ..Default::default()
        }],
        company: Some(Company {
            name: HOSTILE.into(),
            ..Default::default()
        }),
        vehicles: vec![
            bare(VehicleDescription {
                vin: HOSTILE.into(),
                ..Default::default()
            }),
            VehicleRole {
                vehicle_id: "other".into(),
                ..bare(VehicleDescription::default())
            },
        ],
        ..Default::default()
    };
    let pages = Pages::load().unwrap();
    let mut context = everything();
    context["card"] = crate::view::card(&told);
    for locale in Locale::ALL {
        context["locale"] = json!(locale.name());
        for template in ["card/page.html", "pop/panel.html"] {
            pages
                .render(locale, template, context.clone())
                .unwrap_or_else(|problem| panic!("{template}: {}", problem.detail));
        }
    }
}

#[test]
fn everything_the_engine_says_has_a_name() {
    use edina_identity::engine::{Hypothesis, Level, Trait, compare::Conflict};

    let word = |value: Value| value.as_str().unwrap().to_owned();
    let traits = Trait::ALL.map(|of| format!("field.{}", word(json!(of))));
    let levels = Level::ALL.map(|level| format!("level.{}", word(json!(level))));
    let conflicts = [
        Conflict::Party,
        Conflict::Given,
        Conflict::Gender,
        Conflict::Inn,
        Conflict::Company,
    ]
    .map(|conflict| format!("conflict.{}", format!("{conflict:?}").to_lowercase()));
    let rivals = Hypothesis::ALL
        .into_iter()
        .filter(|rival| !matches!(rival, Hypothesis::Same | Hypothesis::Stranger))
        .map(|rival| format!("rival.{}", word(json!(rival))));
    let rivals: Vec<String> = rivals.collect();
    for locale in Locale::ALL {
        let texts = Texts::load(locale).unwrap();
        let known: BTreeSet<&str> = texts.keys().collect();
        for key in traits.iter().chain(&levels).chain(&conflicts).chain(&rivals) {
            assert!(known.contains(key.as_str()), "{key} in {}", locale.name());
        }
    }
}

fn sources() -> String {
    fn read(folder: &std::path::Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|ext| ext == "html" || ext == "rs")
                && !path.ends_with("templates_test.rs")
            {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    read(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console"),
        &mut all,
    );
    all
}

#[test]
fn both_languages_have_the_same_texts_and_none_is_missing_or_unused() {
    let sources = sources();
    let stem = |key: &str| {
        let last = key.rsplit('.').next().unwrap_or("");
        match ["one", "few", "many", "other"].contains(&last) && key.matches('.').count() > 1 {
            true => key[..key.len() - last.len() - 1].to_owned(),
            false => key.to_owned(),
        }
    };
    let keys = |locale| -> BTreeSet<String> { Texts::load(locale).unwrap().keys().map(stem).collect() };
    let (russian, english) = (keys(Locale::Ru), keys(Locale::En));
    assert_eq!(
        russian.symmetric_difference(&english).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );

    let whole = Regex::new(r#"(?:\bt\(|get\(|count\(|unit\()['"]([a-z_]+\.[a-z0-9_.]+)['"]\s*[,)]"#).unwrap();
    let begun = Regex::new(r#"\bt\('([a-z_]+\.[a-z0-9_]*)'\s*~"#).unwrap();
    let used: BTreeSet<&str> = whole
        .captures_iter(&sources)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    let prefixes: BTreeSet<&str> = begun
        .captures_iter(&sources)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    let missing: Vec<_> = used.iter().filter(|key| !russian.contains(**key)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
    let unused: Vec<_> = russian
        .iter()
        .filter(|key| !used.contains(key.as_str()) && !prefixes.iter().any(|prefix| key.starts_with(prefix)))
        .collect();
    assert!(unused.is_empty(), "unused: {unused:?}");
    for role in Role::ALL {
        assert!(
            russian.contains(&format!("role.{role}")) && russian.contains(&format!("home.title_{role}")),
            "{role}"
        );
    }
}
