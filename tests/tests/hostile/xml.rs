//! Documents that would make an XML reader swell, fetch or crawl.

use e2e::{System, people::Person};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    asking::{adf, all_ready},
    memory::Watch,
};

const XML: &str = "application/xml";

fn document(before: &str, person: &Person, comment: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>{before}<?adf version=\"1.0\"?><adf><prospect><customer><contact>\
         <name part=\"full\">{}</name><phone>{}</phone></contact><comments>{comment}</comments></customer></prospect></adf>",
        person.full_name(),
        person.e164()
    )
}

/// Ten entities, each ten times the one before.
fn laughs() -> String {
    let mut entities = "<!ENTITY l0 \"lollollollollol\">".to_owned();
    for level in 1..10 {
        let inner = format!("&l{};", level - 1).repeat(10);
        entities += &format!("<!ENTITY l{level} \"{inner}\">");
    }
    format!("<!DOCTYPE adf [{entities}]>")
}

#[tokio::test]
async fn entities_are_never_expanded_and_nothing_is_ever_fetched() {
    let system = System::shared().await;
    let watch = Watch::new(&system);
    let bait = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = bait.local_addr().unwrap();
    let fetched = tokio::spawn(async move { bait.accept().await });

    let quadratic = format!("<!DOCTYPE adf [<!ENTITY a \"{}\">]>", "x".repeat(100_000));
    let external = format!(
        "<!DOCTYPE adf SYSTEM \"http://{address}/adf.dtd\" [<!ENTITY who SYSTEM \"file:///etc/passwd\">\
         <!ENTITY far SYSTEM \"http://{address}/far\"><!ENTITY % all SYSTEM \"http://{address}/all.dtd\"> %all;]>"
    );
    for (before, comment) in [
        (laughs(), "&l9;&l9;&l9;".to_owned()),
        (quadratic, "&a;".repeat(200_000)),
        (external, "&who; &far; %all;".to_owned()),
        (
            "<!DOCTYPE adf [<!ENTITY a \"&a;\"><!ENTITY b \"&a;&b;\">".to_owned(),
            "&b;".to_owned(),
        ),
        (
            "<?xml-stylesheet href=\"http://example.test/x.xsl\"?>".to_owned(),
            "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>".to_owned(),
        ),
    ] {
        let person = Person::man();
        let said = adf(&system, document(&before, &person, &comment), XML).await;
        said.is_taken_or_kept();
        let Some(lead) = said.lead() else { continue };
        let lead = system.api().get(&format!("/api/v1/leads/{lead}")).await.unwrap();
        let text = lead.to_string();
        assert!(
            !text.contains("root:") && !text.contains("lollol") && text.len() < 100_000,
            "{} bytes",
            text.len()
        );
    }
    assert!(!fetched.is_finished(), "nobody came for the bait");
    watch.grew_at_most(&system, 150);
    all_ready(&system).await;
}

#[tokio::test]
async fn mark_up_without_end_is_read_once_and_kept() {
    let system = System::shared().await;
    let person = Person::woman();
    let whole = document("", &person, "Добрый день");
    let deep = "<a>".repeat(300_000);
    for text in [
        format!("{deep}{whole}"),
        format!("{}{whole}", "<!--".repeat(250_000)),
        format!("{}{whole}", "<![CDATA[".repeat(100_000)),
        format!("{}{whole}", "<!DOCTYPE x [".repeat(70_000)),
        format!("{}{whole}", "&".repeat(1_000_000)),
        format!("<adf {}>", "a=\"b\" ".repeat(150_000)),
        "<adf><prospect>".repeat(60_000),
        format!("<{}>", "я".repeat(500_000)),
        "\u{feff}".repeat(300_000),
    ] {
        adf(&system, text, XML).await.is_taken_or_kept();
    }
    let too_large = "x".repeat(2 * 1024 * 1024 + 32 * 1024);
    let said = adf(&system, too_large, XML).await;
    said.is_problem(413).is_taken_or_kept();
    all_ready(&system).await;
}

#[tokio::test]
async fn values_without_sense_do_no_harm_to_the_lead_around_them() {
    let system = System::shared().await;
    for (number, (tag, value)) in [
        ("requestdate", "99999-99-99T99:99:99+99:99"),
        ("requestdate", "0000-00-00"),
        ("requestdate", "-292277026596-12-04"),
        ("year", "999999999999999999999999"),
        ("year", "-1"),
        ("odometer", "1e999"),
        ("odometer", "-99999999999999999999"),
        ("price", "NaN"),
        ("id", "\u{202e}\u{200b}\u{200d}\u{feff}"),
        ("vin", "'; drop table leads; --"),
        ("make", "&#0;&#1;&#x1F;&#xFFFF;&#x110000;&#xD800;"),
        ("comments", "\u{0}\u{1}\u{7f}\u{85}\u{2028}"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = Person::woman();
        let text = document("", &person, "").replace(
            "<customer>",
            &format!("<{tag}>{value}</{tag}><vehicle><{tag}>{value}</{tag}></vehicle><customer>"),
        );
        let said = adf(&system, text, XML).await;
        assert!(said.lead().is_some(), "{number} {tag}: {said:?}");
        let lead = said.lead().unwrap();
        let lead = system.api().get(&format!("/api/v1/leads/{lead}")).await.unwrap();
        assert_ne!(lead, json!(null), "{number} {tag}");
    }
    all_ready(&system).await;
}
