//! Every real ADF document among the samples becomes a lead or is kept as rejected; none is lost, none is an error.

use std::path::PathBuf;

use e2e::{System, binaries::repository};

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("EDINA_SAMPLES").map(PathBuf::from);
    let folder = named
        .unwrap_or_else(|| repository().join("../shared/samples"))
        .join("adf");
    folder.is_dir().then_some(folder)
}

#[tokio::test]
async fn every_sample_is_taken_or_kept() {
    let Some(folder) = folder() else {
        return eprintln!("SKIPPED: no samples: EDINA_SAMPLES names no folder with adf/ in it");
    };
    let system = System::shared().await;
    let (api, key) = (system.api(), system.group().key("adf").to_owned());
    let mut taken = 0;
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let answer = api.adf(&key, std::fs::read(&path).unwrap()).await.unwrap();
        seen += 1;
        let leads = answer.body["leads"].as_array().map_or(0, Vec::len);
        taken += usize::from(leads > 0);
        let kept = answer.body.get("input_id").is_some() || answer.body.get("rejected").is_some();
        assert!(
            answer.status == 202 || (answer.status.is_client_error() && kept),
            "{}: {answer:?}",
            path.display()
        );
        assert!(leads > 0 || kept, "{}: {answer:?}", path.display());
    }
    assert!(taken * 2 > seen, "only {taken} of {seen} became leads");
}
