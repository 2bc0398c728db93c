//! The GSM 03.38 default alphabet, one septet per octet ("unpacked"), as `data_coding` 0 carries it over SMPP.

/// Introduces a character of the extension table; the pair counts as two septets.
pub const ESCAPE: u8 = 0x1B;

/// Position in the table is the septet. Row 0x1B is the escape and stands for no character.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1B}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// The septets of one character: one, an escape pair, or `None` when the alphabet lacks it.
#[must_use]
pub fn septets(character: char) -> Option<([u8; 2], usize)> {
    if let Some((code, _)) = EXTENSION.iter().find(|(_, known)| *known == character) {
        return Some(([ESCAPE, *code], 2));
    }
    if character == '\u{1B}' {
        return None;
    }
    let position = BASIC.iter().position(|known| *known == character)?;
    u8::try_from(position).ok().map(|code| ([code, 0], 1))
}

/// Text of unpacked septets. A lone or unknown escape reads as a blank, as the standard asks; bits above seven are ignored.
#[must_use]
pub fn decode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut octets = octets.iter().map(|octet| octet & 0x7F);
    while let Some(octet) = octets.next() {
        if octet == ESCAPE {
            let extended = octets.next();
            let known = EXTENSION.iter().find(|(code, _)| Some(*code) == extended);
            text.push(known.map_or(' ', |(_, character)| *character));
        } else if let Some(character) = BASIC.get(usize::from(octet)) {
            text.push(*character);
        }
    }
    text
}
