//! What a soak found: the trends as a table, and one line for each finding.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use stack_base::chaos::Fault;

use crate::growth::{ProcessTrends, Sample, Trend, WHOLE, of_backlog, of_processes};

/// The report of a soak.
#[derive(Debug)]
pub(crate) struct Report {
    processes: Vec<ProcessTrends>,
    backlog: Option<Trend>,
    totals: Totals,
    findings: Vec<String>,
}

/// What happened in the soak.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
    /// The acknowledged commands.
    pub(crate) commands: usize,
    /// The messages that the consumer got.
    pub(crate) messages: u64,
    /// The messages that were redriven.
    pub(crate) redriven: u64,
    /// How often each fault struck.
    pub(crate) faults: BTreeMap<Fault, u64>,
}

impl Report {
    /// The report of a soak with `samples`. `followers` are the binaries that follow a stream, so each of them works in every
    /// third. `findings` are those of the audit.
    pub(crate) fn new(
        samples: &[Sample],
        followers: &BTreeSet<String>,
        totals: Totals,
        mut findings: Vec<String>,
    ) -> Self {
        let (processes, backlog) = (of_processes(samples), of_backlog(samples));
        for ProcessTrends { binary, memory, handles } in &processes {
            findings.extend(finding(binary, "memory", *memory, megabytes));
            findings.extend(finding(binary, "number of open handles", *handles, |count| count.to_string()));
        }
        findings.extend(finding("a round", "backlog", backlog, |count| count.to_string()));
        if backlog.is_none() {
            findings.push("the soak had too few rounds to compare thirds: give it more minutes".to_owned());
        } else {
            let is_measured =
                |binary: &&String| processes.iter().any(|it| it.binary == **binary && it.memory.is_some());
            let unmeasured = followers.iter().filter(|binary| !is_measured(binary));
            findings.extend(unmeasured.map(|binary| format!("no process of {binary} was seen in a third")));
        }
        Self { processes, backlog, totals, findings }
    }

    /// One line for each finding.
    pub(crate) fn findings(&self) -> &[String] {
        &self.findings
    }
}

fn finding(
    owner: &str,
    quantity: &str,
    trend: Option<Trend>,
    shown: impl Fn(u64) -> String,
) -> Option<String> {
    let trend = trend.filter(|trend| trend.grows())?;
    let [second, last, limit] = [trend.second, trend.last, trend.limit].map(shown);
    Some(format!(
        "the {quantity} of {owner} grows from {second} in the second third to {last} in the last one; at most {limit} is \
         allowed"
    ))
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { rounds, time, commands, messages, redriven, faults } = &self.totals;
        let struck: Vec<_> =
            faults.iter().map(|(fault, count)| format!("{} {count}", fault.name())).collect();
        writeln!(
            formatter,
            "\n{rounds} rounds in {} s, {commands} commands, {messages} messages of the consumer, {redriven} messages \
             redriven\nfaults: {}\n",
            time.as_secs(),
            struck.join(", ")
        )?;
        writeln!(
            formatter,
            "| medians | memory, MB: second third | last third | limit | handles: second third | last third | limit |"
        )?;
        writeln!(formatter, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for ProcessTrends { binary, memory, handles } in &self.processes {
            let memory = cells(*memory, megabytes);
            let handles = cells(*handles, |count| count.to_string());
            writeln!(formatter, "| {binary} | {memory} | {handles} |")?;
        }
        let backlog = cells(self.backlog, |count| count.to_string());
        writeln!(formatter, "\n| medians | second third | last third | limit |\n| --- | --- | --- | --- |")?;
        writeln!(formatter, "| largest backlog of a round, records | {backlog} |\n")?;
        if *rounds < WHOLE {
            writeln!(
                formatter,
                "rebuild, reconcile and republish are not compared: not every third has every disturbance"
            )?;
        }
        for finding in &self.findings {
            writeln!(formatter, "{finding}")?;
        }
        writeln!(formatter, "findings: {}", self.findings.len())
    }
}

/// The three cells of a trend. A trend without samples in one of the thirds has dashes.
fn cells(trend: Option<Trend>, shown: impl Fn(u64) -> String) -> String {
    let cells = trend.map(|trend| [trend.second, trend.last, trend.limit].map(shown).join(" | "));
    cells.unwrap_or_else(|| "– | – | –".to_owned())
}

/// A number of bytes in megabytes with one decimal.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::{Report, Totals};
    use crate::growth::Sample;
    use crate::processes::{Processes, STACK, Usage};

    fn report(memory: impl Fn(u64) -> u64, followers: &[&str]) -> Report {
        let sample = |round: u64| {
            let usage = Usage { memory: memory(round) << 20, handles: 9 };
            let processes = Processes { usage: [(STACK.to_owned(), usage)].into(), functions: 1 };
            Sample { processes, ..Sample::default() }
        };
        let samples: Vec<_> = (1..=24).map(sample).collect();
        let totals = Totals {
            rounds: samples.len(),
            time: Duration::from_secs(24),
            commands: 1,
            messages: 2,
            redriven: 3,
            faults: [].into(),
        };
        Report::new(&samples, &followers.iter().map(|it| (*it).to_owned()).collect(), totals, Vec::new())
    }

    #[test]
    fn a_growth_is_a_finding_with_its_numbers() {
        assert_eq!(report(|_| 100, &[]).findings(), [""; 0]);
        let growing = report(|round| 100 * round, &[]);
        let line = "the memory of stack grows from 1200.0 in the second third to 2000.0 in the last one; at most \
                    1336.0 is allowed";
        assert_eq!(growing.findings(), [line]);
        let shown = growing.to_string();
        assert!(shown.contains("| stack | 1200.0 | 2000.0 | 1336.0 | 9 | 9 | 41 |"), "{shown}");
        assert!(shown.ends_with("findings: 1\n"), "{shown}");
    }

    #[test]
    fn a_follower_without_a_process_is_a_finding() {
        let found = report(|_| 100, &["order-projection"]);
        assert_eq!(found.findings(), ["no process of order-projection was seen in a third"]);
    }

    #[test]
    fn too_few_rounds_are_a_finding() {
        let totals = Totals {
            rounds: 0,
            time: Duration::ZERO,
            commands: 0,
            messages: 0,
            redriven: 0,
            faults: [].into(),
        };
        assert!(
            Report::new(&[], &BTreeSet::new(), totals, Vec::new()).findings()[0].contains("too few rounds")
        );
    }
}
