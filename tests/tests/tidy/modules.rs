//! Checks that the files of a crate have no cyclic imports.
//!
//! The graph is read from the sources. A file imports another file if it names one of its items, in a `use` or in an
//! expression. A re-exported name counts as an import of the file that defines it; a re-export alone is not an import.
//! Tests and glob imports, which only tests use, are ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::workspace::{files, root};

type ModulePath = Vec<String>;

/// The content of one file.
#[derive(Debug, Default)]
struct Module {
    children: BTreeSet<String>,
    /// Each name that a `use` imports, with its path and whether it is public.
    imports: BTreeMap<String, (ModulePath, bool)>,
    /// Paths and single names in the code outside of `use`.
    mentioned: BTreeSet<ModulePath>,
}

/// The modules of a crate by their paths. The path of the root is empty.
type Modules = BTreeMap<ModulePath, Module>;
type Graph = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

/// Splits a source into words, `::` and single characters, without comments, strings and character literals.
fn tokens(source: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), source.trim_start());
    while let Some(first) = rest.chars().next() {
        let behind =
            |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
        let word = rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
        let hashes = rest[word..].bytes().take_while(|byte| *byte == b'#').count();
        let is_raw = ["r", "br"].contains(&&rest[..word]) && rest[word + hashes..].starts_with('"');
        let (length, is_code) = match first {
            _ if rest.starts_with("//") => (behind(0, "\n"), false),
            _ if rest.starts_with("/*") => (behind(0, "*/"), false),
            _ if is_raw => (behind(word + hashes + 1, &format!("\"{}", "#".repeat(hashes))), false),
            '"' => (string(rest), false),
            '\'' if rest.starts_with("'\\") => (behind(3, "'"), false),
            '\'' if rest.chars().nth(2) == Some('\'') => (behind(1, "'"), false),
            ':' if rest.starts_with("::") => (2, true),
            _ => (word.max(first.len_utf8()), true),
        };
        found.extend(is_code.then_some(&rest[..length]));
        rest = rest[length..].trim_start();
    }
    found
}

/// The length of the string literal at the start of `text`.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    let ends = |(_, next): &(usize, char)| {
        let is_end = *next == '"' && !is_escaped;
        is_escaped = *next == '\\' && !is_escaped;
        is_end
    };
    text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at + 1)
}

/// The index after the item that begins at `start`.
fn end_of_item(tokens: &[&str], start: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(start) {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(*token, ";" | "}") {
            return place + 1;
        }
    }
    tokens.len()
}

/// Adds the names that a `use` imports to `module`. The `use` continues at the token `at`, and `parent` is the path
/// before that token. Returns the index after the `use`, or of the token that ends a name.
fn read_use(module: &mut Module, tokens: &[&str], mut at: usize, parent: &[String], public: bool) -> usize {
    let mut path = parent.to_vec();
    loop {
        match tokens.get(at).copied().unwrap_or(";") {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = read_use(module, tokens, at, &path, public);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            word @ ("," | "}" | ";" | "as") => {
                if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                    path.pop();
                }
                let name =
                    if word == "as" { tokens.get(at + 1).copied() } else { path.last().map(String::as_str) };
                module.imports.extend(name.map(str::to_owned).map(|name| (name, (path, public))));
                return at + 2 * usize::from(word == "as");
            }
            word => {
                path.push(word.to_owned());
                at += 1;
            }
        }
    }
}

/// Reads the content of a file from its source, without its tests.
fn read(source: &str) -> Module {
    let tokens = tokens(source);
    let mut module = Module::default();
    let mut place = 0;
    while let Some(token) = tokens.get(place).copied() {
        let next = tokens.get(place + 1).copied().unwrap_or_default();
        let before = place.checked_sub(1).map_or("", |before| tokens[before]);
        match token {
            "#" if tokens[place..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) => {
                place = end_of_item(&tokens, place + 7);
                continue;
            }
            "use" => {
                place = read_use(&mut module, &tokens, place + 1, &[], matches!(before, "pub" | ")"));
                continue;
            }
            "mod" if tokens.get(place + 2) == Some(&";") => drop(module.children.insert(next.to_owned())),
            _ if token.starts_with(|first: char| first.is_alphabetic()) && before != "::" => {
                let mut path = vec![token.to_owned()];
                while tokens.get(place + 1) == Some(&"::") && tokens[place + 2] != "<" {
                    path.push(tokens[place + 2].to_owned());
                    place += 2;
                }
                module.mentioned.insert(path);
            }
            _ => {}
        }
        place += 1;
    }
    module
}

