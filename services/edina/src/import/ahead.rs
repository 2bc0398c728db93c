//! The file read ahead of the sending, by one thread, a few portions at most.

use std::{fs::File, ops::ControlFlow};

use edina_importing::{ImportFile, Portion, Refused};
use tokio::sync::mpsc;

/// Portions waiting to be sent.
const WAITING: usize = 3;

/// Reads the whole file; see [`ImportFile::portions`].
pub(super) fn read(
    mut file: ImportFile<File>,
    from: u64,
    most: usize,
) -> mpsc::Receiver<Result<Portion, Refused>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let read = file.portions(
            from,
            most,
            &mut |portion| match sender.blocking_send(Ok(portion)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            },
        );
        if let Err(refused) = read {
            // Nobody listens: nobody to tell.
            drop(sender.blocking_send(Err(refused)));
        }
    });
    receiver
}
