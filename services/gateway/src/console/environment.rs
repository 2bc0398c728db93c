//! What templates can use: the templates themselves, texts, dates, numbers.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use minijinja::{Environment, Error, State as Render, Value, value::Kwargs};
use rust_embed::RustEmbed;

use super::{
    assets,
    format::{self, Format},
    i18n::{Locale, Texts},
    pages::DEFAULT_ZONE,
    weighing,
};
use crate::session::rights::Role;

#[derive(RustEmbed)]
#[folder = "src/console/templates/"]
struct Templates;

/// Steps a template may take: a page that needs more is a mistake.
const FUEL: u64 = 20_000_000;

/// Templates, functions and filters of one language.
pub(super) fn environment(locale: Locale, texts: Texts) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_loader(|name| {
        Ok(Templates::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok()))
    });
    environment.set_fuel(Some(FUEL));
    let texts = Arc::new(texts);

    let table = Arc::clone(&texts);
    environment.add_function("t", move |key: &str, options: Kwargs| -> Result<String, Error> {
        let mut text = match options.get::<Option<i64>>("n")? {
            Some(count) => table.count(key, count),
            None => table.get(key),
        };
        for name in options.args().filter(|name| *name != "n") {
            let value: Value = options.get(name)?;
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
        }
        options.assert_all_used()?;
        Ok(text)
    });
    environment.add_function("asset", |name: &str| assets::address(name));
    environment.add_function("roles", || {
        Role::ALL.iter().map(|role| role.name()).collect::<Vec<_>>()
    });

    macro_rules! instant_filter {
        ($name:literal, $method:ident) => {
            let table = Arc::clone(&texts);
            environment.add_filter($name, move |state: &Render<'_, '_>, at: Value| {
                instant(&at).map_or_else(String::new, |at| formats(state, &table, locale).$method(at))
            });
        };
    }
    instant_filter!("date", date);
    instant_filter!("clock", time);
    instant_filter!("moment", moment);
    instant_filter!("exact", exact);
    instant_filter!("ago", ago);
    instant_filter!("since", since);
    let table = Arc::clone(&texts);
    environment.add_filter("day", move |state: &Render<'_, '_>, day: &str| {
        formats(state, &table, locale).day(day)
    });
    let table = Arc::clone(&texts);
    environment.add_filter("lasting", move |state: &Render<'_, '_>, seconds: i64| {
        formats(state, &table, locale).length(seconds)
    });
    environment.add_filter("phone", |number: &str| format::phone(number));
    environment.add_filter("digits", format::digits);
    environment.add_filter("money", |amount: Value| -> Result<String, Error> {
        if amount.is_none() || amount.is_undefined() {
            return Ok(String::new());
        }
        let minor = amount.get_attr("minor")?;
        let currency = amount.get_attr("currency")?;
        Ok(format::money(
            i64::try_from(minor)?,
            currency.as_str().unwrap_or(""),
        ))
    });
    environment.add_filter("bits", move |bits: Value| {
        number(&bits).map_or_else(String::new, |bits| weighing::bits(bits, locale))
    });
    environment.add_filter("chance", move |bits: Value| {
        number(&bits).map_or_else(String::new, |bits| weighing::chance(bits, locale))
    });
    environment.add_filter("odds", |bits: Value| {
        number(&bits).map_or_else(String::new, weighing::odds)
    });
    environment.add_filter("amount", move |amount: Value| {
        number(&amount).map_or_else(String::new, |amount| weighing::amount(amount, locale))
    });
    environment.add_filter("on_line", |bits: Value| {
        number(&bits).map_or_else(String::new, weighing::place)
    });
    environment.add_filter("points", format::points);
    environment.add_filter("initials", |name: &str| {
        name.split_whitespace()
            // Names of companies stand in quotes; a sign alone, as of a call, stays.
            .filter_map(|part| part.chars().find(|c| c.is_alphanumeric()).or(part.chars().next()))
            .take(2)
            .collect::<String>()
            .to_uppercase()
    });
    environment
}

fn number(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok()
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?)
        .ok()
        .map(|at| at.with_timezone(&Utc))
}

fn formats<'a>(state: &Render<'_, '_>, texts: &'a Texts, locale: Locale) -> Format<'a> {
    let text = |name: &str| {
        state
            .lookup(name)
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let zone = text("zone")
        .and_then(|name| name.parse().ok())
        .unwrap_or(DEFAULT_ZONE);
    let now = state
        .lookup("now")
        .and_then(|value| instant(&value))
        .unwrap_or_default();
    Format {
        texts,
        locale,
        zone,
        now,
    }
}
