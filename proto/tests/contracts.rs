//! Contracts may grow; what was once published may not change. `proto/contracts.txt` says what was published.
//!
//! After adding fields, messages or calls: `EDINA_SEAL=1 cargo test -p edina-proto --test contracts` writes them into it.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{collections::BTreeSet, fs, path::Path};

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

fn message(lines: &mut BTreeSet<String>, prefix: &str, message: &DescriptorProto) {
    let name = format!("{prefix}.{}", message.name());
    lines.insert(format!("message {name}"));
    for field in &message.field {
        let kind = match field.r#type() {
            Type::Message | Type::Enum => field.type_name().trim_start_matches('.').to_owned(),
            scalar => scalar.as_str_name().to_owned(),
        };
        let many = if field.label() == Label::Repeated {
            "repeated "
        } else {
            ""
        };
        lines.insert(format!(
            "field {name} {} {} {many}{kind}",
            field.number(),
            field.name()
        ));
    }
    for inner in &message.nested_type {
        self::message(lines, &name, inner);
    }
    for inner in &message.enum_type {
        enumeration(lines, &name, inner);
    }
}

fn enumeration(lines: &mut BTreeSet<String>, prefix: &str, kinds: &EnumDescriptorProto) {
    for value in &kinds.value {
        lines.insert(format!(
            "enum {prefix}.{} {} {}",
            kinds.name(),
            value.number(),
            value.name()
        ));
    }
}

/// Every message, field, enumeration value and call of our packages, one line each.
fn present() -> BTreeSet<String> {
    let files = FileDescriptorSet::decode(edina_proto::DESCRIPTORS).unwrap();
    let mut lines = BTreeSet::new();
    for file in files
        .file
        .iter()
        .filter(|file| file.package().starts_with("edina."))
    {
        for one in &file.message_type {
            message(&mut lines, file.package(), one);
        }
        for one in &file.enum_type {
            enumeration(&mut lines, file.package(), one);
        }
        for service in &file.service {
            for call in &service.method {
                lines.insert(format!(
                    "call {}.{}/{} {}{} -> {}{}",
                    file.package(),
                    service.name(),
                    call.name(),
                    if call.client_streaming() { "stream " } else { "" },
                    call.input_type().trim_start_matches('.'),
                    if call.server_streaming() { "stream " } else { "" },
                    call.output_type().trim_start_matches('.'),
                ));
            }
        }
    }
    for fact in edina_proto::fact::ALL_TYPES {
        lines.insert(format!("fact {fact}"));
    }
    lines
}

#[test]
fn nothing_published_has_changed_or_gone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts.txt");
    let present = present();
    if std::env::var("EDINA_SEAL").is_ok_and(|word| word == "1") {
        let text: Vec<&str> = present.iter().map(String::as_str).collect();
        fs::write(&path, text.join("\n") + "\n").unwrap();
    }
    let published = fs::read_to_string(&path).expect("proto/contracts.txt");
    let published: BTreeSet<String> = published.lines().map(str::to_owned).collect();
    let gone: Vec<&String> = published.difference(&present).collect();
    assert!(
        gone.is_empty(),
        "published contracts may only grow; a breaking change is a new version beside the old. Gone or changed:\n{gone:#?}"
    );
    let new = present.difference(&published).count();
    if new > 0 {
        println!("{new} new lines are not yet in proto/contracts.txt: see the head of this file");
    }
}

#[test]
fn field_numbers_and_fact_types_are_used_once() {
    let mut numbers = BTreeSet::new();
    for line in present().iter().filter(|line| line.starts_with("field ")) {
        let words: Vec<&str> = line.split(' ').collect();
        assert!(
            numbers.insert((words[1].to_owned(), words[2].to_owned())),
            "{line}"
        );
    }
    let facts: BTreeSet<&&str> = edina_proto::fact::ALL_TYPES.iter().collect();
    assert_eq!(facts.len(), edina_proto::fact::ALL_TYPES.len());
}
