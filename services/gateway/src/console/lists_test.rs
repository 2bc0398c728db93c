//! The screens of lists with what a busy day puts into them, in both languages: opened stories, new keys, mistakes, filters.

use serde_json::{Value, json};

use super::{i18n::Locale, pages::Pages};
use crate::session::rights::Role;

const HOSTILE: &str = "<script>alert('\"')</script>";
const AT: &str = "2026-11-21T09:00:00.000Z";
const LATER: &str = "2026-11-21T09:01:30.000Z";
const ID: &str = "01900000-0000-7000-8000-000000000001";

fn shell(locale: Locale, role: Role) -> Value {
    let rights: serde_json::Map<String, Value> = role
        .rights()
        .iter()
        .map(|right| (format!("{right:?}"), json!(true)))
        .collect();
    json!({
        "locale": locale.name(), "theme": "light", "csrf": "token", "here": "", "now": "2026-11-21T10:00:00.000Z",
        "zone": "Europe/Moscow", "group_name": "Меридиан", "role": role.name(), "rights": rights,
        "me": { "name": "Анна Ким", "employee_id": "e1", "extension": "301" },
        "people": { "e1": "Анна Ким", "e2": HOSTILE }, "branch_names": { "b1": "Москва", "b2": HOSTILE }, "demo": null,
        "on_line": [], "filter": { "tab": "", "state": "", "channel": "", "client": "", "branch": "", "owner": "",
        "employee": "", "outcome": "" }, "query": "tab=inbound&", "filtered": false, "branch_ids": ["b1", "b2"],
        "clients": { ID: { "client_id": ID, "display_name": HOSTILE } }, "next_cursor": "<more>",
    })
}

fn call() -> Value {
    json!({
        "call_id": ID, "direction": "inbound", "number": "+79161234567", "line": "+74951234567", "queue": "sales",
        "client_id": ID, "branch_id": "b1", "state": "ended", "outcome": "answered", "employee_id": "e1",
        "answered_extension": "301", "started_at": AT, "answered_at": AT, "ended_at": LATER, "wait_seconds": 8,
        "talk_seconds": 82, "first_call": true, "result": "appointment", "next_step": HOSTILE, "note": HOSTILE,
        "topic": "buy", "attempts": 2, "source_name": HOSTILE, "lead_id": ID, "task_id": ID, "resynchronised": true,
        "steps": [
            { "kind": "began", "at": AT },
            { "kind": "answered", "at": AT, "extension": "301", "employee_id": "e1" },
            { "kind": "blind", "at": AT, "extension": "302", "employee_id": "", "from_extension": "301", "from_employee_id": "e1" },
            { "kind": "ended", "at": LATER },
        ],
    })
}

fn message() -> Value {
    let reason =
        json!({ "code": "quiet_hours", "passed": false, "text_ru": "Тихие часы", "text_en": "Quiet hours" });
    json!({
        "message_id": ID, "client_id": ID, "channel": "sms", "kind": "service", "state": "deferred", "template": "call_missed_sms",
        "recipient": "+79161234567", "text": HOSTILE, "parts": 2, "created_at": AT, "deferred_until": LATER,
        "sandboxed": true, "occasion": "call_missed", "trigger": "edina.calls.call.missed.v1", "lead_id": ID,
        "error": "", "reasons": [reason], "stopped_by": reason,
        "history": [{ "state": "queued", "at": AT, "detail": HOSTILE, "detail_ru": HOSTILE }],
    })
}

