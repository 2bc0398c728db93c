//! How a number is written: as a phone, or as any other row of digits.

use crate::text;

/// How sure the writing alone makes a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A row of digits like the number of a contract.
    Digits,
    /// As many digits as a phone has, with its first ones.
    Dialled,
    /// Parted as only phones are, or with a plus: whatever word stands before it.
    Parted,
}

/// First digits of Russian numbers of towns, three of each, and those of free calls.
const CITIES: &str = "301 302 336 341 342 343 345 346 347 349 351 352 353 365 381 382 383 384 385 388 390 391 394 \
    395 401 411 413 415 416 421 423 424 426 427 471 472 473 474 475 481 482 483 484 485 486 487 491 492 493 494 495 \
    496 498 499 800 801 802 803 804 805 806 807 808 809 811 812 813 814 815 816 817 818 820 821 831 833 834 835 836 \
    841 842 843 844 845 846 847 848 851 855 856 857 861 862 863 865 866 867 869 871 872 873 877 878 879";
/// Digits between blanks, dashes and brackets, behind the trunk.
const PARTED: [&[usize]; 3] = [&[3, 3, 2, 2], &[4, 2, 2, 2], &[5, 1, 2, 2]];
/// The same where dates, sums and accounts could be parted so.
const LOOSE: [&[usize]; 4] = [&[10], &[3, 7], &[3, 3, 4], &[3, 2, 2, 3]];

pub(super) fn of(number: &str) -> Shape {
    let digits = text::digits(number);
    if number.starts_with('+') {
        let own = digits.starts_with('7') && !digits.starts_with("78");
        let whole = if own {
            digits.len() == 11
        } else {
            (10..=13).contains(&digits.len())
        };
        return if whole { Shape::Parted } else { Shape::Digits };
    }
    let trunk = digits.len() == 11 && digits.starts_with(['7', '8']);
    let national = if trunk { digits.get(1..) } else { digits.get(..) };
    let Some(national) = national.filter(|n| n.len() == 10) else {
        return Shape::Digits;
    };
    let code = national.get(..3).unwrap_or_default();
    let city = CITIES.split(' ').any(|one| one == code);
    let mobile = code.starts_with('9');
    let parted = groups(number, trunk);
    let has = |known: &[&[usize]]| known.contains(&parted.as_slice());
    // Kazakh codes begin with 6 and 7, as do too many other numbers to go by that alone.
    let known = city || mobile || code.starts_with(['6', '7']);
    if known && (has(&PARTED) || in_brackets(number)) {
        Shape::Parted
    } else if mobile || city && (trunk || has(&[&[3, 3, 4]])) {
        Shape::Dialled
    } else {
        Shape::Digits
    }
}

/// Whether the digits are parted at all as those of phones are: for numbers behind other ones.
pub(super) fn is_orderly(number: &str) -> bool {
    let count = text::digits(number).len();
    let parted = groups(number, count == 11);
    number.starts_with('+') || PARTED.iter().chain(&LOOSE).any(|known| *known == parted)
}

/// How many digits stand together, without the trunk.
fn groups(number: &str, trunk: bool) -> Vec<usize> {
    let mut out: Vec<usize> = number
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .filter(|n| *n > 0)
        .collect();
    if trunk && let Some(first) = out.first_mut() {
        *first -= 1;
        if *first == 0 {
            out.remove(0);
        }
    }
    out
}

/// `(495)`, `(8202)`: a code.
fn in_brackets(number: &str) -> bool {
    let Some((_, rest)) = number.split_once('(') else {
        return false;
    };
    let code = rest.split_once(')').map_or("", |(code, _)| code.trim());
    (3..=5).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
}
