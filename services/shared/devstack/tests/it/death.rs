//! Servers end with the process that started them, in whatever way that one ends.

use edina_devstack::DevStack;
use rustix::process::{Pid, Signal, kill_process};

use crate::probe::{Program, assert_serves, config, count, eventually, execute, lives, program};

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

#[tokio::test]
async fn sigkill_of_the_parent_takes_both_servers_along() {
    let data = tempfile::tempdir().unwrap();
    let mut running = Program::start(program(data.path()));
    let (postgres, nats) = (running.ready.postgres_pid, running.ready.nats_pid);
    assert!(lives(postgres) && lives(nats));
    execute(&running.ready.postgres_url, "create table kept as select 1 as n").await;

    running.child.kill().unwrap();
    running.child.wait().unwrap();
    eventually("the end of PostgreSQL", || !lives(postgres));
    eventually("the end of NATS", || !lives(nats));

    let stack = DevStack::start(config(data.path())).await.unwrap();
    assert_eq!(
        count(&stack.postgres_url("postgres"), "select count(*) from kept").await,
        1
    );
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_right_after_sigkill_does_not_wait_for_anybody() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut running = Program::start(program(data.path()));
        running.child.kill().unwrap();
        running.child.wait().unwrap();
    }
    let stack = DevStack::start(config(data.path())).await.unwrap();
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn orphans_without_a_guard_are_recognised_and_stopped_first() {
    let data = tempfile::tempdir().unwrap();
    let mut running = Program::start(program(data.path()));
    let (postgres, nats) = (running.ready.postgres_pid, running.ready.nats_pid);
    // Guards die too, as after `kill -9` of everything with our name.
    let guards = children(running.child.id());
    let guards: Vec<_> = guards
        .into_iter()
        .filter(|pid| *pid != postgres && *pid != nats)
        .collect();
    assert_eq!(guards.len(), 2);
    for pid in &guards {
        signal(*pid, Signal::KILL);
    }
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    assert!(lives(postgres) && lives(nats), "the test wants orphans");

    let stack = DevStack::start(config(data.path())).await.unwrap();
    assert!(!lives(postgres) && !lives(nats));
    assert_serves(&stack).await;
    stack.stop().await.unwrap();
}

#[tokio::test]
async fn sigterm_and_a_closed_input_end_the_program_in_order() {
    let data = tempfile::tempdir().unwrap();
    let mut running = Program::start(program(data.path()));
    signal(running.child.id(), Signal::TERM);
    assert!(running.child.wait().unwrap().success());
    assert!(!lives(running.ready.postgres_pid) && !lives(running.ready.nats_pid));

    let mut running = Program::start(program(data.path()));
    drop(running.child.stdin.take());
    assert!(running.child.wait().unwrap().success());
    assert!(!lives(running.ready.postgres_pid) && !lives(running.ready.nats_pid));
}

#[tokio::test]
async fn dropping_a_stack_stops_its_servers() {
    let data = tempfile::tempdir().unwrap();
    let stack = DevStack::start(config(data.path())).await.unwrap();
    let (postgres, nats) = (stack.postgres_pid().unwrap(), stack.nats_pid().unwrap());
    drop(stack);
    eventually("the end of PostgreSQL", || !lives(postgres));
    eventually("the end of NATS", || !lives(nats));
}

fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{parent}/task")).unwrap() {
        let text = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap();
        found.extend(text.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
    }
    found
}
