//! `GET /imports/{id}/rejected`: the rows that were left out, with reasons and cells as they were, as CSV for Excel.

use axum::{
    Extension,
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};

use edina_importing::Mapping;

use super::file_id;
use crate::{Gateway, http::problem::Problem, session::Identity, store};

const PAGE: i64 = 500;
/// Beyond that the file itself is wrong, and the first rows say why.
const LARGEST: usize = 64 << 20;

/// See the module.
pub async fn download(
    State(gateway): State<Gateway>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file = gateway.import_file(&who, file_id(&id)?).await?;
    let russian = who.person.as_ref().is_none_or(|person| person.locale != "en");
    // Excel reads UTF-8 only with a mark, and expects semicolons where commas are decimal.
    let mut out = String::from("\u{feff}");
    out.push_str(if russian {
        "строка;столбец;причина"
    } else {
        "line;column;reason"
    });
    // With the file's own columns it can be mended and imported as it is.
    let mapping = file
        .mapping
        .as_deref()
        .and_then(|kept| Mapping::from_json(kept).ok());
    for column in mapping.iter().flat_map(|mapping| &mapping.columns) {
        out.push(';');
        out.push_str(&quoted(&column.column));
    }
    out.push_str("\r\n");
    let mut after = -1;
    loop {
        let mut tx = gateway.database.begin(&who.group).await?;
        let rows = store::imports::rejected::after(&mut tx, who.group.as_str(), file.id, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = rows.last() else { break };
        after = last.line;
        for row in &rows {
            let reason = if russian { &row.reason_ru } else { &row.reason_en };
            let line = row.line.to_string();
            let own = [line.as_str(), &row.field, reason];
            let all = own.into_iter().chain(row.cells.iter().map(String::as_str));
            let cells: Vec<String> = all.map(quoted).collect();
            out.push_str(&cells.join(";"));
            out.push_str("\r\n");
        }
        if out.len() > LARGEST {
            break;
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"rejected.csv\"",
        ),
    ];
    Ok((headers, out).into_response())
}

/// A cell no spreadsheet takes for a formula.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_stay_cells() {
        assert_eq!(super::quoted("ООО \"Ромашка\";"), "\"ООО \"\"Ромашка\"\";\"");
        assert_eq!(super::quoted("=1+1"), "\"'=1+1\"");
    }
}
