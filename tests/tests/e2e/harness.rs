//! The harness itself: peers and the line, without the system.

use std::{net::SocketAddr, time::Duration};

use e2e::{
    eventually,
    peers::{
        install,
        mailbox::Mailbox,
        pbx::{Pbx, Story},
        smsc::Smsc,
    },
    process::Program,
    proxy::{Line, Proxy},
};
use rustix::process::Signal;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

#[tokio::test]
async fn peers_of_other_code_bases_start_on_ports_of_their_own() {
    if install::without_node() {
        return eprintln!(
            "NOT RUN: peers from npm and PyPI (Node.js with npm is missing, or EDINA_TEST_PEERS=skip)"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let smsc = Smsc::start(folder.path()).await.unwrap();
    let mailbox = Mailbox::start(folder.path()).await.unwrap();
    assert!(smsc.submits().is_empty() && mailbox.mails().is_empty());
    let address: SocketAddr = mailbox
        .url()
        .trim_start_matches("smtp://")
        .trim_end_matches("?tls=none")
        .parse()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(TcpStream::connect(address).await.unwrap())
        .read_line(&mut greeting)
        .await
        .unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
}

#[tokio::test]
async fn a_killed_child_is_seen_to_end_and_a_living_one_ends_with_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Program::new("first", "sleep")
        .arg("600")
        .start(folder.path())
        .unwrap();
    first.signal(Signal::KILL);
    assert_eq!(first.wait(Duration::from_secs(10)).unwrap().code(), Some(137));
    let second = Program::new("second", "sleep")
        .arg("600")
        .start(folder.path())
        .unwrap();
    let pid = second.pid();
    drop(second);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn a_cut_line_drops_connections_and_an_open_one_carries() {
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = server.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                drop(tokio::io::copy(&mut read, &mut write).await);
            });
        }
    });
    let proxy = Proxy::start(target).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    let mut back = [0_u8; 4];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"ping");
    proxy.set(Line::Cut);
    assert_eq!(stream.read(&mut back).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn the_pbx_plays_a_call_under_new_numbers_to_whoever_signs_in() {
    let pbx = Pbx::start().await.unwrap();
    let address: SocketAddr = pbx.url().rsplit('@').next().unwrap().parse().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (read, mut write) = stream.into_split();
    write
        .write_all(b"Action: Login\r\nActionID: 1\r\nUsername: edina\r\nSecret: secret\r\n\r\n")
        .await
        .unwrap();
    pbx.attended().await.unwrap();
    let linked_id = pbx
        .call(Story::Abandoned, "79165550001", ["301", "302"])
        .await
        .unwrap();
    let heard = tokio::spawn(async move {
        let mut heard = String::new();
        let mut read = BufReader::new(read);
        while !heard.contains("Event: QueueCallerAbandon") {
            assert!(read.read_line(&mut heard).await.unwrap() > 0);
        }
        heard
    });
    let heard = tokio::time::timeout(e2e::patience::patience(), heard)
        .await
        .unwrap()
        .unwrap();
    assert!(heard.contains("CallerIDNum: 79165550001") && heard.contains(&format!("Linkedid: {linked_id}")));
    assert!(
        heard.contains("PJSIP/301-") && !heard.contains("79172223344") && !heard.contains("PJSIP/201-"),
        "{heard}"
    );
}

#[tokio::test]
async fn patience_returns_what_was_found() {
    let mut looks = 0;
    let found = eventually("the third look", async || {
        looks += 1;
        (looks == 3).then_some(looks)
    })
    .await;
    assert_eq!(found, 3);
}

#[tokio::test]
async fn the_browser_opens_a_page_and_keeps_its_picture() {
    let Some(programs) = e2e::browser::found() else {
        return;
    };
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", server.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = server.accept().await {
            let mut request = [0_u8; 4096];
            drop(stream.read(&mut request).await);
            let page = "<!doctype html><meta charset=utf-8><title>Проба</title><p id=it>Единая</p>";
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
                page.len()
            );
            drop(stream.write_all(format!("{head}{page}").as_bytes()).await);
        }
    });
    let browser = e2e::browser::Browser::open(&programs, &base, 800).await.unwrap();
    browser.go("/").await.unwrap();
    browser.read("Единая").await;
    assert_eq!(browser.see("#it").await.text().await.unwrap(), "Единая");
    assert!(browser.picture("harness").await.unwrap().is_file());
    browser.close().await.unwrap();
}

#[tokio::test]
async fn the_balancer_passes_over_a_copy_that_refuses() {
    let serve = async |name: &'static str| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                drop(stream.write_all(name.as_bytes()).await);
            }
        });
        (address, task)
    };
    let ((first, _first_task), (second, second_task)) = (serve("a").await, serve("b").await);
    let balancer = e2e::balancer::Balancer::start(vec![first, second]).await.unwrap();
    let ask = async || {
        let mut said = String::new();
        let mut stream = TcpStream::connect(balancer.address()).await.unwrap();
        stream.read_to_string(&mut said).await.unwrap();
        said
    };
    let mut said = vec![ask().await, ask().await];
    said.sort();
    assert_eq!(said, ["a", "b"]);
    second_task.abort();
    drop(second_task.await);
    assert_eq!([ask().await, ask().await], ["a", "a"]);
}
