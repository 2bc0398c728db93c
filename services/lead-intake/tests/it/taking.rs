//! Leads are taken, resolved and announced; the same input again is the same lead.

use chrono::Duration;
use edina_proto::intake::v1::{InputRejected, LeadAssigned, LeadReceived, LeadResolved};
use edina_proto::registry::v1::GetCardRequest;
use edina_runtime::clock::{ManualClock, system};

use crate::support::{self, Answer, document, one, prospect, seller, until};

#[test]
fn an_adf_document_becomes_a_resolved_and_assigned_lead() {
    support::run(async |group| {
        group.people(1, vec![seller(11)]).await;
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let leads = group
            .take(&key, one("A-1", "Анна Серова", "8 (916) 123-45-67"))
            .await;
        let lead = group.lead_when(&leads[0], "resolved and assigned", |lead| {
            !lead.client_id.is_empty() && !lead.owner_employee_id.is_empty()
        });
        let lead = lead.await;
        assert_eq!(
            (lead.resolution.as_str(), lead.status.as_str(), lead.arrivals),
            ("resolved", "open", 1)
        );
        assert_eq!(lead.owner_employee_id, support::id(11));
        let received = &facts.until::<LeadReceived>(1).await[0];
        assert_eq!(
            (received.lead_id.as_str(), received.source_name.as_str()),
            (leads[0].as_str(), "portal")
        );
        assert_eq!((received.topic.as_str(), received.version), ("buy", 1));
        assert_eq!(facts.until::<LeadResolved>(1).await[0].client_id, lead.client_id);
        assert_eq!(facts.until::<LeadAssigned>(1).await[0].why, "in_turn");

        let (fact, headers) = facts.first::<LeadReceived>().unwrap();
        let header = |name: &str| {
            headers
                .get(name)
                .map(|value| value.as_str().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(
            fact.subject,
            format!("edina.{}.intake.lead.received", group.caller.group)
        );
        assert_eq!(header("ce-id"), header("Nats-Msg-Id"));
        assert_eq!(header("ce-specversion"), "1.0");
        assert_eq!(header("ce-subject"), leads[0]);
        assert_eq!(fact.id.get_version_num(), 7);
        let said = format!("{:?} {headers:?}", fact.payload);
        assert!(
            !said.contains("9161234567") && !said.contains("Серова"),
            "personal data in a fact"
        );
    });
}

#[test]
fn an_unknown_key_is_refused() {
    support::run(async |group| {
        group
            .adf("no-such-key", one("", "Анна", "89161234567"))
            .await
            .is_problem(401);
        let without = group.post(
            "/intake/v1/adf",
            "application/xml",
            one("", "Анна", "89161234567"),
        );
        Answer::of(without).await.is_problem(401);
    });
}

#[test]
fn an_idempotency_key_is_one_lead_with_one_content() {
    support::run(async |group| {
        let key = group.source("portal", "adf").await;
        let path = format!("/intake/v1/adf?source={key}");
        let send = |content: String| {
            Answer::of(
                group
                    .post(&path, "application/xml", content)
                    .header("idempotency-key", "k-1"),
            )
        };
        let first = send(one("", "Анна Серова", "89161234567")).await;
        let again = send(one("", "Анна Серова", "89161234567")).await;
        assert_eq!((first.status, again.status), (202, 202));
        assert_eq!(first.leads(), again.leads());
        assert_eq!(again.body["leads"][0]["already_known"], true);
        assert_eq!(group.lead(&first.leads()[0]).await.arrivals, 2);
        send(one("", "Пётр Ким", "89030003344")).await.is_problem(422);
        // Not even a document that holds nothing is taken for the first one.
        send("<adf></adf>".into()).await.is_problem(422);
        assert_eq!(group.leads().await.len(), 1);
    });
}

#[test]
fn a_key_stays_good_when_its_lead_was_known_under_another_content() {
    support::run(async |group| {
        let key = group.source("portal", "adf").await;
        group.take(&key, one("A-1", "Анна Серова", "89161234567")).await;
        let path = format!("/intake/v1/adf?source={key}");
        // The sender added a patronymic: the same lead by its number, another fingerprint.
        let send = || {
            let content = one("A-1", "Анна Игоревна Серова", "89161234567");
            Answer::of(
                group
                    .post(&path, "application/xml", content)
                    .header("idempotency-key", "k-2"),
            )
        };
        assert_eq!((send().await.status, send().await.status), (202, 202));
        assert_eq!(group.leads().await[0].arrivals, 3);
    });
}

#[test]
fn the_senders_own_number_is_one_lead_unless_it_is_everybodys() {
    support::run(async |group| {
        let key = group.source("portal", "adf").await;
        let first = group.take(&key, one("A-1", "Анна Серова", "89161234567")).await;
        let again = group
            .take(&key, one("A-1", "Анна Серова-Ким", "89161234567"))
            .await;
        assert_eq!(first, again);
        let other = group.take(&key, one("A-1", "Пётр Ким", "89030003344")).await;
        assert_ne!(first, other);
        assert_eq!(group.leads().await.len(), 2);
    });
}

#[test]
fn the_same_content_is_one_lead_within_the_window_and_two_after_it() {
    support::run(async |group| {
        let clock = ManualClock::at(system().now());
        let group = group.world().on_clock("lead_intake_window", clock.clone()).await;
        let key = group.source("portal", "adf").await;
        let send = async || group.take(&key, one("", "Анна Серова", "89161234567")).await;
        let first = send().await;
        clock.advance(Duration::minutes(9));
        assert_eq!(send().await, first);
        clock.advance(Duration::minutes(2));
        assert_ne!(send().await, first);
    });
}

#[test]
fn sixteen_copies_at_once_are_one_lead() {
    support::run(async |group| {
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let sent = (0..16).map(|_| group.take(&key, one("", "Анна Серова", "89161234567")));
        let leads = futures::future::join_all(sent).await;
        assert!(leads.iter().all(|lead| *lead == leads[0]));
        assert_eq!(group.lead(&leads[0][0]).await.arrivals, 16);
        // The same people in another order, at the same time: nobody waits in a circle.
        let people: Vec<String> = (0..8)
            .map(|n| prospect(&format!("N-{n}"), &format!("Имя {n}"), &format!("8916000000{n}")))
            .collect();
        let turned: Vec<String> = people.iter().rev().cloned().collect();
        let sent = (0..8).map(|n| group.take(&key, document(if n % 2 == 0 { &people } else { &turned })));
        futures::future::join_all(sent).await;
        assert_eq!(group.leads().await.len(), 9);
        assert_eq!(facts.until::<LeadReceived>(9).await.len(), 9);
    });
}

#[test]
fn a_lead_is_taken_while_the_registry_is_away_and_resolved_when_it_is_back() {
    support::run(async |group| {
        let (group, address) = group.world().without_registry("lead_intake_away").await;
        group.people(1, vec![seller(11)]).await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("A-1", "Анна Серова", "89161234567")).await;
        assert_eq!(group.lead(&leads[0]).await.resolution, "pending");
        group.world().start_registry_at(address).await;
        group
            .lead_when(&leads[0], "resolved", |lead| lead.resolution == "resolved")
            .await;
    });
}

#[test]
fn a_lead_that_the_registry_cannot_use_is_still_given_to_somebody() {
    support::run(async |group| {
        group.people(1, vec![seller(11)]).await;
        let key = group.source("site", "form").await;
        let sent = group.post(
            &format!("/intake/v1/forms/{key}"),
            "application/json",
            r#"{"telegram":"@anna"}"#,
        );
        let answer = Answer::of(sent).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        group
            .lead_when(&answer.leads()[0], "assigned", |lead| {
                !lead.owner_employee_id.is_empty()
            })
            .await;
    });
}

#[test]
fn the_readable_leads_of_a_document_are_taken_and_the_rest_is_kept() {
    support::run(async |group| {
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let nobody =
            "<prospect><customer><contact><name part=\"full\">Никто</name></contact></customer></prospect>";
        let parts = [
            prospect("A-1", "Анна Серова", "89161234567"),
            nobody.to_owned(),
            prospect("A-3", "Пётр Ким", "89030003344"),
        ];
        let answer = group.adf(&key, document(&parts)).await;
        assert_eq!((answer.status, answer.leads().len()), (202, 2));
        assert_eq!(answer.body["rejected"].as_array().unwrap().len(), 1);
        until("the rejected part", async || {
            facts.of::<InputRejected>().len() == 1
        })
        .await;
        let rejected = crate::refusing::rejected(&group).await;
        assert_eq!(rejected.len(), 1);
        assert!(rejected[0].body_text.contains("Никто") && !rejected[0].body_text.contains("Серова"));
        assert!(!rejected[0].reason.is_empty() && !rejected[0].reason_ru.is_empty());

        // A correction that is still wrong replaces it; a right one ends it.
        let still = crate::refusing::resubmit(&group, &rejected[0].input_id, "<prospect></prospect>").await;
        assert!(still.lead_ids.is_empty() && !still.reason_ru.is_empty());
        let now = crate::refusing::rejected(&group).await;
        assert_eq!(
            (now.len(), now[0].input_id.as_str()),
            (1, still.input_id.as_str())
        );
        let corrected = crate::refusing::resubmit(
            &group,
            &still.input_id,
            &prospect("A-2", "Никто Новый", "89250001122"),
        )
        .await;
        assert_eq!(corrected.lead_ids.len(), 1);
        assert!(crate::refusing::rejected(&group).await.is_empty());
        assert_eq!(group.leads().await.len(), 3);
    });
}

#[test]
fn messengers_of_a_form_are_on_the_card() {
    support::run(async |group| {
        let key = group.source("site", "form").await;
        let sent = group.post(
            &format!("/intake/v1/forms/{key}"),
            "application/json",
            r#"{"name":"Анна Круглова","phone":"+7 903 111-22-33","telegram":"https://t.me/anna_k","whatsapp":"8 916 123-45-67"}"#,
        );
        let answer = Answer::of(sent).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let lead = group
            .lead_when(&answer.leads()[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        let asked = GetCardRequest {
            client_id: lead.client_id,
        };
        let card = group
            .registry()
            .get_card(group.ask(asked))
            .await
            .unwrap()
            .into_inner();
        let mut contacts: Vec<(&str, &str, &str)> = card
            .contacts
            .iter()
            .map(|contact| {
                (
                    contact.kind.as_str(),
                    contact.network.as_str(),
                    contact.value.as_str(),
                )
            })
            .collect();
        contacts.sort_unstable();
        assert_eq!(
            contacts,
            [
                ("messenger", "telegram", "anna_k"),
                ("messenger", "whatsapp", "+79161234567"),
                ("phone", "", "+79031112233"),
                ("phone", "", "+79161234567"),
            ]
        );
    });
}
