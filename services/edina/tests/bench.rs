//! The bench measures what it says: a tiny run of every scenario loses nothing. How long things take is not looked at.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::Value;

/// Everything that was measured, as a program reads it.
fn tiny_run() -> Value {
    let run = Command::new(env!("CARGO_BIN_EXE_edina"))
        .args(["bench", "all", "--json", "--seconds", "1", "--concurrency", "2"])
        .args(["--cards", "100", "--calls", "2"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}\n{errors}", run.status);
    serde_json::from_slice(&run.stdout).unwrap()
}

fn count(scenario: &Value, what: &str) -> i64 {
    let counts = scenario["counts"].as_array().unwrap();
    let found = counts.iter().find(|count| count[0] == what);
    found.unwrap_or_else(|| panic!("no count of {what}"))[1]
        .as_i64()
        .unwrap()
}

#[test]
fn a_tiny_run_of_everything_loses_nothing() {
    let report = tiny_run();
    let scenarios = report["scenarios"].as_array().unwrap();
    let names: Vec<&str> = scenarios
        .iter()
        .map(|scenario| scenario["scenario"].as_str().unwrap())
        .collect();
    let [intake, lookup, search, _resolve, pop] = scenarios.as_slice() else {
        panic!("{names:?}");
    };
    for stage in scenarios.iter().flat_map(|scenario| {
        let stages = scenario["stages"].as_array().unwrap();
        stages.iter().chain(scenario["floors"].as_array().unwrap())
    }) {
        // A screen pop is live or nothing: one that a slow machine lets pass is counted by the bench, and is no fault.
        if stage["name"] == "calls, from the first ring to everything recorded" {
            assert!(stage["failed"].as_u64() < stage["operations"].as_u64(), "{stage}");
        } else {
            assert_eq!(stage["failed"], 0, "{stage}");
        }
        assert!(stage["operations"].as_u64().unwrap() > 0, "{stage}");
    }
    for scenario in scenarios {
        assert_eq!(scenario["memory"].as_array().unwrap().len(), 7, "{scenario}");
        assert!(!scenario["aims"].as_array().unwrap().is_empty(), "{scenario}");
    }

    let leads = count(intake, "leads");
    assert_eq!(count(intake, "leads posted (refused ones included)"), leads);
    assert_eq!(count(intake, "leads without a card"), 0);
    assert_eq!(count(intake, "leads without a seller"), 0);
    assert_eq!(count(intake, "messages to clients"), leads);
    assert_eq!(count(intake, "messages to sellers"), leads);
    assert_eq!(count(intake, "messages not sent"), 0);
    assert_eq!(count(intake, "events that could not be applied"), 0);

    for (scenario, kinds) in [(lookup, 2), (search, 9)] {
        assert_eq!(
            scenario["stages"].as_array().unwrap().len(),
            kinds * 2,
            "{scenario}"
        );
        assert!(
            scenario["scenario"].as_str().unwrap().contains("100 cards"),
            "{scenario}"
        );
    }

    let played = count(pop, "calls played, warm-up included");
    assert_eq!(count(pop, "calls recorded"), played);
    assert_eq!(count(pop, "events that could not be applied"), 0);
}
