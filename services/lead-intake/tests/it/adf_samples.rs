//! Real documents of others, read from `$EDINA_SAMPLES`, each of which names a client who can be reached.

use std::path::PathBuf;

use lead_intake::channel::adf;

#[expect(
    clippy::print_stdout,
    reason = "whoever runs the tests must see what was left out"
)]
pub(crate) fn samples() -> Option<PathBuf> {
    let found = std::env::var_os("EDINA_SAMPLES").map(PathBuf::from);
    if found.is_none() {
        println!("EDINA_SAMPLES is not set: the collected samples were not read");
    }
    found
}

#[test]
fn every_sample_yields_a_reachable_client() {
    let Some(folder) = samples() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.join("adf")).expect("the folder adf is among the samples") {
        let path = entry.expect("the folder can be listed").path();
        let results = adf::read(
            &std::fs::read(&path).expect("a sample can be read"),
            &adf::AdfOptions::default(),
        );
        let leads: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
        assert!(!leads.is_empty(), "{}: {results:?}", path.display());
        for lead in leads {
            assert!(
                lead.contact.is_reachable() && !lead.contact.name.is_empty(),
                "{}: {lead:?}",
                path.display()
            );
            println!("{}: {lead:?}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 0, "no sample was found");
}
