//! What an import says on the terminal.

use edina_importing::Preview;
use edina_proto::{
    registry::v1::{ImportBatch, ImportCounts},
    time::from_proto,
};

use crate::up::say;

fn counts_of(import: &ImportBatch) -> ImportCounts {
    import.counts.unwrap_or_default()
}

/// Counts in a few words, beside the bar.
pub(super) fn brief(import: &ImportBatch) -> String {
    let counts = counts_of(import);
    format!(
        "(new {}, linked {}, to ask {}, rejected {})",
        counts.created, counts.linked, counts.to_review, counts.rejected
    )
}

/// Counts at the end. `together`: a dry run has weighed all rows against each other.
pub(super) fn counts(import: &ImportBatch, together: bool) {
    let counts = counts_of(import);
    let tried = import.state == "tried" || import.state == "trying";
    if tried {
        say("dry run      nothing was kept");
    } else {
        say(&format!("import       {}", import.import_id));
    }
    say(&format!("rows         {}", import.next_row));
    if tried && !together && counts.created > 0 {
        let new = counts.created;
        say(&format!(
            "new          at most {new}: a new client whose rows are over a thousand apart counts more than once"
        ));
    } else {
        say(&format!("new          {}", counts.created));
    }
    say(&format!("linked       {}", counts.linked));
    say(&format!("to ask       {}", counts.to_review));
    say(&format!("rejected     {}", counts.rejected));
    say(&format!("there before {}", counts.known));
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
pub(super) fn preview(preview: &Preview) {
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
    if let Some(problem) = &preview.problem {
        say(&format!("\nnothing can be imported like this: {problem}"));
        say("--save-mapping FILE writes these columns down, to be edited and given as --mapping FILE");
    }
    say("\nfirst rows:");
    for row in &preview.rows {
        if let Some(rejected) = &row.rejected {
            say(&format!("  rejected, {rejected}"));
            continue;
        }
        say(&format!("  line {}", row.line));
        for (name, value) in &row.said {
            say(&format!("    {name:<14} {}", value.replace('\n', " / ")));
        }
    }
}
