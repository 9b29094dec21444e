//! What commands may name: files, packages, targets, aliases, legs and parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};
use stack_template::parse_yaml;

/// The names in the project.
pub(crate) struct Project {
    /// The folder of the project.
    pub(crate) root: PathBuf,
    /// The legs of `.ci/run`: name and command.
    pub(crate) legs: BTreeMap<String, String>,
    /// The aliases of cargo, with the package that each runs.
    pub(crate) aliases: BTreeMap<String, String>,
    /// The packages of the workspace.
    pub(crate) packages: Vec<Package>,
    /// The parameters of `template.yaml`.
    pub(crate) parameters: BTreeSet<String>,
    /// All files and folders, also those that the commands of pages generated in a copy.
    paths: BTreeSet<String>,
}

/// The files that belong to the project, in alphabetical order: those that git tracks, and new ones that it does not ignore.
pub(crate) fn files(root: &Path) -> Vec<String> {
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").arg("-C").arg(root).args(listed).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let paths = text.split_terminator('\0').filter(|path| root.join(path).is_file());
    let paths: BTreeSet<_> = paths.map(str::to_owned).collect();
    paths.into_iter().collect()
}

impl Project {
    pub(crate) fn read() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the project's root");
        let read = |path: &str| fs::read_to_string(root.join(path)).expect("text");
        let metadata = MetadataCommand::new().current_dir(&root).no_deps().exec().expect("cargo metadata");
        let template = parse_yaml(&read("template.yaml")).expect("a template");
        let parameters = template["Parameters"].as_object().expect("parameters");
        let mut project = Self {
            legs: legs(&read(".ci/run")),
            aliases: aliases(&read(".cargo/config.toml")),
            packages: metadata.packages,
            parameters: parameters.keys().cloned().collect(),
            paths: BTreeSet::new(),
            root,
        };
        project.add(&files(&project.root));
        project
    }

    /// Adds files and their folders, such as those of a copy of the project in which commands were run.
    pub(crate) fn add(&mut self, files: &[String]) {
        for path in files {
            let folders = Path::new(path).ancestors().filter(|folder| *folder != Path::new(""));
            self.paths.extend(folders.map(|folder| folder.display().to_string()));
        }
    }

    /// Whether the project has this file or folder. Pages leave out the beginning of a path where it is clear.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let ending = format!("/{path}");
        self.paths.contains(path) || self.paths.iter().any(|known| known.ends_with(&ending))
    }

    /// Whether git ignores this path, because builds or local stacks make it.
    pub(crate) fn ignores(&self, path: &str) -> bool {
        let mut command = Command::new("git");
        let status = command.arg("-C").arg(&self.root).args(["check-ignore", "--quiet", path]).status();
        status.is_ok_and(|status| status.success())
    }

    /// Whether the project's root has this file or folder.
    pub(crate) fn has_in_root(&self, name: &str) -> bool {
        self.paths.contains(name)
    }
}

fn legs(script: &str) -> BTreeMap<String, String> {
    let starters = ["leg", "beside", "slow"];
    let words = script.lines().filter_map(|line| line.split_once(' '));
    let legs = words.filter(|(word, _)| starters.contains(word)).filter_map(|(_, leg)| leg.split_once(' '));
    legs.map(|(name, command)| (name.to_owned(), command.to_owned())).collect()
}

fn aliases(config: &str) -> BTreeMap<String, String> {
    let lines = config
        .lines()
        .skip_while(|line| *line != "[alias]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let aliases = lines.filter_map(|line| line.split_once(" = "));
    let package = |command: &str| {
        let rest = command.split_once("--package ").map_or("", |(_, rest)| rest);
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    };
    aliases.map(|(name, command)| (name.to_owned(), package(command))).collect()
}