fn screens() -> Vec<(&'static str, Value)> {
    let task = json!({ "task_id": ID, "client_id": "", "call_id": ID, "number": "+79161234567", "owner_employee_id": "e2",
        "branch_id": "b2", "created_at": AT, "due_at": LATER, "overdue": true });
    let input = json!({ "input_id": ID, "received_at": AT, "source_name": HOSTILE, "channel": "adf", "content_type": HOSTILE,
        "state": "rejected", "reason": "no closing tag", "reason_ru": "Нет закрывающего тега", "field": "adf.prospect",
        "body_text": "</textarea><script>alert(1)</script>", "lead_ids": [ID] });
    let source = |channel: &str| {
        json!({ "name": channel, "display_name": HOSTILE, "channel": channel, "branch_id": "b1",
        "default_topic": "buy", "answer_minutes": 15, "last_input_at": AT, "accepted": 12, "rejected": 1 })
    };
    let person = json!({ "employee_id": "e2", "display_name": HOSTILE, "role": "seller", "department": "sales",
        "extension": "302", "email": HOSTILE, "branch_id": "b1", "present": false, "back_at": LATER,
        "absences": [{ "from": AT, "to": LATER, "last": LATER, "cover_employee_id": "e1" }] });
    let line = json!({ "lead_id": ID, "client_id": "", "contact_name": HOSTILE, "contact_kind": "visit", "stay_minutes": 40,
        "owner_employee_id": "e1", "received_at": AT, "occurred_at": AT, "vehicles": [] });
    let file = |state: &str| {
        json!({ "id": ID, "name": HOSTILE, "kind": "sales-dms", "branch_id": "b2", "bytes": 12, "state": state,
            "import_id": ID, "total_rows": 10, "next_row": 4, "created": 2, "linked": 1, "to_review": 1, "rejected": 1, "known": 0,
            "together": false, "problem_en": HOSTILE, "problem_ru": HOSTILE, "by_employee_id": "e2", "created_at": AT,
            "started_at": AT, "begun_at": AT, "begun_row": 0, "changed_at": LATER, "rate": 4, "seconds_left": 1, "seconds": 90 })
    };
    let import = json!({ "import_id": ID, "file_name": HOSTILE, "kind": "1c", "branch_id": "b1", "state": "done", "rows": 4,
        "created": 2, "linked": 1, "to_review": 1, "rejected": 1, "known": 0, "started_at": AT, "actor": "", "file_id": ID });
    let preview = json!({ "format": "csv", "encoding": "UTF-8", "delimiter": "\t", "sheets": [HOSTILE, "2"],
        "columns": [{ "name": HOSTILE, "field": "phone", "samples": [HOSTILE] }, { "name": "", "field": null, "samples": [] }],
        "mapping": { "kind": "contacts", "columns": [], "currency": "RUB", "sheet": HOSTILE }, "unmapped": [HOSTILE],
        "problem": HOSTILE, "problem_russian": HOSTILE,
        "rows": [{ "line": 2, "said": [["full_name", HOSTILE], ["id", "1"]], "rejected": null, "rejected_russian": null },
            { "line": 3, "said": [], "rejected": HOSTILE, "rejected_russian": HOSTILE }] });
    let one_file = |state: &str, import: &Value| {
        json!({ "file": file(state), "looked": { "preview": preview, "remembered": true }, "fields": ["phone", "ignore"],
            "kinds": ["contacts", "sales-dms"], "import": import })
    };
    let files: Vec<Value> = ["arriving", "ready", "trying", "running", "tried", "failed"]
        .map(file)
        .into();
    vec![
        (
            "imports/page.html",
            json!({ "files": files, "imports": [import], "away": true, "older": false, "kinds": ["contacts"],
                "largest": 536_870_912, "piece": 1024 }),
        ),
        ("imports/file.html", one_file("tried", &Value::Null)),
        ("imports/file.html", one_file("running", &Value::Null)),
        ("imports/file.html", one_file("done", &import)),
        (
            "calls/page.html",
            json!({ "calls": [call()], "open": call(), "answering": [], "outcomes": ["missed"] }),
        ),
        (
            "tasks/page.html",
            json!({ "tasks": [task], "open_count": 1, "owners": [{ "employee_id": "e2", "display_name": HOSTILE }] }),
        ),
        (
            "messages/page.html",
            json!({ "messages": [message()], "open": message(), "states": ["blocked"] }),
        ),
        (
            "inputs/page.html",
            json!({ "inputs": [input], "open": input, "again": true, "taken": ID, "rejected_count": 1 }),
        ),
        (
            "connections/page.html",
            json!({
                "connections": [{ "name": HOSTILE, "kind": "smpp", "state": "auth_failed", "detail": HOSTILE, "detail_ru": HOSTILE,
                    "since": AT, "last_event_at": AT, "address": HOSTILE, "sandbox": true }],
                "sources": [source("adf"), source("form"), source("journal")], "away": ["telephony"], "troubled": 2,
                "fresh": { "source": "form", "key": "abc" }, "address": "https://crm.example",
            }),
        ),
        (
            "sandbox/page.html",
            json!({
                "enabled": true, "phone": "+79161234567", "numbers": ["+79161234567", "+79161234568"],
                "sms": [{ "from": HOSTILE, "to": "+79161234567", "text": HOSTILE, "parts": 2, "at": AT }],
                "mails": [{ "from": HOSTILE, "to": HOSTILE, "subject": HOSTILE, "text": HOSTILE, "at": AT }],
                "letter": { "from": HOSTILE, "to": HOSTILE, "subject": HOSTILE, "text": HOSTILE, "at": AT }, "mail": 0,
            }),
        ),
        (
            "journal/page.html",
            json!({
                "lines": [line], "typed": { "full_name": HOSTILE, "comment": HOSTILE }, "wrong": ["phone"], "saved": ID,
                "sellers": [{ "employee_id": "e2", "branch_id": "b1" }], "own_branch": "b1", "once": ID, "away": true,
            }),
        ),
        (
            "people/page.html",
            json!({
                "branches": [{ "branch_id": "b1", "display_name": HOSTILE, "city": HOSTILE, "time_zone": "Europe/Moscow",
                    "local_time": "13:00", "phone": "+74951234567", "brands": [HOSTILE], "employees": [person] }],
                "elsewhere": [person], "active_ids": ["e1", "e2"], "absent_count": 1, "today": "2026-11-21",
            }),
        ),
    ]
}

