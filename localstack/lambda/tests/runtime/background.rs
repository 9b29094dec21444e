//! What the function under test goes on with after its answer.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// Between two ticks, and between two looks at them.
const PAUSE: Duration = Duration::from_millis(1);

/// How often the function has ticked into `path`: a byte a tick.
pub(crate) fn ticks(path: impl AsRef<Path>) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// Ticks into `path` from now on.
pub(crate) fn tick(path: &str) {
    let mut file: File = OpenOptions::new().create(true).append(true).open(path).unwrap();
    thread::spawn(move || {
        loop {
            file.write_all(b".").unwrap();
            thread::sleep(PAUSE);
        }
    });
}

/// Returns once there are more ticks in `path` than now.
pub(crate) async fn more_ticks(path: &str) {
    let before = ticks(path);
    while ticks(path) == before {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes `path` once the function is told to end.
pub(crate) fn say_farewell(path: String) {
    let mut told = signal(SignalKind::terminate()).unwrap();
    tokio::spawn(async move {
        told.recv().await;
        std::fs::write(path, "farewell").unwrap();
        std::process::exit(0);
    });
}

/// Starts a process that goes on for longer than any test, and gives its id.
pub(crate) fn child() -> u32 {
    Command::new("sleep").arg("600").spawn().unwrap().id()
}
