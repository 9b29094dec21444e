//! The report of a load: counts, percentiles and histograms.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::arguments::LoadArguments;

/// The longest time that a histogram tells apart, in microseconds: two minutes. It exceeds all timeouts together.
const LONGEST: u64 = 120_000_000;
/// The significant digits of the histograms.
const DIGITS: u8 = 3;
/// The percentiles of the report.
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0)];
/// The length of the longest bar.
const BAR: u64 = 40;
/// The upper ends of the bars in milliseconds.
const ENDS: [u64; 14] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 120_000];

/// What one command measured.
#[derive(Debug)]
pub(super) struct Sample {
    /// The time from the intended start to the answer, or the refusal.
    pub(super) latency: Result<Duration, String>,
    /// The time from the answer until the view was read with the command's version; the error if it was not read in
    /// time. `None` if this command's view was not watched.
    pub(super) lag: Option<Result<Duration, String>>,
}

/// What a load measured. Its size does not grow with the number of commands.
#[derive(Debug)]
pub(super) struct Report {
    rate: u32,
    seconds: u32,
    /// The time from the first intended start to the last answer.
    lasted: Duration,
    commands: Times,
    lags: Times,
}

/// Times in a histogram, and the failures by their reasons.
#[derive(Debug)]
struct Times {
    microseconds: Option<Histogram<u64>>,
    failures: BTreeMap<String, u64>,
}

impl Times {
    fn new() -> Self {
        // The bounds are valid, so there always is a histogram.
        Self { microseconds: Histogram::new_with_bounds(1, LONGEST, DIGITS).ok(), failures: BTreeMap::new() }
    }

    fn add(&mut self, result: Result<Duration, String>) {
        match (result, &mut self.microseconds) {
            (Ok(time), Some(histogram)) => {
                histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(LONGEST));
            }
            (Ok(_), None) => {}
            (Err(reason), _) => *self.failures.entry(reason).or_default() += 1,
        }
    }

    fn answered(&self) -> u64 {
        self.microseconds.as_ref().map_or(0, Histogram::len)
    }

    fn row(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{name:<14}")?;
        for (_, percentile) in PERCENTILES {
            let value = self.microseconds.as_ref().map_or(0, |times| times.value_at_percentile(percentile));
            write!(out, " {:>9}", format!("{}.{:01}", value / 1_000, value % 1_000 / 100))?;
        }
        writeln!(out, " {:>9}", self.failures.values().sum::<u64>())
    }

    fn bars(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        let Some(times) = self.microseconds.as_ref().filter(|times| !times.is_empty()) else { return Ok(()) };
        let mut counts = ENDS.map(|end| (end, 0));
        // Each bucket of the histogram belongs to one bar. The last bar also has the times beyond its end.
        for bucket in times.iter_recorded() {
            let bar = ENDS.partition_point(|end| end * 1_000 <= bucket.value_iterated_to());
            counts[bar.min(ENDS.len() - 1)].1 += bucket.count_since_last_iteration();
        }
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        writeln!(out, "\n{name}")?;
        let last = counts.iter().rposition(|(_, count)| *count > 0).unwrap_or(0);
        let first = counts.iter().position(|(_, count)| *count > 0).unwrap_or(0);
        for (end, count) in &counts[first..=last] {
            let length = usize::try_from((count * BAR).div_ceil(most)).unwrap_or_default();
            writeln!(out, "  below {end:>6} ms {count:>8} {}", "█".repeat(length))?;
        }
        Ok(())
    }

    fn failures(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        for (reason, count) in &self.failures {
            writeln!(out, "{name}: {count} times {reason}")?;
        }
        Ok(())
    }
}

impl Report {
    /// The report of `load` before its first command.
    pub(super) fn new(load: &LoadArguments) -> Self {
        Self {
            rate: load.rate,
            seconds: load.seconds,
            lasted: Duration::ZERO,
            commands: Times::new(),
            lags: Times::new(),
        }
    }

    /// Adds the command that was answered `at` this time after the start.
    pub(super) fn add(&mut self, sample: Sample, at: Duration) {
        self.lasted = self.lasted.max(at);
        self.commands.add(sample.latency);
        if let Some(lag) = sample.lag {
            self.lags.add(lag);
        }
    }

    /// Whether no command succeeded.
    pub(super) fn is_empty(&self) -> bool {
        self.commands.answered() == 0
    }

    /// Writes the report.
    ///
    /// # Errors
    /// The error of the output.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let answered = self.commands.answered();
        let milliseconds = u64::try_from(self.lasted.as_millis()).unwrap_or(u64::MAX).max(1);
        let tenths = answered.saturating_mul(10_000) / milliseconds;
        writeln!(
            out,
            "{} commands/s for {} s; {answered} carried out, {}.{} each second",
            self.rate,
            self.seconds,
            tenths / 10,
            tenths % 10
        )?;
        self.commands.failures("command", out)?;
        self.lags.failures("view", out)?;
        write!(out, "\n{:<14}", "")?;
        for (name, _) in PERCENTILES {
            write!(out, " {name:>9}")?;
        }
        writeln!(out, " {:>9}", "failed")?;
        self.commands.row("command, ms", out)?;
        self.lags.row("view lag, ms", out)?;
        self.commands.bars("Commands, from the intended start to the answer", out)?;
        self.lags.bars("Views, from a command's answer to a read with its version", out)?;
        out.flush()
    }
}
