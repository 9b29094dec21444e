//! Background work of the function under test.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// Interval between two ticks, and between two checks for ticks.
const PAUSE: Duration = Duration::from_millis(1);

/// Number of times that the function has ticked into `path`: one byte per tick.
pub(crate) fn ticks(path: impl AsRef<Path>) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// Starts a thread that appends a byte to `path` in each interval.
pub(crate) fn tick(path: &str) {
    let mut file: File = OpenOptions::new().create(true).append(true).open(path).unwrap();
    thread::spawn(move || {
        loop {
            file.write_all(b".").unwrap();
            thread::sleep(PAUSE);
        }
    });
}

/// Waits until `path` has more ticks than now.
pub(crate) async fn more_ticks(path: &str) {
    let before = ticks(path);
    while ticks(path) == before {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes `path` when the function receives SIGTERM.
pub(crate) fn say_farewell(path: String) {
    let mut told = signal(SignalKind::terminate()).unwrap();
    tokio::spawn(async move {
        told.recv().await;
        std::fs::write(path, "farewell").unwrap();
        std::process::exit(0);
    });
}

/// Starts a process that outlives every test, and returns its id.
pub(crate) fn child() -> u32 {
    Command::new("sleep").arg("600").spawn().unwrap().id()
}
