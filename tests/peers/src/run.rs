//! What a run was made with: the command, the machine and the versions.

use std::fs;
use std::thread::available_parallelism;

use crate::arguments::Arguments;
use crate::error::PeersError;
use crate::plan::Plan;
use crate::table::Table;

/// The command that writes the page.
const COMMAND: &str = "`tests/peers/run --write`";
/// The command that shows that everything runs.
const QUICK_COMMAND: &str = "`tests/peers/run --quick`";
/// The peers, by the names of their crates.
const PEERS: [&str; 3] = ["dynamo-es", "cqrs-es", "event-store-adapter-rs"];

/// Fills the table `run`.
pub(crate) fn table(arguments: &Arguments, plan: &Plan) -> Result<Table, PeersError> {
    let mut table = Table::new("run")?;
    let command = if arguments.quick { QUICK_COMMAND } else { COMMAND };
    let cores = available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| {
        let kilobytes: u64 = text.split_whitespace().next()?.parse().ok()?;
        Some(format!("{} GB of memory", kilobytes / 1_000_000))
    });
    let model = field("/proc/cpuinfo", "model name");
    let busy = fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| Some(format!("load average {} at the start", text.split_whitespace().next()?)));
    let machine: Vec<String> =
        [model, Some(format!("{cores} cores")), memory, busy].into_iter().flatten().collect();
    let peers: Vec<String> = PEERS.iter().map(|name| format!("`{name}` {}", version(name))).collect();
    for (row, value) in [
        ("command", command.to_owned()),
        ("machine", machine.join(", ")),
        ("engine", arguments.engine.clone()),
        ("compiler", format!("{}, release profile", arguments.compiler)),
        ("peers", peers.join(", ")),
        ("rounds", format!("{}, with {} commands of each contender", plan.rounds, plan.commands)),
    ] {
        table.set(row, [value])?;
    }
    Ok(table)
}

/// The value of the first line `name : value` in `file`.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The version of the crate `name` in the lock file.
fn version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let package = lock.split_once(&format!("name = \"{name}\"\nversion = \""));
    package.and_then(|(_, rest)| rest.split('"').next()).unwrap_or("of an unknown version")
}

/// Fills the table `load` with the output of `cargo local load`, if there is one.
pub(crate) fn load(arguments: &Arguments) -> Result<Table, PeersError> {
    let mut table = Table::new("load")?;
    let Some(path) = &arguments.load else { return Ok(table) };
    let output = fs::read_to_string(path);
    let output = output.map_err(|source| PeersError::File { path: path.clone(), source })?;
    for row in ["command, ms", "view lag, ms"] {
        let line = output.lines().find_map(|line| line.strip_prefix(row));
        let cells: Vec<String> =
            line.into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect();
        let cells: [String; 6] =
            cells.try_into().map_err(|_| PeersError::Page(format!("the load has no row {row:?}")))?;
        table.set(row, cells)?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_lock_file_has_the_peers() {
        assert_eq!(version("event-store-adapter-rs"), "5.2.0");
    }
}
