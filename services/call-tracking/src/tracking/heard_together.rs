//! What is heard while the follower is busy is taken together, call by call: the disk is asked once per call, not once
//! per change, so that a follower which fell behind catches up.

/// Most changes taken at once; the next ones wait for their rows.
pub(super) const MOST_TOGETHER: usize = 256;

/// Changes by call: calls in the order in which they are first mentioned, the changes of each in their order.
pub(super) fn by_call<T>(changes: Vec<T>, call: impl Fn(&T) -> &str) -> Vec<Vec<T>> {
    let mut calls: Vec<Vec<T>> = Vec::new();
    for change in changes {
        let same = calls
            .iter_mut()
            .find(|of| of.first().is_some_and(|first| call(first) == call(&change)));
        match same {
            Some(of) => of.push(change),
            None => calls.push(vec![change]),
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::by_call;

    #[test]
    fn changes_stay_in_order_within_their_call() {
        let heard = vec![
            ("1", "started"),
            ("2", "started"),
            ("1", "ringing"),
            ("2", "ended"),
            ("1", "ended"),
        ];
        assert_eq!(
            by_call(heard, |change| change.0),
            [
                vec![("1", "started"), ("1", "ringing"), ("1", "ended")],
                vec![("2", "started"), ("2", "ended")],
            ]
        );
    }
}
