//! One thread that starts every process.
//!
//! The kernel's parent-death signal is tied to the *thread* that started a process. Threads of an async
//! runtime come and go, and each would take its processes with it; this one lives as long as its owner.

use std::io;
use std::sync::mpsc;
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(crate) struct Spawner {
    requests: mpsc::Sender<Request>,
}

struct Request {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

impl Spawner {
    pub(crate) fn start() -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel::<Request>();
        thread::Builder::new().name("engine-spawner".to_owned()).spawn(move || serve(&inbox))?;
        Ok(Self { requests })
    }

    /// Starts a process. One that nobody waits for any more is killed, if the command says so.
    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, answered) = oneshot::channel();
        let request = Request { command, runtime: Handle::current(), answer };
        self.requests.send(request).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn serve(inbox: &mpsc::Receiver<Request>) {
    while let Ok(Request { mut command, runtime, answer }) = inbox.recv() {
        let _entered = runtime.enter();
        drop(answer.send(command.spawn()));
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that starts processes has ended")
}
