//! The event table against what was acknowledged: every command once, and no version missing.

use std::collections::BTreeSet;

use crate::commits::{Commit, Streams};
use crate::load::Acknowledged;

/// What is wrong with the streams.
pub(super) fn check(streams: &Streams, load: &[Acknowledged]) -> Vec<String> {
    let mut findings = Vec::new();
    for (stream, commits) in streams {
        let mut next = 1;
        for commit in commits {
            if commit.version != next {
                findings.push(format!("{stream} has version {} where {next} should be", commit.version));
            }
            next = commit.last_version() + 1;
        }
        let keys: BTreeSet<&str> = commits.iter().map(|commit| commit.key.as_str()).collect();
        if keys.len() < commits.len() {
            findings.push(format!("{stream} has two commits of one key"));
        }
    }
    for acknowledged in load {
        let Acknowledged { order, key, version, .. } = acknowledged;
        let commits = streams.get(&format!("order-{order}")).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<u64> =
            commits.iter().filter(|commit| commit.key == *key).map(Commit::last_version).collect();
        if found != [*version] {
            findings
                .push(format!("{order} acknowledged {key} as version {version}; the table has {found:?}"));
        }
    }
    let commits: usize = streams
        .iter()
        .filter(|(stream, _)| stream.starts_with("order-"))
        .map(|(_, commits)| commits.len())
        .sum();
    if commits != load.len() {
        findings.push(format!("{} commands were acknowledged, {commits} commits are there", load.len()));
    }
    findings
}
