//! A missed call asks for a callback: one task, with an owner, ended by the call that reaches the client.

use call_tracking::replay::Kind;
use chrono::Duration;
use edina_proto::{
    calls::v1::{CompleteTaskRequest, TaskDone, TaskDue},
    registry::v1::AssignOwnerRequest,
};
use edina_runtime::clock::{ManualClock, system};

use crate::world::{self, Office, until};

#[test]
fn two_misses_are_one_task_of_the_operator_until_the_client_is_reached() {
    world::run(async || {
        let office = Office::open().await;
        let first = office.play(Kind::QueueAbandoned).await;
        let first = office.settled(&first).await;
        until("the task has an owner", async || {
            office
                .tasks()
                .await
                .iter()
                .any(|task| !task.owner_employee_id.is_empty())
        })
        .await;
        let task = office.tasks().await.remove(0);
        assert_eq!(
            (task.owner_employee_id.as_str(), task.number.as_str()),
            ("e-201", "+79161234567")
        );
        assert_eq!(
            (&task.client_id, &task.call_id),
            (&first.client_id, &first.call_id)
        );
        let second = office.play(Kind::DirectNoAnswer).await;
        office
            .call_when(&second, "joined the task", |call| call.task_id == task.task_id)
            .await;
        // A try that does not reach the client ends nothing.
        let tried = office.play(Kind::OutboundNoAnswer).await;
        office.settled(&tried).await;
        assert_eq!(office.tasks().await.len(), 1);
        let reached = office.play(Kind::Outbound).await;
        office.settled(&reached).await;
        until("the task is done", async || {
            office.tasks().await[0].done_at.is_some()
        })
        .await;
        assert_eq!(office.tasks().await[0].done_by, "called_back");
        assert_eq!(
            office
                .until_fact::<TaskDone>(&task.task_id)
                .await
                .actor_employee_id,
            "e-201"
        );
        // Another miss after that is another task.
        let later = office.play(Kind::QueueAbandoned).await;
        office
            .call_when(&later, "a new task", |call| {
                !call.task_id.is_empty() && call.task_id != task.task_id
            })
            .await;
    });
}

#[test]
fn the_clients_own_seller_calls_back() {
    world::run(async || {
        let office = Office::open().await;
        let client_id = office.known("Громов Олег", world::CLIENT).await;
        let own = AssignOwnerRequest {
            client_id,
            department: "sales".into(),
            employee_id: "e-203".into(),
            branch_id: "kazan".into(),
            only_if_absent: false,
        };
        office.registry().assign_owner(office.ask(own)).await.unwrap();
        office.play(Kind::QueueTimeout).await;
        until("the owner has the task", async || {
            office
                .tasks()
                .await
                .iter()
                .any(|task| task.owner_employee_id == "e-203")
        })
        .await;
        let asked = CompleteTaskRequest {
            task_id: office.tasks().await[0].task_id.clone(),
            note: "дозвонился".into(),
        };
        let done = office
            .client()
            .complete_task(office.ask(asked))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(done.done_by, "done");
    });
}

#[test]
fn a_task_that_nobody_does_is_due_once() {
    world::run(async || {
        let clock = ManualClock::at(system().now());
        let office = Office::on_clock("call_tracking_due", clock.clone()).await;
        office.play(Kind::QueueAbandoned).await;
        until("the task", async || office.tasks().await.len() == 1).await;
        let task = office.tasks().await.remove(0);
        assert!(!task.overdue);
        clock.advance(Duration::minutes(16));
        let due = office.until_fact::<TaskDue>(&task.task_id).await;
        assert_eq!(due.call_id, task.call_id);
        // A second task later: when its deadline was announced, a repeat of the first would have been.
        office.play_from(Kind::QueueAbandoned, "89031112233").await;
        until("the second task", async || office.tasks().await.len() == 2).await;
        let second = office
            .tasks()
            .await
            .into_iter()
            .find(|other| other.task_id != task.task_id)
            .unwrap();
        clock.advance(Duration::minutes(16));
        office.until_fact::<TaskDue>(&second.task_id).await;
        assert_eq!(office.facts::<TaskDue>(&task.task_id).len(), 1);
    });
}
