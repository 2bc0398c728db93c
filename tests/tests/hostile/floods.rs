//! Far too large bodies, on every listener that takes bodies: refused with 413, never held in memory.

use bytes::Bytes;
use e2e::{Service, System};
use futures::{StreamExt as _, stream};
use reqwest::Body;

use crate::{
    asking::{all_ready, client, try_said},
    memory::Watch,
};

const BLOCK: usize = 64 * 1024;
const BLOCKS: usize = 50 * 1024 * 1024 / BLOCK;
/// Bodies under way at once, for each address and framing.
const AT_ONCE: usize = 4;
/// Mebibytes that a service may grow by while 24 bodies of 50 MB come at it; held in memory they would take 1200.
const MOST_GROWN: u64 = 200;

/// 50 MB that are made while they are sent.
fn body() -> Body {
    let block = Bytes::from(vec![b'x'; BLOCK]);
    Body::wrap_stream(stream::iter(
        std::iter::repeat_n(block, BLOCKS).map(Ok::<_, std::convert::Infallible>),
    ))
}

#[tokio::test]
async fn fifty_megabytes_are_refused_and_never_held() {
    let system = System::shared().await;
    let watch = Watch::new(&system);
    let (intake, console) = (
        format!("http://{}", system.reached(Service::Intake).http),
        system.console(),
    );
    let (adf, site) = (system.group().key("adf"), system.group().key("site"));
    let mut sent = Vec::new();
    for (url, kind) in [
        (format!("{intake}/intake/v1/adf?source={adf}"), "application/xml"),
        (format!("{intake}/intake/v1/forms/{site}"), "application/json"),
        (format!("{console}/intake/v1/adf?source={adf}"), "application/xml"),
        (format!("{console}/api/v1/source-records"), "application/json"),
    ] {
        for declared in [true, false] {
            for _ in 0..AT_ONCE {
                let mut request = client()
                    .post(&url)
                    .bearer_auth(&system.group().token)
                    .header("content-type", kind);
                if declared {
                    request = request.header("content-length", BLOCK * BLOCKS);
                }
                let what = format!("{url} with{} its length", if declared { "" } else { "out" });
                sent.push(async move { (what, try_said(request.body(body())).await) });
            }
        }
    }
    let mut answers = stream::iter(sent).buffer_unordered(AT_ONCE * 2);
    while let Some((what, answer)) = answers.next().await {
        let said = answer.unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"));
        assert_eq!(said.status.as_u16(), 413, "{what}: {said:?}");
        said.is_problem(413);
    }
    watch.grew_at_most(&system, MOST_GROWN);
    all_ready(&system).await;
}
