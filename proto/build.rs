//! Compiles the contracts with protox, so that no protoc is needed on the machine.
use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const PACKAGES: [&str; 6] = [
    "common",
    "directory",
    "gateway",
    "intake",
    "notification",
    "registry",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=edina");
    let mut files = vec![
        "edina/calls/v1/service.proto".to_owned(),
        "edina/calls/v1/events.proto".to_owned(),
    ];
    for package in PACKAGES {
        for entry in fs::read_dir(format!("edina/{package}/v1"))? {
            files.push(format!(
                "edina/{package}/v1/{}",
                entry?.file_name().to_string_lossy()
            ));
        }
    }
    files.sort();
    let descriptors = protox::compile(&files, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Served by gRPC reflection.
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
