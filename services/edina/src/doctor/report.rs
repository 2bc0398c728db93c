//! The report: for people calm and aligned, for machines JSON.

use std::io::{IsTerminal as _, Write as _};

use serde_json::json;

use super::{
    arguments::Language,
    finding::{Area, Finding, State, text},
};

/// Where the second column begins.
const SUBJECT_WIDTH: usize = 20;
/// A line is broken here; the terminal's own width would make reports differ.
const LINE_WIDTH: usize = 110;

/// Prints the findings; a closed pipe is the reader's wish.
pub(crate) fn print(findings: &[Finding], language: Language, as_json: bool) {
    let mut out = std::io::stdout().lock();
    let written = if as_json {
        writeln!(out, "{}", machine(findings, language))
    } else {
        let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        out.write_all(human(findings, language, colours).as_bytes())
    };
    written.and_then(|()| out.flush()).ok();
}

fn count(findings: &[Finding], state: State) -> usize {
    findings.iter().filter(|finding| finding.state == state).count()
}

fn machine(findings: &[Finding], language: Language) -> String {
    let each: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "area": finding.area.code(),
                "code": finding.code,
                "subject": finding.subject,
                "state": finding.state.code(),
                "what": finding.what.of(language),
                "advice": finding.advice.as_ref().map(|advice| advice.of(language)),
            })
        })
        .collect();
    let report = json!({
        "ok": count(findings, State::Ok),
        "warnings": count(findings, State::Warning),
        "failures": count(findings, State::Failure),
        "findings": each,
    });
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

fn human(findings: &[Finding], language: Language, colours: bool) -> String {
    let mut report = String::new();
    for area in Area::ALL {
        let mut own: Vec<&Finding> = findings.iter().filter(|finding| finding.area == area).collect();
        if own.is_empty() {
            continue;
        }
        // What needs a person stands first; otherwise the order of looking is kept.
        own.sort_by_key(|finding| std::cmp::Reverse(finding.state));
        report.push_str(&paint(colours, "1", area.title().of(language)));
        report.push('\n');
        for (subject, finding, what) in together(&own, language) {
            let (mark, colour) = match finding.state {
                State::Ok => ("✓", "32"),
                State::Warning => ("!", "33"),
                State::Failure => ("✗", "31"),
            };
            let indent = 4 + SUBJECT_WIDTH;
            let mut lines = wrapped(&what, LINE_WIDTH - indent);
            let first = lines.next().unwrap_or_default();
            let subject = format!("{subject:<SUBJECT_WIDTH$}");
            report.push_str(&format!("  {} {subject} {first}\n", paint(colours, colour, mark)));
            for line in lines {
                report.push_str(&format!("{:indent$} {line}\n", ""));
            }
            if let Some(advice) = &finding.advice {
                for (index, line) in wrapped(advice.of(language), LINE_WIDTH - indent - 2).enumerate() {
                    let arrow = if index == 0 { "→" } else { " " };
                    report.push_str(&format!("{:indent$} {arrow} {line}\n", ""));
                }
            }
        }
        report.push('\n');
    }
    let (ok, warnings, failures) = (
        count(findings, State::Ok),
        count(findings, State::Warning),
        count(findings, State::Failure),
    );
    let summary = match (failures, warnings) {
        (0, 0) => text(
            format!("Всё в порядке ({ok})."),
            format!("All is well ({ok} checks)."),
        ),
        (0, _) => text(
            format!("Работает. Предупреждений: {warnings}, в порядке: {ok}."),
            format!("It works. Warnings: {warnings}, well: {ok}."),
        ),
        _ => text(
            format!(
                "Не работает: {failures}, предупреждений: {warnings}, в порядке: {ok}. Начните с первого ✗ сверху."
            ),
            format!(
                "Failing: {failures}, warnings: {warnings}, well: {ok}. Begin with the first ✗ from the top."
            ),
        ),
    };
    report.push_str(summary.of(language));
    report.push('\n');
    report
}

/// What is well of several in the same words is said once, with their names behind.
fn together<'a>(findings: &[&'a Finding], language: Language) -> Vec<(String, &'a Finding, String)> {
    let mut lines: Vec<(String, &Finding, String)> = Vec::new();
    for finding in findings {
        let same = |other: &&&Finding| other.state == State::Ok && other.what == finding.what;
        let alike: Vec<&str> = findings
            .iter()
            .filter(same)
            .map(|other| &*other.subject)
            .collect();
        let what = finding.what.of(language);
        if finding.state != State::Ok || alike.len() < 2 {
            lines.push((finding.subject.clone(), finding, what.to_owned()));
        } else if !lines
            .iter()
            .any(|(_, known, _)| known.state == State::Ok && known.what == finding.what)
        {
            let subject = format!("× {}", alike.len());
            lines.push((subject, finding, format!("{what}: {}", alike.join(", "))));
        }
    }
    lines
}

fn paint(colours: bool, code: &str, text: &str) -> String {
    if colours {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// The text in lines of at most `width` characters, broken at spaces; a longer word stays whole, to be copied.
fn wrapped(text: &str, width: usize) -> impl Iterator<Item = String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_first_what_needs_a_person_and_what_to_do() {
        let findings = [
            Area::Nats.ok("version", "nats", text("версия 2.12", "version 2.12")),
            Area::Nats.failure(
                "reach",
                "gateway",
                text("не отвечает", "does not answer"),
                text("запустите NATS", "start NATS"),
            ),
        ];
        let report = human(&findings, Language::Ru, false);
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(lines[0], "NATS");
        assert!(lines[1].contains("✗ gateway") && lines[1].ends_with("не отвечает"));
        assert!(lines[2].ends_with("→ запустите NATS"));
        assert!(report.ends_with("Начните с первого ✗ сверху.\n"));
        assert!(human(&findings, Language::En, false).contains("→ start NATS"));
        let json: serde_json::Value = serde_json::from_str(&machine(&findings, Language::En)).unwrap();
        assert_eq!(json["failures"], 1);
        assert_eq!(json["findings"][1]["advice"], "start NATS");
    }
}
