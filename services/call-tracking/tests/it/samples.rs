//! Every sample of the folder named by `EDINA_SAMPLES`: nothing panics, every call ends, the result is consistent.

use std::path::Path;

use call_tracking::ami::event::Event;
use call_tracking::ami::message::Message;
use call_tracking::call::{LiveList, NumberingPlan};

use crate::feed::{Fed, check_consistent, events};

fn read(path: &Path) -> Vec<Event> {
    let bytes = std::fs::read(path).expect("a readable sample");
    if path.extension().is_some_and(|e| e == "json") {
        let list: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_slice(&bytes).expect("a list of events");
        let message = |map: serde_json::Map<String, serde_json::Value>| {
            let text = |v: serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            Message::from_fields(map.into_iter().map(|(k, v)| (k, text(v))).collect())
        };
        list.into_iter()
            .map(|map| Event::read(&message(map)))
            .filter(|e| *e != Event::Other)
            .collect()
    } else {
        events(&bytes)
    }
}

fn plan_for(path: &Path) -> NumberingPlan {
    if path.to_string_lossy().contains("voipgrid") {
        let trunks = [
            "voipgrid-siproute-docker",
            "voipgrid-siproute-acc",
            "voipgrid-siproute-dev",
        ];
        NumberingPlan::new(r"^\d{3}$", trunks.map(str::to_owned).to_vec()).expect("a valid pattern")
    } else {
        NumberingPlan::default()
    }
}

#[test]
fn every_sample_gives_whole_calls() {
    let Some(folder) = std::env::var_os("EDINA_SAMPLES") else {
        eprintln!("EDINA_SAMPLES is not set: only the captures that ship with the tree were followed");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&folder).join("ami"))
        .expect("a folder ami in EDINA_SAMPLES")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "raw" || e == "json"))
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "no samples in {}",
        Path::new(&folder).display()
    );
    for file in files {
        let mut fed = Fed::new(plan_for(&file)).all(&read(&file));
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        assert!(!fed.updates.is_empty(), "{name}: a call is seen");
        // A capture may stop in mid-call; the PBX then says that nothing is live.
        let ended = fed.tracker.resync(&LiveList::default(), fed.now);
        fed.updates.extend(ended);
        println!("{name}: {} | {:?}", fed.story().join(", "), fed.last());
        assert_eq!(fed.tracker.live_count(), 0, "{name}: every call ends");
        check_consistent(&fed.updates);
    }
}
