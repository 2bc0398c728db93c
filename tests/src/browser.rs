//! A headless Chromium through chromedriver, for the journeys of a person.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::{
    binaries,
    patience::eventually,
    process::{Process, Program},
};

const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);
const DRIVER_TRIES: u32 = 10;

/// A browser with one window and its own profile.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    base: String,
    // The driver ends the browser; its folder goes last.
    _driver: Process,
    _folder: tempfile::TempDir,
}

/// The programs, if the machine has them. Says so on standard error when not.
///
/// # Panics
/// When they are missing and `EDINA_REQUIRE_BROWSER=1` demands them.
pub fn found() -> Option<(PathBuf, PathBuf)> {
    let driver = on_path(&["chromedriver"]);
    let chromium = on_path(&["chromium", "chromium-browser", "google-chrome"]);
    if let (Some(driver), Some(chromium)) = (driver, chromium) {
        return Some((driver, chromium));
    }
    let message =
        "no chromium and chromedriver on the PATH (Debian: apt-get install chromium chromium-driver)";
    let required = std::env::var("EDINA_REQUIRE_BROWSER").is_ok_and(|word| word == "1");
    assert!(!required, "EDINA_REQUIRE_BROWSER=1, but {message}");
    eprintln!("SKIPPED: the browser journeys did not run: {message}");
    None
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

impl Browser {
    /// Opens a window of `width` by 900 that looks at `base` (`http://host:port`).
    pub async fn open(programs: &(PathBuf, PathBuf), base: &str, width: u32) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("edina-browser-").tempdir()?;
        let (driver, port) = start_driver(&programs.0, folder.path()).await?;
        let arguments = [
            "--headless=new".to_owned(),
            // Chromium's own sandbox refuses to work as root, and the only pages are ours.
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--window-size={width},900"),
            format!("--user-data-dir={}", folder.path().join("profile").display()),
        ];
        let wishes = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": programs.1, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let wishes = wishes.as_object().cloned().unwrap_or_default();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wishes)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .with_context(|| driver.tail())?;
        Ok(Self {
            client,
            base: base.to_owned(),
            _driver: driver,
            _folder: folder,
        })
    }

    /// The WebDriver client, for what has no shorthand here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Goes to a path of the console.
    pub async fn go(&self, path: &str) -> anyhow::Result<()> {
        Ok(self.client.goto(&format!("{}{path}", self.base)).await?)
    }

    /// Waits for the first element that a CSS selector finds and that is shown.
    pub async fn see(&self, css: &str) -> Element {
        let what = format!("the page shows {css}");
        eventually(&what, async || {
            let all = self
                .client
                .find_all(Locator::Css(css))
                .await
                .map_err(anyhow::Error::from)?;
            for element in all {
                if element.is_displayed().await? {
                    return Ok(element);
                }
            }
            let url = self.client.current_url().await?;
            anyhow::bail!("not on {url}: {}", self.excerpt().await)
        })
        .await
    }

    /// Waits until the page's text contains `text`.
    pub async fn read(&self, text: &str) {
        let what = format!("the page says {text:?}");
        eventually(&what, async || {
            let page = self.text().await?;
            anyhow::ensure!(page.contains(text), "{}", self.excerpt().await);
            anyhow::Ok(())
        })
        .await;
    }

    /// The visible text of the page.
    pub async fn text(&self) -> anyhow::Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    async fn excerpt(&self) -> String {
        self.text().await.unwrap_or_default().chars().take(600).collect()
    }

    /// Clicks what a CSS selector finds, once it is there. Looks again when the page was just replaced.
    pub async fn click(&self, css: &str) {
        let what = format!("{css} can be clicked");
        eventually(&what, async || {
            let element = self
                .client
                .find(Locator::Css(css))
                .await
                .map_err(anyhow::Error::from)?;
            element.click().await.map_err(anyhow::Error::from)
        })
        .await;
    }

    /// Types into a field, after clearing it.
    pub async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let field = self.see(css).await;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Whether a CSS selector finds anything right now.
    pub async fn has(&self, css: &str) -> anyhow::Result<bool> {
        Ok(!self.client.find_all(Locator::Css(css)).await?.is_empty())
    }

    /// Runs a script in the page; its `return` value.
    pub async fn script(&self, script: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Keeps a picture of the window as `NAME.png` in `EDINA_ARTIFACTS` or `target/e2e/screenshots`.
    pub async fn picture(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = match std::env::var_os("EDINA_ARTIFACTS") {
            Some(folder) => Path::new(&folder).join("screenshots"),
            None => binaries::cache()?.join("screenshots"),
        };
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, self.client.screenshot().await?)?;
        Ok(path)
    }

    /// Closes the window and the browser.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.client.close().await?)
    }
}

/// Starts chromedriver on a port of its own choice. It takes a free one of IPv6 and then asks for the same of IPv4,
/// which any other program may hold: then it ends, and another try gets another port.
async fn start_driver(program: &Path, folder: &Path) -> anyhow::Result<(Process, u16)> {
    let mut tries = 1;
    loop {
        let mut driver = Program::new("chromedriver", program)
            .arg("--port=0")
            .start(folder)?;
        match driver_port(&mut driver).await {
            Ok(port) => return Ok((driver, port)),
            Err(_) if tries < DRIVER_TRIES && !driver.runs() => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn driver_port(driver: &mut Process) -> anyhow::Result<u16> {
    let deadline = Instant::now() + START;
    loop {
        let output = driver.output();
        let port = output
            .split("started successfully on port ")
            .nth(1)
            .and_then(|rest| rest.split('.').next());
        if let Some(port) = port {
            return Ok(port.trim().parse()?);
        }
        anyhow::ensure!(
            driver.runs() && Instant::now() < deadline,
            "chromedriver: {}",
            driver.tail()
        );
        tokio::time::sleep(POLL).await;
    }
}
