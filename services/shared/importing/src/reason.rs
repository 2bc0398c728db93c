//! Why a file or a row was not taken, in English and Russian.

use std::fmt;

/// Why a whole file is refused. Nothing of it was produced.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub Reason);

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

/// Why a row is left out while the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line of the file, from 1.
    pub line: u64,
    /// Header of the column; empty when it is about the whole row.
    pub column: String,
    /// What is wrong.
    pub reason: Reason,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.column.is_empty() {
            write!(f, "line {}: {}", self.line, self.reason)
        } else {
            write!(f, "line {}, column {:?}: {}", self.line, self.column, self.reason)
        }
    }
}

/// What is wrong and, where that helps, what to do. `Display` is English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    // Files
    Unreadable(String),
    Empty,
    NotWhatItSays { named: String, is: String },
    NotImportable { is: String },
    WrongKind { kind: String, is: String },
    NoHeader { known: String },
    NothingToKnowBy,
    UnknownField(String),
    MissingColumn(String),
    NoSuchSheet(String),
    Damaged(String),
    Bomb(String),
    WideHeader(usize),
    OnlyHeader,
    // Rows
    HeaderAgain,
    WideRow { columns: usize, most: usize },
    LongRecord(usize),
    OpenQuote,
    LongCell(usize),
    Nul,
    Mixed { file: String, cell: String },
    BrokenText,
    LostDigits(String),
    FormulaWithoutValue,
    ErrorValue(String),
    NoClient,
    NotADate(String),
    NotAnAmount(String),
    NotAConsent(String),
    TooMany(usize),
    LongText(usize),
    LoneCell(usize),
    CardNotEnded,
    NotACard,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl Reason {
    /// In English.
    pub fn english(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("the file cannot be read: {why}"),
            Self::Empty => "the file has no rows".into(),
            Self::NotWhatItSays { named, is } => format!(
                "the file is called {named}, but it is {is}: name it after what it is, or export it again"
            ),
            Self::NotImportable { is } => {
                format!("the file is {is}: save it as CSV, XLSX or vCard and import that")
            }
            Self::WrongKind { kind, is } => format!("{kind} does not come as {is}: choose another kind"),
            Self::NoHeader { known } => format!(
                "no row with column names was found; expected are, for instance: {known}. Add them, or give a mapping"
            ),
            Self::NothingToKnowBy => {
                "no column names a client: map a name, phone, e-mail, company, INN, VIN or plate".into()
            }
            Self::UnknownField(field) => format!("the mapping names a field that does not exist: {field}"),
            Self::MissingColumn(header) => {
                format!("the mapping names a column the file does not have: {header}")
            }
            Self::NoSuchSheet(name) => format!("there is no visible sheet {name} in the workbook"),
            Self::Damaged(what) => format!("the file is damaged: {what}"),
            Self::Bomb(part) => {
                format!("the workbook unpacks to more than is sensible ({part}): it was not opened")
            }
            Self::WideHeader(most) => format!("the table has more than {most} columns"),
            Self::OnlyHeader => "the file has names of columns and no rows below them".into(),
            Self::HeaderAgain => "the row repeats the names of the columns".into(),
            Self::WideRow { columns, most } => format!("the row has {columns} cells, the header {most}"),
            Self::LongRecord(most) => format!("the row is longer than {most} bytes"),
            Self::OpenQuote => "a quotation mark is opened and not closed before the end of a cell".into(),
            Self::LongCell(most) => format!("the cell is longer than {most} characters"),
            Self::Nul => "the cell holds a zero byte: it is no text".into(),
            Self::Mixed { file, cell } => format!("the cell is in {cell} while the file is in {file}"),
            Self::BrokenText => "the cell holds bytes that are no text".into(),
            Self::LostDigits(text) => format!(
                "{text} is a number whose last digits were lost when the file was saved: format the column as text"
            ),
            Self::FormulaWithoutValue => {
                "a formula without a stored value: open and save the file once".into()
            }
            Self::ErrorValue(value) => format!("the cell holds the error {value}"),
            Self::NoClient => {
                "nothing to know the client by: no name, phone, e-mail, company, INN, VIN or plate".into()
            }
            Self::NotADate(text) => format!("{text} is no date: write day.month.year"),
            Self::NotAnAmount(text) => format!("{text} is no amount of money"),
            Self::NotAConsent(text) => format!("{text} is neither consent nor refusal: write yes or no"),
            Self::TooMany(most) => format!("more than {most} values of one kind"),
            Self::LongText(most) => format!("the text is longer than {most} bytes"),
            Self::LoneCell(columns) => {
                format!("the row has one cell where the header has {columns}: a piece of a broken row")
            }
            Self::CardNotEnded => "the card has no END:VCARD".into(),
            Self::NotACard => "the line stands outside of a card".into(),
        }
    }

    /// По-русски.
    pub fn russian(&self) -> String {
        match self {
            Self::Unreadable(why) => format!("файл не читается: {why}"),
            Self::Empty => "в файле нет строк".into(),
            Self::NotWhatItSays { named, is } => format!(
                "файл называется {named}, но внутри {}: назовите его по содержимому или выгрузите ещё раз",
                in_russian(is)
            ),
            Self::NotImportable { is } => format!(
                "это {}: сохраните как CSV, XLSX или vCard и загрузите результат",
                in_russian(is)
            ),
            Self::WrongKind { kind, is } => {
                format!("{kind} не бывает в виде {}: выберите другой вид", in_russian(is))
            }
            Self::NoHeader { known } => format!(
                "не найдена строка с названиями столбцов; ожидаются, например: {known}. Добавьте её или укажите соответствие столбцов"
            ),
            Self::NothingToKnowBy => "ни один столбец не называет клиента: укажите, где имя, телефон, \
                 e-mail, компания, ИНН, VIN или госномер"
                .into(),
            Self::UnknownField(field) => format!("в соответствии столбцов названо неизвестное поле: {field}"),
            Self::MissingColumn(header) => {
                format!("в соответствии назван столбец, которого в файле нет: {header}")
            }
            Self::NoSuchSheet(name) => format!("в книге нет видимого листа {name}"),
            Self::Damaged(what) => format!("файл повреждён: {what}"),
            Self::Bomb(part) => {
                format!("книга распаковывается в неразумно большой объём ({part}): она не открыта")
            }
            Self::WideHeader(most) => format!("в таблице больше {most} столбцов"),
            Self::OnlyHeader => "в файле есть названия столбцов, но нет строк под ними".into(),
            Self::HeaderAgain => "строка повторяет названия столбцов".into(),
            Self::WideRow { columns, most } => format!("в строке ячеек: {columns}, а в заголовке: {most}"),
            Self::LongRecord(most) => format!("строка длиннее {most} байт"),
            Self::OpenQuote => "кавычка открыта и не закрыта до конца ячейки".into(),
            Self::LongCell(most) => format!("ячейка длиннее {most} знаков"),
            Self::Nul => "в ячейке нулевой байт: это не текст".into(),
            Self::Mixed { file, cell } => format!("ячейка в кодировке {cell}, а файл в {file}"),
            Self::BrokenText => "в ячейке байты, которые не являются текстом".into(),
            Self::LostDigits(text) => format!(
                "{text}: число, последние цифры которого потеряны при сохранении; сделайте столбец текстовым"
            ),
            Self::FormulaWithoutValue => {
                "формула без сохранённого значения: откройте и сохраните файл".into()
            }
            Self::ErrorValue(value) => format!("в ячейке ошибка {value}"),
            Self::NoClient => "непонятно, кто клиент: нет ни имени, ни телефона, ни e-mail, ни компании, \
                 ни ИНН, ни VIN, ни госномера"
                .into(),
            Self::NotADate(text) => format!("{text}: это не дата, пишите день.месяц.год"),
            Self::NotAnAmount(text) => format!("{text}: это не сумма"),
            Self::NotAConsent(text) => format!("{text}: ни согласие, ни отказ; пишите да или нет"),
            Self::TooMany(most) => format!("больше {most} значений одного вида"),
            Self::LongText(most) => format!("текст длиннее {most} байт"),
            Self::LoneCell(columns) => {
                format!("в строке одна ячейка, а в заголовке {columns}: обрывок сломанной строки")
            }
            Self::CardNotEnded => "у карточки нет END:VCARD".into(),
            Self::NotACard => "строка стоит вне карточки".into(),
        }
    }
}

/// What a file turned out to be, in Russian.
fn in_russian(is: &str) -> &str {
    match is {
        "a CSV table" => "таблица CSV",
        "an XLSX workbook" => "книга XLSX",
        "a vCard file" => "файл vCard",
        "an old Excel workbook (.xls) or a protected one" => {
            "старая книга Excel (.xls) или книга под паролем"
        }
        "a ZIP archive" => "архив ZIP",
        "an OpenDocument file" => "файл OpenDocument",
        "a web page" => "веб-страница",
        "an XML document" => "документ XML",
        "a PDF document" => "документ PDF",
        "no text" => "не текст",
        other => other,
    }
}