/// Reads the module `path` from `file`, and its children from `folder`.
fn read_tree(file: &Path, folder: &Path, path: &ModulePath, modules: &mut Modules) {
    let module = read(&fs::read_to_string(file).expect("a source"));
    for child in &module.children {
        let below = folder.join(child);
        let file = [below.with_extension("rs"), below.join("mod.rs")].into_iter().find(|file| file.exists());
        let path: ModulePath = path.iter().chain([child]).cloned().collect();
        read_tree(&file.expect("a module's file"), &below, &path, modules);
    }
    modules.insert(path.clone(), module);
}

/// The module that defines the item with the path `path` in the module `from`. `None` for other crates and for modules.
fn defining(modules: &Modules, from: &[String], path: &[String]) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => below(modules, &[], rest),
        "self" => below(modules, from, rest),
        "super" => below(modules, &from[..from.len().checked_sub(1)?], rest),
        _ if modules[from].children.contains(first) => below(modules, from, path),
        // A name imported from a crate of the same name would cause an endless loop.
        _ => match modules[from].imports.get(first) {
            Some((import, _)) if import.first() != Some(first) => below(modules, from, path),
            _ => None,
        },
    }
}

/// The module that defines the item with the path `path` below the module `at`.
fn below(modules: &Modules, at: &[String], path: &[String]) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    let module = &modules[at];
    match module.imports.get(first) {
        _ if first == "super" => below(modules, &at[..at.len().checked_sub(1)?], rest),
        _ if module.children.contains(first) => below(modules, &[at, &path[..1]].concat(), rest),
        Some((import, _)) => defining(modules, at, &[import, rest].concat()),
        None => Some(at.to_vec()),
    }
}

/// The modules that a module imports.
fn imports(modules: &Modules, path: &ModulePath) -> BTreeSet<ModulePath> {
    let module = &modules[path];
    let used = module.imports.values().filter(|(_, is_public)| !is_public).map(|(path, _)| path);
    let targets = used.chain(&module.mentioned).filter_map(|used| defining(modules, path, used));
    targets.filter(|target| target != path).collect()
}

/// The modules that a module imports directly or indirectly.
fn reached<'g>(graph: &'g Graph, path: &'g ModulePath) -> BTreeSet<&'g ModulePath> {
    let (mut found, mut open) = (BTreeSet::new(), vec![path]);
    while let Some(next) = open.pop() {
        open.extend(graph[next].iter().filter(|import| found.insert(*import)));
    }
    found
}

/// The import cycles: for each cycle, the imports inside it.
fn circles(root: &Path) -> BTreeSet<Vec<String>> {
    let mut modules = Modules::new();
    read_tree(root, root.parent().expect("a folder"), &Vec::new(), &mut modules);
    let graph = modules.keys().map(|path| (path.clone(), imports(&modules, path))).collect();
    let circle_of = |path| {
        let circle = reached(&graph, path).into_iter().filter(|other| reached(&graph, other).contains(path));
        let circle: BTreeSet<ModulePath> = circle.cloned().collect();
        let name = |path: &ModulePath| if path.is_empty() { "the root".to_owned() } else { path.join("/") };
        let line = |from| {
            let to: Vec<_> = (&graph[from] & &circle).iter().map(name).collect();
            format!("{} -> {}", name(from), to.join(", "))
        };
        circle.iter().map(line).collect::<Vec<_>>()
    };
    graph.keys().map(circle_of).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_files_of_a_crate_import_each_other() {
    let mut found = Vec::new();
    for file in files(&root(), ".rs") {
        let relative = file.strip_prefix(root()).expect("a file of the workspace").display().to_string();
        let Some((package, target)) = relative.split_once("/src/") else { continue };
        let is_root = matches!(target, "lib.rs" | "main.rs") || target.starts_with("bin/");
        if is_root {
            found.extend(circles(&file).iter().map(|circle| format!("{package}: {}", circle.join("; "))));
        }
    }
    assert!(found.is_empty(), "files import each other:\n{}", found.join("\n"));
}

#[test]
fn a_cycle_through_a_re_export_is_found() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("modules-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let circles_with = |low: &str| {
        let root = "mod high;\nmod low;\npub use high::High;\npub use low::Low;";
        for (name, text) in [("lib", root), ("low", low), ("high", "use super::Low; pub struct High;")] {
            fs::write(folder.join(name).with_extension("rs"), text).expect("a file");
        }
        circles(&folder.join("lib.rs"))
    };
    let apart = "pub struct Low; // crate::High\n#[cfg(test)]\nmod tests { use crate::High; }";
    assert_eq!(circles_with(apart), BTreeSet::new());
    let circle = vec!["high -> low".to_owned(), "low -> high".to_owned()];
    for low in ["use crate::High; pub struct Low;", "pub struct Low(crate::High);"] {
        assert_eq!(circles_with(low), BTreeSet::from([circle.clone()]), "{low}");
    }
    fs::remove_dir_all(folder).expect("no folder");
}
