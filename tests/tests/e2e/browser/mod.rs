//! What a person does in the console, in a headless Chromium. Pictures of every screen are kept in both languages.

mod call_pops_up;
mod card_and_search;
mod leads_board;
mod merging;
mod narrow_window;

use e2e::{System, browser::Browser, browser::found};

/// A window signed in as a role of the shared group; none when this machine has no browser.
async fn signed_in(system: &System, role: &str, width: u32) -> Option<Browser> {
    let programs = found()?;
    let browser = Browser::open(&programs, &system.console(), width).await.unwrap();
    let group = system.group();
    let login = format!(
        "{}-{}",
        if role == "administrator" { "admin" } else { role },
        group.id
    );
    browser.go("/sign-in?lang=ru").await.unwrap();
    browser.fill("input[name=login]", &login).await.unwrap();
    browser
        .fill("input[name=password]", &group.admin.1)
        .await
        .unwrap();
    // Asked for as soon as there is more than one group.
    if browser.has("input[name=group]").await.unwrap() {
        browser.fill("input[name=group]", &group.id).await.unwrap();
    }
    browser.click("form button").await;
    browser.see("#q").await;
    language(&browser, "ru").await;
    Some(browser)
}

/// Switches the language in the person's menu.
async fn language(browser: &Browser, locale: &str) {
    if browser.has(&format!("html[lang={locale}]")).await.unwrap() {
        return;
    }
    if !browser.has("details#me[open]").await.unwrap() {
        browser.click("details#me summary").await;
    }
    browser.see(&format!("button[name=locale][value={locale}]")).await;
    browser
        .click(&format!("button[name=locale][value={locale}]"))
        .await;
    browser.see(&format!("html[lang={locale}] #q")).await;
}

/// Pictures of a screen in both languages; ends in Russian.
async fn pictures(browser: &Browser, name: &str, path: &str) {
    for locale in ["en", "ru"] {
        language(browser, locale).await;
        browser.go(path).await.unwrap();
        browser.see("main").await;
        let text = browser.text().await.unwrap();
        // A string that the translation table lacks shows as its key.
        let untranslated = text.split_whitespace().find(|word| {
            let parts: Vec<&str> = word.split('.').collect();
            parts.len() == 2
                && parts
                    .iter()
                    .all(|part| part.len() > 2 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        });
        assert_eq!(untranslated, None, "{path} in {locale}: {text}");
        browser.picture(&format!("{name}-{locale}")).await.unwrap();
    }
}