fn rendered(pages: &Pages, locale: Locale, role: Role, template: &str, data: &Value) -> String {
    let mut context = shell(locale, role);
    for (key, value) in data.as_object().unwrap() {
        context[key] = value.clone();
    }
    pages
        .render(locale, template, context)
        .unwrap_or_else(|problem| panic!("{template}: {problem:?}"))
}

#[test]
fn opened_stories_escape_what_people_wrote_and_every_form_carries_its_token() {
    let pages = Pages::load().unwrap();
    for locale in Locale::ALL {
        for (template, data) in screens() {
            let html = rendered(&pages, locale, Role::Administrator, template, &data);
            assert!(!html.contains("<script>alert"), "{template} in {}", locale.name());
            assert!(!html.contains("style=\""), "{template}: inline style");
            let posts = html.matches("method=\"post\"").count();
            assert_eq!(
                posts,
                html.matches("type=\"hidden\" name=\"csrf\"").count(),
                "{template}: a form without its token"
            );
        }
    }
}

#[test]
fn who_may_not_change_is_offered_no_form() {
    let pages = Pages::load().unwrap();
    for (template, data) in screens() {
        if ["calls/page.html", "tasks/page.html", "people/page.html"].contains(&template) {
            let html = rendered(&pages, Locale::Ru, Role::Marketer, template, &data);
            for action in [
                "/result\"",
                "/complete\"",
                "/absence\"",
                "/back\"",
                "action=\"/people\"",
                "action=\"/dial\"",
            ] {
                assert!(!html.contains(action), "{template} offers {action}");
            }
        }
    }
}

#[test]
fn each_language_says_why_in_its_own_words() {
    let pages = Pages::load().unwrap();
    let of = |locale, template: &str| {
        let screens = screens();
        let (_, data) = screens.iter().find(|(name, _)| *name == template).unwrap();
        rendered(&pages, locale, Role::Administrator, template, data)
    };
    assert!(of(Locale::Ru, "messages/page.html").contains("Тихие часы"));
    assert!(of(Locale::En, "messages/page.html").contains("Quiet hours"));
    assert!(of(Locale::Ru, "inputs/page.html").contains("Нет закрывающего тега"));
    assert!(of(Locale::En, "inputs/page.html").contains("no closing tag"));
}

#[test]
fn nothing_is_imported_without_a_branch_and_the_page_says_why() {
    let pages = Pages::load().unwrap();
    let of = |locale, data: &Value| -> (bool, String) {
        let html = rendered(&pages, locale, Role::Administrator, "imports/page.html", data);
        let form = html.split("data-upload").nth(1).unwrap();
        let form = form.split("</form>").next().unwrap();
        let (button, _) = form.split("<button").nth(1).unwrap().split_once('>').unwrap();
        (button.contains(" disabled"), form.to_owned())
    };
    for (locale, none, none_of_own) in [
        (Locale::En, "There is no branch yet", "You have no branch"),
        (Locale::Ru, "Филиалов ещё нет", "У вас нет филиала"),
    ] {
        let mut data =
            json!({ "kinds": ["contacts"], "any_branch": true, "largest": 1_048_576, "piece": 1024 });
        let (is_disabled, form) = of(locale, &data);
        assert!(!is_disabled && !form.contains("no-branch"), "{form}");
        for (any, said) in [(false, none), (true, none_of_own)] {
            (data["branch_ids"], data["any_branch"]) = (json!([]), json!(any));
            let (is_disabled, form) = of(locale, &data);
            assert!(is_disabled, "{form}");
            assert!(
                form.contains("aria-describedby=\"no-branch\"") && form.contains(said),
                "{form}"
            );
            assert!(form.contains("id=\"no-branch\""), "{form}");
        }
    }
}
