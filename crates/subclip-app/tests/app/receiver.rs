//! An endpoint on this machine that answers as it is told to, and remembers what it got.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use subclip_app::{Message, Notice, WebhookFormat};
use subclip_core::EventKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

/// How an endpoint answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    Code(u16),
    /// Answers the first so many requests like this, and takes the others.
    AtFirst(usize, u16),
    /// Closes in the middle of its answer.
    Breaks,
    /// Says nothing until it is released, and then takes it.
    Waits,
    /// Takes it, in words that not every database takes.
    Odd,
}

/// What it got: the signed words of [`Plain`], which name the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    /// The kind of event.
    pub(crate) kind: String,
    /// The event's id.
    pub(crate) id: String,
    /// What it happened to.
    pub(crate) subject: String,
    /// The event's number.
    pub(crate) number: u64,
    /// How often it was tried before.
    pub(crate) tries: usize,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    manner: Arc<Mutex<Manner>>,
    got: Arc<Mutex<Vec<Got>>>,
    came: Arc<Notify>,
    /// How many of those that wait may still be answered.
    released: Arc<Semaphore>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    pub(crate) async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (got, came): (Arc<Mutex<Vec<Got>>>, Arc<Notify>) = Default::default();
        let released = Arc::new(Semaphore::new(0));
        let manner = Arc::new(Mutex::new(manner));
        let serving = tokio::spawn({
            let (manner, got, came, released) = (manner.clone(), got.clone(), came.clone(), released.clone());
            async move {
                loop {
                    let (connection, _) = listener.accept().await.unwrap();
                    let (manner, got) = (manner.clone(), got.clone());
                    let (came, released) = (came.clone(), released.clone());
                    tokio::spawn(async move { answer(connection, &manner, &got, &came, &released).await });
                }
            }
        });
        Self { url, manner, got, came, released, serving }
    }

    /// Answers differently from now on.
    pub(crate) fn becomes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// An address at which nobody is.
    pub(crate) async fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/hook", listener.local_addr().unwrap())
    }

    /// What it got so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// What it got of each subject, as numbers of events.
    pub(crate) fn numbers(&self) -> HashMap<String, Vec<u64>> {
        let mut numbers: HashMap<String, Vec<u64>> = HashMap::new();
        for got in self.got() {
            numbers.entry(got.subject).or_default().push(got.number);
        }
        numbers
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.got().into_iter().map(|got| got.kind).collect()
    }

    /// Waits until it has got so many.
    pub(crate) async fn has(&self, count: usize) -> Vec<Got> {
        loop {
            let came = self.came.notified();
            let got = self.got();
            if got.len() >= count {
                return got;
            }
            came.await;
        }
    }

    /// Lets those that wait be answered, and those that come.
    pub(crate) fn release(&self) {
        self.released.add_permits(100_000);
    }

    /// Lets one of those that wait be answered.
    pub(crate) fn release_one(&self) {
        self.released.add_permits(1);
    }
}

async fn answer(
    mut connection: TcpStream,
    manner: &Mutex<Manner>,
    got: &Mutex<Vec<Got>>,
    came: &Notify,
    released: &Semaphore,
) {
    // A connection that is kept alive brings one request after the other.
    while let Some(body) = request(&mut connection).await {
        let count = {
            let mut got = got.lock().unwrap();
            got.push(parse(&body));
            got.len()
        };
        came.notify_waiters();
        let manner = *manner.lock().unwrap();
        let code = match manner {
            Manner::Code(code) => code,
            Manner::Odd => {
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\0\xff").await;
                continue;
            }
            Manner::AtFirst(times, code) if count <= times => code,
            Manner::AtFirst(..) => 200,
            Manner::Breaks => {
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal").await;
                return;
            }
            Manner::Waits => {
                released.acquire().await.unwrap().forget();
                200
            }
        };
        let answer = format!("HTTP/1.1 {code} Told\r\nLocation: /there\r\nContent-Length: 2\r\n\r\nok");
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("post ") && head.contains("content-type: application/json"), "{head}");
    let length = head.split("content-length: ").nth(1)?.lines().next()?.parse().unwrap();
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    Some(String::from_utf8(body).unwrap())
}

fn parse(body: &str) -> Got {
    let words: Vec<&str> = body.split(' ').collect();
    Got {
        kind: words[0].into(),
        id: words[1].into(),
        subject: words[2].into(),
        number: words[3].parse().unwrap(),
        tries: words[4].parse().unwrap(),
    }
}

/// A format of a few plain words, without one for an upload that was cancelled.
pub(crate) struct Plain;

impl WebhookFormat for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn knows(&self, kind: EventKind) -> bool {
        kind != EventKind::UploadCancelled
    }

    fn message(&self, notice: &Notice<'_>) -> Option<Message> {
        assert!(notice.secret.starts_with("whsec_"));
        let event = notice.event;
        // One that it finds out late to have no word for.
        if event.kind == EventKind::UploadTimedOut {
            return None;
        }
        let subject = format!("{:?}", event.about.subject());
        let (kind, id, number) = (event.kind, event.id, event.number);
        let body = format!("{kind} {id} {subject} {number} {}", notice.earlier.len()).into_bytes();
        Some(Message { headers: Default::default(), body })
    }
}
