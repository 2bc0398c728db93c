//! Who gets a lead: the client's owner, else the next present seller, else whoever comes.

use edina_proto::{
    directory::v1::Absence,
    intake::v1::{AssignLeadRequest, LeadAssigned},
    registry::v1::{AssignOwnerRequest, GetCardRequest},
};

use crate::support::{self, Group, id, one, seller, until};

async fn owner_of(group: &Group, lead_id: &str) -> String {
    group
        .lead_when(lead_id, "assigned", |lead| !lead.owner_employee_id.is_empty())
        .await
        .owner_employee_id
}

fn away(number: u128) -> edina_proto::directory::v1::Employee {
    let absence = Absence {
        from: "2020-01-01T00:00:00Z".into(),
        to: "2099-01-01T00:00:00Z".into(),
        ..Default::default()
    };
    edina_proto::directory::v1::Employee {
        absences: vec![absence],
        ..seller(number)
    }
}

#[test]
fn turns_go_round_the_present_and_the_owner_comes_first() {
    support::run(async |group| {
        group.people(1, vec![seller(11), away(12), seller(13)]).await;
        let key = group.source("portal", "adf").await;
        let mut owners = Vec::new();
        for number in 0..4 {
            let lead = group
                .take(
                    &key,
                    one(
                        "",
                        &format!("Имя{number} Фамилия{number}"),
                        &format!("8916000100{number}"),
                    ),
                )
                .await;
            owners.push(owner_of(&group, &lead[0]).await);
        }
        assert_eq!(owners, [id(11), id(13), id(11), id(13)]);

        // Whoever got the first lead owns the client: the second lead goes there, out of turn.
        let first = group
            .leads()
            .await
            .into_iter()
            .find(|lead| lead.contact_phones[0].ends_with("1001"))
            .unwrap();
        until("the owner in the registry", async || {
            let asked = GetCardRequest {
                client_id: first.client_id.clone(),
            };
            let card = group
                .registry()
                .get_card(group.ask(asked))
                .await
                .unwrap()
                .into_inner();
            card.owners.iter().any(|owner| owner.employee_id == id(13))
        })
        .await;
        let again = group
            .take(
                &key,
                one("", "Имя1 Фамилия1", "+7 916 000-10-01").replace("Vesta", "Granta"),
            )
            .await;
        assert_eq!(owner_of(&group, &again[0]).await, id(13));
        // The owner leaves: the next lead goes by turn.
        group.people(2, vec![seller(11), away(13)]).await;
        let later = group
            .take(
                &key,
                one("", "Имя1 Фамилия1", "+7 916 000-10-01").replace("Vesta", "Niva"),
            )
            .await;
        until("given to the one who is there", async || {
            owner_of(&group, &later[0]).await == id(11)
        })
        .await;
    });
}

#[test]
fn a_lead_that_nobody_could_take_is_given_when_somebody_comes() {
    support::run(async |group| {
        group.people(1, vec![away(11)]).await;
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        group
            .lead_when(&leads[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        assert!(group.lead(&leads[0]).await.owner_employee_id.is_empty());
        group.people(2, vec![seller(11)]).await;
        assert_eq!(owner_of(&group, &leads[0]).await, id(11));
        assert_eq!(facts.until::<LeadAssigned>(1).await.len(), 1);
    });
}

#[test]
fn a_person_gives_a_lead_to_somebody_the_directory_knows() {
    support::run(async |group| {
        group.people(1, vec![seller(11), seller(12)]).await;
        let facts = group.facts().await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        owner_of(&group, &leads[0]).await;
        let give = |employee: &str| AssignLeadRequest {
            lead_id: leads[0].clone(),
            employee_id: employee.into(),
        };
        let refused = group
            .client()
            .assign_lead(group.ask(give("nobody")))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        group
            .client()
            .assign_lead(group.ask(give(&id(12))))
            .await
            .unwrap();
        let said = facts.until::<LeadAssigned>(2).await;
        assert_eq!(
            (said[1].why.as_str(), said[1].previous_employee_id.as_str()),
            ("by_hand", id(11).as_str())
        );
    });
}

#[test]
fn the_lead_of_a_missed_call_goes_to_the_clients_owner() {
    support::run(async |group| {
        group.people(1, vec![seller(11), seller(12)]).await;
        let key = group.source("portal", "adf").await;
        let leads = group.take(&key, one("", "Анна Серова", "89161234567")).await;
        let lead = group
            .lead_when(&leads[0], "resolved", |lead| !lead.client_id.is_empty())
            .await;
        let own = AssignOwnerRequest {
            client_id: lead.client_id.clone(),
            department: "sales".into(),
            employee_id: id(12),
            branch_id: id(support::BRANCH),
            only_if_absent: false,
        };
        group.registry().assign_owner(group.ask(own)).await.unwrap();
        crate::dealing::lose(&group, &leads[0]).await;
        crate::answering::miss(&group, uuid::Uuid::now_v7(), &lead.client_id).await;
        until("a lead from the call", async || group.leads().await.len() == 2).await;
        let called = group
            .leads()
            .await
            .into_iter()
            .find(|lead| lead.channel == "call")
            .unwrap();
        assert_eq!(owner_of(&group, &called.lead_id).await, id(12));
    });
}
