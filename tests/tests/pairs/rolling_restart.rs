//! Every copy of every service is stopped in order and started again, one after the other, under a steady load.

use crate::{books, load::Steady, stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_every_request_is_answered() {
    let system = stage::pair().await;
    stage::reader(&system).await;
    let steady = Steady::begin(&system);
    for copy in system.instances() {
        let code = system.stop(copy).await;
        assert_eq!(
            code,
            0,
            "{} did not stop in order: {}",
            copy.name(),
            system.log(copy)
        );
        system.restart(copy).await;
        println!("{} was restarted", copy.name());
    }
    let taken = steady.end().await;
    println!(
        "{} leads, {} calls, {} lookups",
        taken.leads.lock().unwrap().len(),
        taken.calls.lock().unwrap().len(),
        taken.lookups.load(std::sync::atomic::Ordering::Relaxed)
    );
    books::balance(&system, &taken).await;
    taken.all_answered();
}
