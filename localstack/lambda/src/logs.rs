//! The output of an instance. Every line goes to the runner's log and to the function's [`LogEvents`], and the last 4 KB
//! are kept for `LogResult`.
//!
//! Standard output and standard error share one pipe, as they share one log stream in Lambda. The runner also holds a
//! write end of the pipe and writes a mark after a response. When it reads the mark, it has read everything that the
//! function wrote before its response, so the tail of the invocation is complete.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::log_events::LogEvents;

/// Number of log bytes that Lambda returns with an invocation.
const TAIL: usize = 4096;
/// Maximum line length. Longer lines are split, because a function that never ends its line would otherwise fill the
/// memory.
const LINE_LIMIT: usize = 256 * 1024;
/// Time limit for the mark to arrive. It arrives at once unless the machine is overloaded.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);
/// Start of a mark. Text lines do not contain this control character.
const MARK: &str = "\u{1e}runner-mark-";

type Tail = Arc<Mutex<Vec<u8>>>;

/// The log stream of one instance. Clones append to the same stream.
#[derive(Debug, Clone)]
pub(super) struct LogStream {
    pub(super) events: LogEvents,
    /// Name of the function.
    pub(super) function: String,
    /// Name of the stream.
    pub(super) name: Arc<str>,
}

impl LogStream {
    fn append(&self, line: &str) {
        self.events.append(&self.function, &self.name, line);
    }
}

/// The log of one instance.
#[derive(Debug)]
pub(super) struct Logs {
    writer: io::PipeWriter,
    stream: LogStream,
    tail: Tail,
    marked: u64,
    seen: watch::Receiver<u64>,
    pump: JoinHandle<()>,
}

impl Logs {
    /// Opens the log and returns the two write ends for the process.
    pub(super) fn open(stream: LogStream) -> io::Result<(Self, Stdio, Stdio)> {
        let (reader, writer) = io::pipe()?;
        let (stdout, stderr) = (writer.try_clone()?, writer.try_clone()?);
        let reader = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let (mark, seen) = watch::channel(0);
        let tail = Tail::default();
        let pump = Pump { stream: stream.clone(), tail: Arc::clone(&tail), mark, line: Vec::new() };
        let pump = tokio::spawn(pump.run(reader));
        Ok((Self { writer, stream, tail, marked: 0, seen, pump }, stdout.into(), stderr.into()))
    }

