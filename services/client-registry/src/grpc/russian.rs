//! What the registry says, in Russian: a catalogue by the English text, where `{}` stands for what is said of this case. A test
//! holds it against the sources. What is not in it is said to programs only.

/// English and Russian.
const SAID: &[(&str, &str)] = &[
    // Refused in the present state.
    (
        "a person cannot be liquidated",
        "ликвидированной бывает только компания",
    ),
    ("a person has no such field", "у человека такого поля нет"),
    ("this word was taken back before", "это слово уже взяли назад"),
    (
        "the client said this himself: write down what he says now",
        "это сказал сам клиент: запишите, что он говорит теперь",
    ),
    (
        "the vehicle has neither VIN nor plate",
        "у автомобиля нет ни VIN, ни номера",
    ),
    (
        "rows are missing: the file has more than were taken",
        "не хватает строк: в файле их больше, чем принято",
    ),
    (
        "the same file is being taken back; begin again when that has ended",
        "этот же файл сейчас возвращают назад; начните снова, когда это закончится",
    ),
    (
        "this import has ended, or is being taken back",
        "этот импорт закончен или его возвращают назад",
    ),
    (
        "this import is being taken back, or was",
        "этот импорт возвращают назад или уже вернули",
    ),
    (
        "somebody decided that these are different persons; undo that first",
        "кто-то решил, что это разные люди; сначала отмените это решение",
    ),
    ("the two are one card already", "это уже одна карточка"),
    ("the two are one card", "это одна и та же карточка"),
    ("this merge was undone before", "это объединение уже отменили"),
    (
        "the record is this client's already",
        "запись уже у этого клиента",
    ),
    (
        "this move was undone, or the record was moved again since",
        "перенос уже отменили, или запись с тех пор перенесли ещё раз",
    ),
    (
        "one of the two has no records any more: they were taken back, or moved to another client",
        "у одного из двух больше нет записей: их вернули назад или перенесли другому клиенту",
    ),
    (
        "the two are one card already: nothing is left to answer",
        "это уже одна карточка: отвечать больше не на что",
    ),
    ("this question is open", "на этот вопрос ещё не ответили"),
    (
        "this question was answered before; undo the answer first",
        "на этот вопрос уже ответили; сначала отмените ответ",
    ),
    (
        "learning was cut off; try again",
        "обучение прервалось; попробуйте ещё раз",
    ),
    (
        "there are too few records to learn from: 2000 are needed",
        "записей для обучения мало: нужно 2000",
    ),
    // Not there.
    ("client not found", "клиент не найден"),
    ("contact not found", "такого контакта у клиента нет"),
    ("correction not found", "исправление не найдено"),
    ("import not found", "импорт не найден"),
    ("merge not found", "объединение не найдено"),
    ("model not found", "модель не найдена"),
    ("move not found", "перенос не найден"),
    ("record not found", "запись не найдена"),
    ("relation not found", "связь не найдена"),
    ("review not found", "вопрос не найден"),
    (
        "the registry's database is away for the moment; try again",
        "база реестра сейчас недоступна; попробуйте ещё раз",
    ),
    // Records and rows that cannot be taken.
    ("must be one of {}", "должно быть одно из: {}"),
    ("must be at most 200 bytes", "не больше 200 байт"),
    (
        "at most {} values of one kind",
        "не больше {} значений одного вида",
    ),
    ("a text is longer than {} bytes", "текст длиннее {} байт"),
    ("a handle is longer than 300 bytes", "имя в сети длиннее 300 байт"),
    (
        "names no phone or e-mail of the record",
        "нет такого телефона или e-mail в записи",
    ),
    ("lies in the future", "дата в будущем"),
    ("a text holds a NUL character", "в тексте нулевой знак"),
    (
        "a document of this number, day and car came before and says something else; what it said first stays",
        "документ с таким номером, днём и автомобилем уже загружен, и в нём сказано другое; осталось то, что было сказано сначала",
    ),
    (
        "nothing to know the client by: give a name, phone, e-mail, company, INN, VIN or plate{}",
        "непонятно, кто клиент: укажите имя, телефон, e-mail, компанию, ИНН, VIN или госномер",
    ),
    ("is empty", "пусто"),
    ("is no instant", "это не время"),
    ("must be given", "нужно указать"),
    ("is no id", "это не номер записи"),
    // What people type.
    ("must be at most {} characters", "не больше {} знаков"),
    ("must be at most {} bytes", "не больше {} байт"),
    ("must be at most {} bytes of text", "не больше {} байт текста"),
    ("must have 1 to {} bytes", "от 1 до {} байт"),
    (
        "must have 1 to 300 characters of text",
        "от 1 до 300 знаков текста",
    ),
    ("lies before since", "конец раньше начала"),
    ("must be another than left_id", "сравнивают двух разных"),
    (
        "a consent needs its proof: where and how it was given",
        "согласию нужно подтверждение: где и как его дали",
    ),
    ("must be from {} to {} bits", "от {} до {} бит"),
    (
        "must not be above link_bits: what is linked is not asked about",
        "не выше порога связывания: о связанном не спрашивают",
    ),
    ("must be 1 to {}", "от 1 до {}"),
    (
        "must be named: several have this handle",
        "укажите сеть: такое имя есть в нескольких",
    ),
];

/// The Russian of what is said, when it is known.
pub(in crate::grpc) fn of(english: &str) -> Option<String> {
    SAID.iter().find_map(|(known, russian)| {
        let said = fitting(known, english)?;
        let mut whole = String::new();
        let mut said = said.into_iter();
        for (n, part) in russian.split("{}").enumerate() {
            if n > 0 {
                whole.push_str(said.next().unwrap_or_default());
            }
            whole.push_str(part);
        }
        Some(whole)
    })
}

/// What stands at the places of `known`, if that is what is said.
fn fitting<'a>(known: &str, mut said: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = known.split("{}");
    said = said.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = match parts.peek() {
            Some(_) => said.find(part)?,
            None => said
                .len()
                .checked_sub(part.len())
                .filter(|_| said.ends_with(part))?,
        };
        found.push(said.get(..at)?);
        said = said.get(at + part.len()..)?;
    }
    said.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::of;

    #[test]
    fn what_is_said_of_the_case_is_kept() {
        assert_eq!(of("must be from 1 to 60 bits").as_deref(), Some("от 1 до 60 бит"));
        assert_eq!(
            of("must be one of sale, lead").as_deref(),
            Some("должно быть одно из: sale, lead")
        );
        assert_eq!(of("client not found").as_deref(), Some("клиент не найден"));
        assert_eq!(of("anything else"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn every_refusal_of_a_state_and_of_a_record_is_said_in_russian() {
        let mut looked = 0;
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // This file names the marks it looks for.
                if path.ends_with(file!().rsplit('/').next().unwrap_or_default()) {
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                for mark in ["RegistryError::Conflict(", "unusable("] {
                    for call in source.split(mark).skip(1) {
                        let call = call.split(')').next().unwrap_or_default();
                        // The literals are what stands between every other two quotation marks.
                        let texts = call.split('"').skip(1).step_by(2);
                        for text in
                            texts.filter(|text| text.contains(' ') && text.contains(char::is_alphabetic))
                        {
                            looked += 1;
                            let said = text.replace("{MAX_VALUES}", "32").replace("{MAX_TEXT}", "16384");
                            let said = said.split("{hint}").next().unwrap_or_default();
                            assert!(of(said).is_some(), "{}: {said}", path.display());
                        }
                    }
                }
            }
        }
        assert!(looked >= 20, "{looked}");
    }
}
