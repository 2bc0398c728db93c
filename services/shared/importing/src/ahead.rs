//! A file read ahead of the sending of its rows.

use std::{
    io::{self, Read, Seek},
    ops::ControlFlow,
    thread,
};

use tokio::sync::mpsc;

use crate::{ImportFile, Portion, Refused};

impl<R: Read + Seek + Send + 'static> ImportFile<R> {
    /// The portions of [`ImportFile::portions`], read by a thread of their own, of which at most `waiting` wait to be
    /// taken. It ends with the file, after a refusal, and when nobody listens any more.
    pub fn ahead(
        mut self,
        from: u64,
        most: usize,
        waiting: usize,
    ) -> io::Result<mpsc::Receiver<Result<Portion, Refused>>> {
        let (sender, receiver) = mpsc::channel(waiting);
        let read = move || {
            let read = self.portions(
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
        };
        thread::Builder::new().name("import".to_owned()).spawn(read)?;
        Ok(receiver)
    }
}
