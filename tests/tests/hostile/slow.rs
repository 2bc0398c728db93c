//! Clients that never finish what they began, many of them, while others have work to do.

use std::time::Duration;

use e2e::{Service, System, people::Person};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::asking::{form, form_url};

const SLOW: usize = 150;
/// A trickle that never stops being one.
const DRIP: Duration = Duration::from_millis(200);

/// Sends the beginning, then a byte now and then until the other side has had enough; what was said meanwhile.
async fn trickle(system: &System, beginning: String) -> String {
    let stream = TcpStream::connect(system.listens(Service::Intake).http)
        .await
        .unwrap();
    let (mut read, mut write) = stream.into_split();
    write.write_all(beginning.as_bytes()).await.unwrap();
    let drip = tokio::spawn(async move {
        while write.write_all(b"a").await.is_ok() {
            tokio::time::sleep(DRIP).await;
        }
    });
    let mut said = Vec::new();
    let ended = tokio::time::timeout(e2e::patience::patience(), read.read_to_end(&mut said)).await;
    drip.abort();
    ended.expect("the listener ends it").ok();
    String::from_utf8_lossy(&said).into_owned()
}

/// Needs a system whose deadlines are short.
pub async fn slow_clients_are_ended_and_hold_up_nobody(system: &System) {
    let path = form_url(system, system.group().key("site"));
    let path = path
        .split_once("/intake")
        .map(|(_, path)| format!("/intake{path}"))
        .unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nx-slow: ");
    let body = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\n"
    );
    let heads = futures::future::join_all((0..SLOW).map(|_| trickle(system, head.clone())));
    // Fewer than there are places: a body holds one while it comes.
    let bodies = futures::future::join_all((0..2).map(|_| trickle(system, body.clone())));
    let work = async {
        for _ in 0..20 {
            let taken = form(
                system,
                format!("phone=%2B7{}", Person::man().digits),
                "application/x-www-form-urlencoded",
            )
            .await;
            assert!(taken.lead().is_some(), "{taken:?}");
        }
    };
    let (heads, bodies, ()) = tokio::join!(heads, bodies, work);
    for said in heads {
        assert!(!said.contains(" 202 "), "{said}");
    }
    for said in bodies {
        assert!(
            said.starts_with("HTTP/1.1 408") && said.contains("/problems/too-slow"),
            "{said}"
        );
    }
}
