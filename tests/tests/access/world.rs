//! One system with two dealership groups: ours, with a client and [everything](crate::things) around them, and a
//! stranger's.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use e2e::{Service, System, system::Group};
use edina_postgres::Database;
use edina_runtime::group::GroupId;
use tokio::sync::OnceCell;

use crate::table::{Of, ROLES};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A person of a group, signed in, and a program with the same role.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) login: String,
    /// Value of the `cookie` header.
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    pub(crate) token: String,
}

pub(crate) struct World {
    pub(crate) system: System,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    /// By role.
    pub(crate) holders: HashMap<&'static str, Holder>,
    /// An administrator of the other group.
    pub(crate) foreigner: Holder,
    /// A seller of our group whose branch is not the one of these things.
    pub(crate) elsewhere: Holder,
    /// An id of our group for each kind of thing, and its client's name that nobody else may read.
    pub(crate) ids: HashMap<Of, String>,
    pub(crate) secret_name: String,
    pub(crate) other: Group,
}

static WORLD: OnceCell<World> = OnceCell::const_new();

/// The world of this run; the first call makes it.
pub(crate) async fn world() -> &'static World {
    WORLD.get_or_init(|| async { make().await.unwrap() }).await
}

/// Runs a test on the one runtime that owns the world.
pub(crate) fn run<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    });
    runtime.block_on(test());
}

async fn make() -> anyhow::Result<World> {
    let system = System::start(e2e::Options::default()).await;
    let base = system.console();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let other = system.add_group("polyus", "Полюс").await?;
    let mut world = World {
        holders: HashMap::new(),
        foreigner: Holder {
            login: String::new(),
            cookie: String::new(),
            csrf: String::new(),
            token: String::new(),
        },
        elsewhere: Holder {
            login: String::new(),
            cookie: String::new(),
            csrf: String::new(),
            token: String::new(),
        },
        ids: HashMap::new(),
        secret_name: String::new(),
        system,
        base,
        http,
        other,
    };
    let ours = world.system.group().id.clone();
    for (_, role) in ROLES {
        world.holders.insert(
            role,
            world.holder(&ours, role, &format!("matrix-{role}"), &[]).await?,
        );
    }
    world.foreigner = world
        .holder("polyus", "administrator", "matrix-foreigner", &[])
        .await?;
    world.elsewhere = world
        .holder(
            &ours,
            "seller",
            "matrix-elsewhere",
            &["another-branch".to_owned()],
        )
        .await?;
    world.fill().await?;
    Ok(world)
}

impl World {
    /// The id of our thing of that kind.
    pub(crate) fn id(&self, of: Of) -> String {
        self.ids.get(&of).unwrap().clone()
    }

    pub(crate) fn admin(&self) -> &Holder {
        self.holders.get("administrator").unwrap()
    }

    /// An account with that role and these branches, signed in, and a token.
    pub(crate) async fn holder(
        &self,
        group: &str,
        role: &str,
        login: &str,
        branches: &[String],
    ) -> anyhow::Result<Holder> {
        let id: GroupId = group.parse()?;
        let database = self.database()?;
        gateway::provision::put_account(&database, &id, login, PASSWORD.into(), role, "", branches).await?;
        let token = gateway::provision::create_token(&database, &id, role, login).await?;
        self.signed_in(group, login, token).await
    }

    /// A fresh session of an account.
    pub(crate) async fn signed_in(&self, group: &str, login: &str, token: String) -> anyhow::Result<Holder> {
        let form = [("group", group), ("login", login), ("password", PASSWORD)];
        let answer = self
            .http
            .post(format!("{}/sign-in", self.base))
            .form(&form)
            .send()
            .await?;
        ensure!(
            answer.status() == 303,
            "{login} is not let in: {}",
            answer.status()
        );
        let set = answer
            .headers()
            .get("set-cookie")
            .context("no cookie")?
            .to_str()?;
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        let page = self
            .http
            .get(format!("{}/account", self.base))
            .header("cookie", &cookie)
            .send()
            .await?
            .text()
            .await?;
        let csrf = page
            .split("name=\"csrf\" content=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .context("no CSRF token on the page")?;
        Ok(Holder {
            login: login.to_owned(),
            cookie,
            csrf: csrf.to_owned(),
            token,
        })
    }

    pub(crate) fn database(&self) -> anyhow::Result<Database> {
        Database::connect_lazy(
            &self.system.database_url(Service::Gateway).to_owned().into(),
            1,
            "access",
        )
    }
}
