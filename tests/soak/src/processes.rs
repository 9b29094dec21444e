//! The memory and the open files of the stack and of the function processes, read from `/proc` (proc(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// The name of the process that runs the stack. The load and the audit are in it too.
pub(crate) const STACK: &str = "stack";

/// What a process uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// The anonymous memory that is resident or swapped out, in bytes. The pages of the binary do not count.
    pub(crate) memory: u64,
    /// The number of open file handles.
    pub(crate) handles: u64,
}

/// What all processes use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Processes {
    /// The usage of the stack, and the largest usage among the processes of each binary. A binary without a process is
    /// missing.
    pub(crate) usage: BTreeMap<String, Usage>,
    /// The number of function processes.
    pub(crate) functions: u64,
}

/// Whether this machine has the files that [`usage`] reads.
pub(crate) fn are_readable() -> bool {
    usage_in(Path::new("/proc/self")).is_some()
}

/// Reads what the stack and its function processes use.
///
/// # Errors
/// The error of the operating system if `/proc` cannot be read.
pub(crate) fn read(binaries: &BTreeSet<String>) -> io::Result<Processes> {
    let stack = usage_in(Path::new("/proc/self"));
    let mut usage =
        BTreeMap::from([(STACK.to_owned(), stack.ok_or_else(|| io::Error::other("no /proc/self"))?)]);
    let mut functions = 0;
    let parent = u64::from(std::process::id());
    for entry in fs::read_dir("/proc")? {
        let folder = entry?.path();
        // A process may end at any time, and is then skipped.
        let Some(name) = binary(&folder).filter(|name| binaries.contains(name)) else { continue };
        if field(&folder, "PPid:") != Some(parent) {
            continue;
        }
        let Some(found) = usage_in(&folder) else { continue };
        functions += 1;
        let largest = usage.entry(name).or_default();
        *largest =
            Usage { memory: largest.memory.max(found.memory), handles: largest.handles.max(found.handles) };
    }
    Ok(Processes { usage, functions })
}

/// The name of the binary that the process in `folder` runs.
fn binary(folder: &Path) -> Option<String> {
    folder.file_name()?.to_str()?.parse::<u32>().ok()?;
    Some(fs::read_link(folder.join("exe")).ok()?.file_name()?.to_str()?.to_owned())
}

fn usage_in(folder: &Path) -> Option<Usage> {
    let kilobytes = field(folder, "RssAnon:")? + field(folder, "VmSwap:")?;
    let handles = fs::read_dir(folder.join("fd")).ok()?.count();
    Some(Usage { memory: kilobytes * 1024, handles: u64::try_from(handles).ok()? })
}

/// The number of the line that begins with `name` in the file `status` of the process in `folder`.
fn field(folder: &Path, name: &str) -> Option<u64> {
    let status = fs::read_to_string(folder.join("status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use super::usage_in;

    #[test]
    fn memory_and_handles_of_a_process_are_seen() {
        let folder = Path::new("/proc/self");
        let before = usage_in(folder).unwrap();
        let memory = vec![1_u8; 64 << 20];
        let files: Vec<_> = (0..40).map(|_| File::open("/dev/null").unwrap()).collect();
        let after = usage_in(folder).unwrap();
        // Other tests of this process open and close a few files meanwhile.
        assert!(after.handles >= before.handles + 30, "{before:?} {after:?}");
        assert!(after.memory >= before.memory + (48 << 20), "{before:?} {after:?}");
        drop((memory, files));
    }
}
