//! What columns are is remembered, for each branch by itself.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use edina_proto::directory::v1::Branch;

use crate::door::Door;

const TABLE: &str = "ФИО;Словечко\nИванов Пётр;8 916 123-45-67\n";

struct Sitting<'a> {
    door: &'a Door,
    cookie: String,
    csrf: String,
}

impl Sitting<'_> {
    /// Gives the file for import; answers the path of its page.
    async fn upload(&self, branch_id: &str) -> String {
        let form = format!(
            "csrf={}&name=a.csv&kind=contacts&branch_id={branch_id}&bytes={}",
            self.csrf,
            TABLE.len()
        );
        let begun = self.door.post("/imports", &self.cookie, &form).await;
        let page = format!("/imports/{}", begun.json()["id"].as_str().unwrap());
        let piece = Request::post(format!("{page}/pieces/0"))
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .body(Body::from(TABLE))
            .unwrap();
        assert_eq!(self.door.send(piece).await.status, StatusCode::NO_CONTENT);
        page
    }

    /// Says what the file is as its page does, with this field for the second column.
    async fn say(&self, page: &str, branch_id: &str, field: &str) {
        let form = format!(
            "csrf={}&kind=contacts&branch_id={branch_id}&columns=2&field.0=full_name&field.1={field}",
            self.csrf
        );
        let said = self
            .door
            .post(&format!("{page}/mapping"), &self.cookie, &form)
            .await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.body);
    }

    /// What the second column is taken for on the file's page.
    async fn shown(&self, page: &str) -> String {
        let page = self.door.get(page, &self.cookie).await.body;
        let column = page.split("name=\"field.1\"").nth(1).unwrap();
        let column = column.split("</select>").next().unwrap();
        let taken = column.split("\" selected").next().unwrap();
        if column.contains(" selected") {
            taken.rsplit('"').next().unwrap().to_owned()
        } else {
            String::new()
        }
    }
}

#[tokio::test]
async fn columns_are_remembered_by_branch_and_else_as_the_group_said_last() {
    let door = Door::open().await;
    for id in ["north", "south", "west"] {
        let branch = Branch {
            branch_id: id.into(),
            display_name: id.into(),
            time_zone: "Europe/Moscow".into(),
            ..Branch::default()
        };
        gateway::provision::put_branch(&door.database, &door.group, &branch)
            .await
            .unwrap();
    }
    let cookie = door.sign_in("admin").await;
    let csrf = door.csrf(&cookie).await;
    let sitting = Sitting {
        door: &door,
        cookie,
        csrf,
    };

    let first = sitting.upload("north").await;
    assert_eq!(sitting.shown(&first).await, "", "nobody has said anything yet");
    sitting.say(&first, "north", "phone").await;
    assert_eq!(sitting.shown(&first).await, "phone");
    // A branch that has said nothing takes it for what the group said last …
    let other = sitting.upload("south").await;
    assert_eq!(sitting.shown(&other).await, "phone");
    // … and what it then says is its own.
    sitting.say(&other, "south", "contact_phone").await;
    assert_eq!(sitting.shown(&sitting.upload("north").await).await, "phone");
    assert_eq!(
        sitting.shown(&sitting.upload("south").await).await,
        "contact_phone"
    );
    assert_eq!(
        sitting.shown(&sitting.upload("west").await).await,
        "contact_phone"
    );

    // Whoever only puts the branch right gets that branch's columns; whoever also says what they are is heard.
    let mistaken = sitting.upload("north").await;
    sitting.say(&mistaken, "south", "phone").await;
    assert_eq!(sitting.shown(&mistaken).await, "contact_phone");
    sitting.say(&mistaken, "north", "comment").await;
    assert_eq!(sitting.shown(&sitting.upload("north").await).await, "comment");
    assert_eq!(
        sitting.shown(&sitting.upload("south").await).await,
        "contact_phone"
    );

    // The command line asks for the same.
    let mapping = edina_importing::Mapping::guess(
        edina_importing::Kind::Contacts,
        &["ФИО".to_owned(), "Словечко".to_owned()],
    );
    let key = mapping.columns_key();
    for (branch_id, field) in [("north", "comment"), ("south", "contact_phone")] {
        let files = gateway::provision::Like {
            kind: "contacts",
            branch_id,
            columns_key: &key,
        };
        let known = gateway::provision::known_mapping(&door.database, &door.group, files)
            .await
            .unwrap()
            .unwrap();
        assert!(known.contains(&format!("\"{field}\"")), "{branch_id}: {known}");
    }
}
