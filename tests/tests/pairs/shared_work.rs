//! 200 leads and 60 calls for two copies of everything: each effect once, and both copies had a part in it.

use std::{sync::Arc, time::Duration};

use e2e::Service;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{books, load, said_once, stage};

const LEADS: usize = 200;
const CALLS: usize = 60;
/// What two copies of everything answer at once beside the other journeys on two cores: more would be turned away.
const AT_ONCE: usize = 6;

/// What shows that a copy worked: service, metric, label.
const WORK: [(Service, &str, &str); 8] = [
    (Service::Intake, "edina_intake_leads_total", ""),
    (Service::Intake, "edina_jobs_total", "ok=\"true\""),
    (Service::Registry, "edina_registry_resolved_total", ""),
    (Service::Registry, "edina_events_consumed_total", "first=\"true\""),
    (Service::Calls, "edina_jobs_total", "ok=\"true\""),
    (
        Service::Notification,
        "edina_events_consumed_total",
        "first=\"true\"",
    ),
    (Service::Notification, "edina_jobs_total", "ok=\"true\""),
    (
        Service::Gateway,
        "edina_http_request_duration_seconds_count",
        "status=\"2xx\"",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_copies_share_the_work_and_do_nothing_twice() {
    let system = stage::pair().await;
    let taken = Arc::<load::Taken>::default();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut going = JoinSet::new();
    for number in 0..LEADS + CALLS {
        let (system, taken, places) = (Arc::clone(&system), Arc::clone(&taken), Arc::clone(&places));
        going.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            if number % 13 < 3 {
                load::call(&system, number, Duration::from_millis(200), &taken).await;
            } else {
                // A client of its own: connections, not requests, are spread over the copies.
                let service = if number.is_multiple_of(2) {
                    Service::Intake
                } else {
                    Service::Gateway
                };
                let address = system.reached(service).http;
                let api = e2e::api::Api::new(&format!("http://{address}"), &system.group().token);
                load::lead(&system, &api, number, &taken).await;
            }
        });
    }
    going.join_all().await;
    taken.all_answered();
    assert_eq!(
        taken.leads.lock().unwrap().len() + taken.calls.lock().unwrap().len(),
        LEADS + CALLS
    );
    books::balance(&system, &taken).await;
    said_once::clocks_run_out(&system).await;
    assert_eq!(stage::readers(&system).await.len(), 1, "one copy reads the PBX");
    for (service, name, label) in WORK {
        let mut parts = Vec::new();
        for number in 0..2 {
            parts.push(system.metric(service.copy(number), name, label).await);
        }
        println!("{}: {name} {label}: {parts:?}", service.name());
        assert!(
            parts.iter().all(|part| *part > 0.0),
            "{}: one copy did all the work: {name} {parts:?}",
            service.name()
        );
    }
}