    /// Clears the lines of the previous invocation.
    pub(super) fn clear(&self) {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Appends a line of the platform.
    pub(super) fn note(&self, line: &str) {
        self.stream.append(line);
        append(&self.tail, line.as_bytes());
    }

    /// Waits until all output so far is in the tail.
    pub(super) async fn flush(&mut self) {
        self.marked += 1;
        let mark = format!("{MARK}{}\n", self.marked);
        let Ok(mut writer) = self.writer.try_clone() else { return };
        // The pipe also belongs to the function and must stay blocking, so the write runs in a blocking task.
        drop(tokio::task::spawn_blocking(move || writer.write_all(mark.as_bytes())));
        let seen = self.seen.wait_for(|seen| *seen >= self.marked);
        drop(tokio::time::timeout(FLUSH_LIMIT, seen).await);
    }

    /// The last 4 KB.
    pub(super) fn tail(&self) -> Vec<u8> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the remaining output of the ended process, and returns the last 4 KB.
    pub(super) async fn close(self) -> Vec<u8> {
        let Self { writer, tail, mut pump, .. } = self;
        drop(writer);
        if tokio::time::timeout(FLUSH_LIMIT, &mut pump).await.is_err() {
            pump.abort();
        }
        tail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads the pipe line by line.
struct Pump {
    stream: LogStream,
    tail: Tail,
    mark: watch::Sender<u64>,
    line: Vec<u8>,
}

impl Pump {
    async fn run(mut self, mut reader: pipe::Receiver) {
        let mut chunk = [0; 8192];
        while let Ok(read @ 1..) = reader.read(&mut chunk).await {
            for part in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
                self.line.extend_from_slice(part);
                if self.line.ends_with(b"\n") || self.line.len() >= LINE_LIMIT {
                    self.end_line();
                }
            }
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        // A mark may follow the start of a line that the function has not ended yet.
        let (text, mark) =
            text.split_once(MARK).map_or((text, None), |(text, mark)| (text, mark.parse().ok()));
        if !text.is_empty() {
            append(&self.tail, text.as_bytes());
            self.stream.append(text);
            tracing::info!(target: "function", "{} | {text}", self.stream.function);
        }
        if let Some(mark) = mark {
            self.mark.send_replace(mark);
        }
    }
}

fn append(tail: &Tail, line: &[u8]) {
    let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
    tail.extend_from_slice(line);
    tail.push(b'\n');
    let excess = tail.len().saturating_sub(TAIL);
    tail.drain(..excess);
}

/// The platform's log line before an invocation, in Lambda's form.
pub(super) fn start_line(request_id: &str) -> String {
    format!("START RequestId: {request_id} Version: $LATEST")
}

/// The platform's log lines after an invocation. `taken` is the invocation's duration; `init` is the time to start its
/// instance, which is billed too. Memory use is not measured, so the REPORT line omits it.
pub(super) fn end_lines(
    request_id: &str,
    taken: Duration,
    memory_mb: u32,
    init: Option<Duration>,
) -> [String; 2] {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let billed = ms(taken + init.unwrap_or_default()).ceil();
    let report = format!(
        "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {memory_mb} MB",
        ms(taken)
    );
    let init = init.map_or_else(String::new, |init| format!("\tInit Duration: {:.2} ms", ms(init)));
    [format!("END RequestId: {request_id}"), report + &init]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::process::Command;

    fn stream() -> LogStream {
        LogStream { events: LogEvents::default(), function: "f".to_owned(), name: Arc::from("stream") }
    }

    async fn output_of(script: &str) -> String {
        let (logs, stdout, stderr) = Logs::open(stream()).unwrap();
        let mut child =
            Command::new("sh").args(["-c", script]).stdout(stdout).stderr(stderr).spawn().unwrap();
        child.wait().await.unwrap();
        String::from_utf8(logs.close().await).unwrap()
    }

    #[tokio::test]
    async fn both_outputs_are_kept_in_the_order_written() {
        assert_eq!(output_of("echo one; echo two >&2; printf three").await, "one\ntwo\nthree\n");
    }

    #[tokio::test]
    async fn only_the_last_4_kb_are_kept() {
        let tail = output_of("yes 0123456789 | head -n 1000; echo last").await;
        assert_eq!(tail.len(), TAIL);
        assert!(tail.ends_with("0123456789\nlast\n"), "{tail}");
    }

    #[tokio::test]
    async fn a_flush_completes_the_tail_even_without_a_line_end() {
        let (mut logs, stdout, _stderr) = Logs::open(stream()).unwrap();
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", "echo whole; printf half"]).stdout(stdout).spawn().unwrap();
        child.wait().await.unwrap();
        logs.flush().await;
        assert_eq!(String::from_utf8(logs.tail()).unwrap(), "whole\nhalf\n");
    }

    #[tokio::test]
    async fn every_line_is_a_log_event_of_the_instances_stream() {
        let stream = stream();
        let (logs, stdout, _stderr) = Logs::open(stream.clone()).unwrap();
        logs.note("START");
        let mut child =
            Command::new("sh").args(["-c", "echo one; echo; echo two"]).stdout(stdout).spawn().unwrap();
        child.wait().await.unwrap();
        logs.close().await;
        let events = stream.events.of_function("f");
        let lines: Vec<&str> = events.iter().map(|event| event.message.as_str()).collect();
        assert_eq!(lines, ["START", "one", "two"]);
        assert!(events.iter().all(|event| &*event.stream == "stream"));
    }

    #[test]
    fn a_cold_start_reports_and_bills_its_initialisation() {
        let [end, report] =
            end_lines("r1", Duration::from_micros(1_500), 128, Some(Duration::from_millis(3)));
        assert_eq!(end, "END RequestId: r1");
        assert_eq!(
            report,
            "REPORT RequestId: r1\tDuration: 1.50 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\tInit Duration: 3.00 ms"
        );
    }

    #[test]
    fn a_warm_invocation_reports_no_initialisation() {
        let [_, report] = end_lines("r1", Duration::from_millis(2), 128, None);
        assert!(!report.contains("Init Duration"), "{report}");
    }
}
