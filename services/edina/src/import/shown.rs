//! What an import says on the terminal.

use edina_importing::{Closeness, Preview};
use edina_proto::{
    registry::v1::{ImportBatch, ImportCounts},
    time::from_proto,
};

use crate::{language::Language, up::say};

fn counts_of(import: &ImportBatch) -> ImportCounts {
    import.counts.unwrap_or_default()
}

/// Records that an import stored.
pub(super) fn stored(import: &ImportBatch) -> u64 {
    let counts = counts_of(import);
    counts.created + counts.linked + counts.to_review
}

/// Counts in a few words, beside the bar.
pub(super) fn brief(import: &ImportBatch) -> String {
    let counts = counts_of(import);
    format!(
        "(new {}, linked {}, to ask {}, rejected {})",
        counts.created, counts.linked, counts.to_review, counts.rejected
    )
}

/// Counts at the end; those of a dry run are as near as that to what the import will count.
pub(super) fn counts(import: &ImportBatch, closeness: Closeness, language: Language) {
    let counts = counts_of(import);
    let tried = import.state == "tried" || import.state == "trying";
    if tried {
        say("dry run      nothing was kept");
    } else {
        say(&format!("import       {}", import.import_id));
    }
    say(&format!("rows         {}", import.next_row));
    let most = if closeness == Closeness::AtMost {
        "at most "
    } else {
        ""
    };
    say(&format!("new          {most}{}", counts.created));
    say(&format!("linked       {}", counts.linked));
    say(&format!("to ask       {}", counts.to_review));
    say(&format!("rejected     {}", counts.rejected));
    say(&format!("there before {}", counts.known));
    if let Some(note) = note(closeness, language) {
        say(note);
    }
}

/// What is to be known of the counts of a dry run.
fn note(closeness: Closeness, language: Language) -> Option<&'static str> {
    Some(match (closeness, language) {
        (Closeness::Exact, _) => return None,
        (Closeness::Near, Language::En) => {
            "every row was weighed with those of the file that may be of the same client; an import makes names more common \
             as it goes on, and may count a few rows otherwise"
        }
        (Closeness::Near, Language::Ru) => {
            "каждая строка взвешена вместе с теми строками файла, которые могут быть о том же клиенте; при импорте имена \
             становятся всё более частыми, и несколько строк могут посчитаться иначе"
        }
        (Closeness::AtMost, Language::En) => {
            "the file has more rows than are weighed together: a new client whose rows stand far apart may count more than once"
        }
        (Closeness::AtMost, Language::Ru) => {
            "строк больше, чем взвешивается вместе: новый клиент, чьи строки далеко друг от друга, мог посчитаться не один раз"
        }
    })
}

/// Imports, one a line.
pub(super) fn list(imports: &[ImportBatch]) {
    if imports.is_empty() {
        say("no imports");
    }
    for import in imports {
        let at = import.started_at.as_ref().and_then(from_proto);
        let counts = counts_of(import);
        say(&format!(
            "{}  {}  {:<8} {:<11} {:>8} rows, new {}, linked {}, to ask {}, rejected {}  {}",
            import.import_id,
            at.map(|at| at.format("%Y-%m-%d %H:%M").to_string())
                .unwrap_or_default(),
            import.state,
            import.kind,
            import.next_row,
            counts.created,
            counts.linked,
            counts.to_review,
            counts.rejected,
            import.file_name
        ));
    }
}

/// How a file will be understood.
pub(super) fn preview(preview: &Preview, language: Language) {
    let in_language = |english: &Option<String>, russian: &Option<String>| match language {
        Language::Ru => russian.clone(),
        Language::En => english.clone(),
    };
    let format = format!("{:?}", preview.format).to_lowercase();
    let details = [
        ("encoding", preview.encoding.as_str()),
        (
            "delimiter",
            if preview.delimiter == "\t" {
                "tab"
            } else {
                &preview.delimiter
            },
        ),
        ("sheet", &preview.mapping.sheet),
    ];
    let details: String = details
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!(", {name} {value}"))
        .collect();
    say(&format!("{} file ({format}{details})", preview.mapping.kind));
    say("\ncolumns:");
    for column in &preview.columns {
        let field = column
            .field
            .map_or_else(|| "-".to_owned(), edina_importing::field::Field::name);
        say(&format!(
            "  {:<34} {:<22} {}",
            column.name,
            field,
            column.samples.join(" | ").replace('\n', " / ")
        ));
    }
    if !preview.unmapped.is_empty() {
        say(&format!(
            "\nleft out, since nothing is known about them: {}",
            preview.unmapped.join(", ")
        ));
    }
    if let Some(problem) = in_language(&preview.problem, &preview.problem_russian) {
        say(&format!("\nnothing can be imported like this: {problem}"));
        say("--save-mapping FILE writes these columns down, to be edited and given as --mapping FILE");
    }
    say("\nfirst rows:");
    for row in &preview.rows {
        if let Some(rejected) = in_language(&row.rejected, &row.rejected_russian) {
            match language {
                Language::Ru => say(&format!("  отклонена, строка {}: {rejected}", row.line)),
                Language::En => say(&format!("  rejected, {rejected}")),
            }
            continue;
        }
        say(&format!("  line {}", row.line));
        for (name, value) in &row.said {
            say(&format!("    {name:<14} {}", value.replace('\n', " / ")));
        }
    }
}
