//! Checks that every relative link in the project's Markdown pages leads to an existing file and, if the link has an
//! anchor, to an existing heading.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::workspace::{files, root};

/// The lines of `page` outside fenced code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of the links in `page`, without the links to other sites.
fn links(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(page) {
        // Splitting at backticks makes every second part inline code, which has no links. If inline code is the text of
        // a link, the link's target is in the part after the code.
        let parts = line.split('`').step_by(2).flat_map(|text| text.split("](").skip(1));
        found.extend(parts.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target));
    }
    found.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    found
}

/// The anchors of the headings in `page`, as GitHub derives them. GitHub numbers the anchors of equal headings; here
/// equal headings have the same anchor.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    headings.map(|heading| anchor(heading.trim_start_matches('#').trim())).collect()
}

/// The anchor of `heading`: its letters and digits in lower case, with a hyphen for each space.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|sign| sign.is_alphanumeric() || [' ', '-', '_'].contains(sign));
    kept.flat_map(char::to_lowercase).map(|sign| if sign == ' ' { '-' } else { sign }).collect()
}

/// `path` without `.` and `..`; `None` if the path leads out of the project.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            other => normal.push(other),
        }
    }
    Some(normal)
}

/// One line for each broken link in `pages`, with its page and its target. `exists` says whether a file or folder of
/// the project exists.
fn broken(pages: &BTreeMap<PathBuf, String>, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, page) in pages {
        for link in links(page) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = path.parent().unwrap_or(Path::new(""));
            let target = if file.is_empty() { Some(path.clone()) } else { normal(&folder.join(file)) };
            let is_there = target.is_some_and(|target| match pages.get(&target) {
                Some(page) => heading.is_empty() || anchors(page).contains(heading),
                None => heading.is_empty() && exists(&target),
            });
            if !is_there {
                found.push(format!("{}: {link}", path.display()));
            }
        }
    }
    found
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = root();
    let relative = |path: &Path| path.strip_prefix(&root).expect("inside").to_owned();
    let read = |path: PathBuf| (relative(&path), fs::read_to_string(&path).expect("text"));
    let pages: BTreeMap<_, _> = files(&root, ".md").into_iter().map(read).collect();
    let count: usize = pages.values().map(|page| links(page).len()).sum();
    assert!(pages.len() >= 60 && count >= 100, "only {} pages with {count} links found", pages.len());
    let broken = broken(&pages, |path| root.join(path).exists());
    assert!(
        broken.is_empty(),
        "these links lead nowhere; correct the path or the heading:\n{}",
        broken.join("\n")
    );
}

#[test]
fn a_broken_link_is_found() {
    let guide = "# The guide\n## Step 1: `go`\n[top](#the-guide) [`up`](../README.md) [code](../src)\n\
                 [out](https://example.com/x) `[no](link)`\n```\n[no](link)\n```\n";
    let readme = "[guide](docs/guide.md#step-1-go)\n[a](gone.md) and [b](docs/guide.md#step-2)\n[c](../elsewhere.md) [d](#top)";
    let pages = [("docs/guide.md", guide), ("README.md", readme)];
    let pages = pages.map(|(path, page)| (PathBuf::from(path), page.to_owned())).into();
    let expected = ["gone.md", "docs/guide.md#step-2", "../elsewhere.md", "#top"];
    let expected = expected.map(|link| format!("README.md: {link}"));
    assert_eq!(broken(&pages, |path| path == Path::new("src")), expected);
}
