//! Every rpc of the four services with no caller, with forged ones, and as another group.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Buf as _, BufMut as _, Bytes};
use e2e::{Service, System};
use edina_runtime::{
    caller::{Caller, CallerKey, METADATA_KEY},
    clock::{self, ManualClock},
    grpc,
};
use prost::Message as _;
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use crate::{
    rpcs::{Foreign, Rpc, rpcs},
    world::{World, run, world},
};

/// Messages as the bytes they are.
#[derive(Debug, Default, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length)))
    }
}

fn service(path: &str) -> Service {
    match path.split('.').nth(1) {
        Some("calls") => Service::Calls,
        Some("intake") => Service::Intake,
        Some("notification") => Service::Notification,
        _ => Service::Registry,
    }
}

fn channel(world: &World, path: &str) -> Channel {
    grpc::channel(&format!("http://{}", world.system.listens(service(path)).grpc)).unwrap()
}

async fn call(channel: Channel, rpc: &Rpc, caller: Option<&str>) -> Result<Bytes, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let mut request = Request::new(Bytes::from(rpc.request.clone()));
    if let Some(caller) = caller {
        request
            .metadata_mut()
            .insert(METADATA_KEY, caller.parse().unwrap());
    }
    let reply = client.unary(request, rpc.path.parse().unwrap(), Raw).await?;
    Ok(reply.into_inner())
}

fn signed(key: &CallerKey, caller: &Caller) -> String {
    let request = key.request(caller, ());
    request
        .metadata()
        .get(METADATA_KEY)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn every_rpc_of_the_descriptors_stands_in_the_table() {
    run(async || {
        let set = prost_types::FileDescriptorSet::decode(edina_proto::DESCRIPTORS).unwrap();
        let mut described = BTreeSet::new();
        for file in set.file {
            for service in &file.service {
                for method in &service.method {
                    described.insert(format!(
                        "/{}.{}/{}",
                        file.package(),
                        service.name(),
                        method.name()
                    ));
                }
            }
        }
        let written: BTreeSet<String> = rpcs(world().await)
            .iter()
            .map(|rpc| rpc.path.to_owned())
            .collect();
        let missing: Vec<_> = described.symmetric_difference(&written).collect();
        assert!(missing.is_empty(), "in one of the two only: {missing:?}");
        assert!(described.len() > 40);
    });
}

#[test]
fn no_rpc_answers_without_a_caller_or_to_a_forged_one() {
    run(async || {
        let world = world().await;
        let ours = System::administrator(&"main".parse().unwrap());
        let right = signed(&world.system.caller_key(), &ours);
        let (body, signature) = right.split_once('.').unwrap();
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
        let moved = URL_SAFE_NO_PAD.encode(claims.replace("\"main\"", "\"polyus\""));
        let long_ago = ManualClock::at(clock::system().now() - chrono::Duration::minutes(5));
        let later = ManualClock::at(clock::system().now() + chrono::Duration::minutes(5));
        let key = |secret: &str| CallerKey::new(&secret.into(), clock::system());
        let forged = [
            ("no caller", None),
            ("an empty caller", Some(String::new())),
            ("no token at all", Some("administrator".to_owned())),
            ("another key", Some(signed(&key("another key"), &ours))),
            ("an empty key", Some(signed(&key(""), &ours))),
            ("no signature", Some(format!("{body}."))),
            (
                "half a signature",
                Some(format!("{body}.{}", signature.get(..20).unwrap())),
            ),
            (
                "another group under our signature",
                Some(format!("{moved}.{signature}")),
            ),
            (
                "signed long ago",
                Some(signed(&world.system.caller_key_at(long_ago), &ours)),
            ),
            (
                "signed in the future",
                Some(signed(&world.system.caller_key_at(later), &ours)),
            ),
        ];
        let mut wrong = Vec::new();
        for rpc in rpcs(world) {
            let channel = channel(world, rpc.path);
            for (what, caller) in &forged {
                let outcome = call(channel.clone(), &rpc, caller.as_deref()).await;
                if outcome.as_ref().err().map(Status::code) != Some(Code::Unauthenticated) {
                    wrong.push(format!("{} with {what}: {outcome:?}", rpc.path));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn another_groups_caller_gets_nothing_of_ours() {
    run(async || {
        let world = world().await;
        let theirs = System::administrator(&"polyus".parse().unwrap());
        let key = world.system.caller_key();
        let mut wrong = Vec::new();
        for rpc in rpcs(world) {
            let outcome = call(channel(world, rpc.path), &rpc, Some(&signed(&key, &theirs))).await;
            let fine = match (rpc.foreign, &outcome) {
                (Foreign::NotFound, Err(status)) => status.code() == Code::NotFound,
                (Foreign::NotFound, Ok(_)) => false,
                (Foreign::Own, Err(status)) => {
                    ![Code::Internal, Code::Unknown, Code::Unavailable].contains(&status.code())
                        && !status.message().contains(&world.secret_name)
                }
                (Foreign::Own, Ok(reply)) => {
                    let told = |text: &str| reply.windows(text.len()).any(|part| part == text.as_bytes());
                    !told(&world.secret_name) && !world.ids.values().any(|id| told(id))
                }
            };
            if !fine {
                wrong.push(format!("{}: {outcome:?}", rpc.path));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
