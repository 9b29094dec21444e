//! The files that a run of the generator writes. They are computed in memory and written at the end, all or none.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::GeneratorError;
use crate::text::MissingAnchor;

/// The old and the new text of a file.
#[derive(Debug)]
struct Drafted {
    before: Option<String>,
    after: String,
}

/// New and changed files of a project, by their paths below its root.
#[derive(Debug)]
pub(crate) struct Draft {
    root: PathBuf,
    files: BTreeMap<String, Drafted>,
}

impl Draft {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new() }
    }

    /// The text of an existing file, with the changes of the draft.
    pub(crate) fn read(&self, path: &str) -> Result<String, GeneratorError> {
        if let Some(drafted) = self.files.get(path) {
            return Ok(drafted.after.clone());
        }
        let path = self.root.join(path);
        fs::read_to_string(&path).map_err(|source| GeneratorError::File { path, source })
    }

    /// Whether the file or folder exists in the project or in the draft.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.root.join(path).exists()
    }

    /// The paths and texts of all Rust files directly in `folder`.
    pub(crate) fn sources(&self, folder: &str) -> Result<Vec<(String, String)>, GeneratorError> {
        self.texts(folder, "rs")
    }

    /// The paths and texts of all files with the extension `extension` directly in `folder`.
    pub(crate) fn texts(
        &self,
        folder: &str,
        extension: &str,
    ) -> Result<Vec<(String, String)>, GeneratorError> {
        let path = self.root.join(folder);
        let failed = |source| GeneratorError::File { path: path.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if has_extension(&name, extension) {
                let path = format!("{folder}/{name}");
                let text = self.read(&path)?;
                found.push((path, text));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The paths of all folders directly in `folder`.
    pub(crate) fn folders(&self, folder: &str) -> Result<Vec<String>, GeneratorError> {
        let path = self.root.join(folder);
        let entries = fs::read_dir(&path).map_err(|source| GeneratorError::File { path, source })?;
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        let paths = folders.map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()));
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        Ok(paths)
    }

    /// Adds a new file. Neither the file nor a module folder of the same name may exist.
    pub(crate) fn create(&mut self, path: String, text: String) -> Result<(), GeneratorError> {
        let module = path.strip_suffix(".rs").map(|module| format!("{module}/mod.rs"));
        let existing = [Some(path.clone()), module].into_iter().flatten().find(|path| self.has(path));
        if let Some(file) = existing {
            return Err(GeneratorError::Exists { what: "the file".to_owned(), file });
        }
        self.files.insert(path, Drafted { before: None, after: text });
        Ok(())
    }

    /// Changes an existing file.
    pub(crate) fn edit(
        &mut self,
        path: &str,
        change: impl FnOnce(&str) -> Result<String, MissingAnchor>,
    ) -> Result<(), GeneratorError> {
        let text = self.read(path)?;
        let anchored = |MissingAnchor(anchor)| GeneratorError::Anchor { file: path.to_owned(), anchor };
        let after = change(&text).map_err(anchored)?;
        match self.files.get_mut(path) {
            Some(drafted) => drafted.after = after,
            None => drop(self.files.insert(path.to_owned(), Drafted { before: Some(text), after })),
        }
        Ok(())
    }

    /// Refuses the run if the file contains `text`. `what` describes the text for the message.
    pub(crate) fn lacks(&self, path: &str, text: &str, what: &str) -> Result<(), GeneratorError> {
        if self.read(path)?.contains(text) {
            return Err(GeneratorError::Exists { what: what.to_owned(), file: path.to_owned() });
        }
        Ok(())
    }

    /// Formats every Rust file of the draft with rustfmt.
    pub(crate) fn format(&mut self) -> Result<(), GeneratorError> {
        for (path, drafted) in &mut self.files {
            if has_extension(path, "rs") {
                drafted.after = formatted(&self.root, path, &drafted.after)?;
            }
        }
        Ok(())
    }

    /// The number of the first line of the file that contains `text`.
    pub(crate) fn line_of(&self, path: &str, text: &str) -> Option<usize> {
        let line = self.read(path).ok()?.lines().position(|line| line.contains(text))?;
        Some(line + 1)
    }

    /// The paths of the new files, and the paths of the changed files.
    pub(crate) fn paths(&self) -> (Vec<String>, Vec<String>) {
        let (new, changed): (Vec<_>, Vec<_>) =
            self.files.iter().partition(|(_, drafted)| drafted.before.is_none());
        let paths =
            |files: Vec<(&String, &Drafted)>| files.into_iter().map(|(path, _)| path.clone()).collect();
        (paths(new), paths(changed))
    }

    /// Writes every file under a temporary name next to its target, and then renames all of them. After an error, the
    /// project is unchanged.
    pub(crate) fn write(&self) -> Result<(), GeneratorError> {
        let mut written = Written { draft: self, folders: Vec::new(), moved: Vec::new() };
        let result = written.write_all();
        if result.is_err() {
            written.undo();
        }
        result
    }
}

/// The files and folders that have been written so far.
struct Written<'d> {
    draft: &'d Draft,
    folders: Vec<PathBuf>,
    moved: Vec<&'d String>,
}

impl<'d> Written<'d> {
    fn write_all(&mut self) -> Result<(), GeneratorError> {
        let draft: &'d Draft = self.draft;
        for (path, drafted) in &draft.files {
            let place = draft.root.join(path);
            self.create_folder(&place)?;
            let temporary = temporary(&place);
            fs::write(&temporary, &drafted.after)
                .map_err(|source| GeneratorError::File { path: temporary, source })?;
        }
        for path in draft.files.keys() {
            let place = draft.root.join(path);
            fs::rename(temporary(&place), &place)
                .map_err(|source| GeneratorError::File { path: place, source })?;
            self.moved.push(path);
        }
        Ok(())
    }

    /// Creates the folders above `place` that do not exist.
    fn create_folder(&mut self, place: &Path) -> Result<(), GeneratorError> {
        let missing: Vec<_> = place.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)
                .map_err(|source| GeneratorError::File { path: folder.to_owned(), source })?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    /// Restores the old state. Errors of this clean-up are ignored, because the first error is the one to report.
    fn undo(&self) {
        for (path, drafted) in &self.draft.files {
            let place = self.draft.root.join(path);
            drop(fs::remove_file(temporary(&place)));
            if self.moved.contains(&path) {
                drop(match &drafted.before {
                    Some(text) => fs::write(&place, text),
                    None => fs::remove_file(&place),
                });
            }
        }
        for folder in self.folders.iter().rev() {
            drop(fs::remove_dir(folder));
        }
    }
}

fn has_extension(path: &str, wanted: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == wanted)
}

/// The temporary file next to `place` that contains the new text until all files are written.
fn temporary(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{}", std::process::id()))
}

/// Formats `text` with rustfmt and the settings of the project.
fn formatted(root: &Path, path: &str, text: &str) -> Result<String, GeneratorError> {
    let failed = |problem: String| GeneratorError::Program {
        program: "rustfmt",
        problem: format!("{path}: {problem}"),
    };
    let broken = |error: io::Error| failed(error.to_string());
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(broken)?;
    // rustfmt reads its whole input before it writes any output, so writing the whole input first cannot block.
    rustfmt.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes())).map_err(broken)?;
    let output = rustfmt.wait_with_output().map_err(broken)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or_default().to_owned()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::Draft;
    use crate::GeneratorError;
    use crate::text::MissingAnchor;

    /// A temporary folder, which is removed when the value is dropped.
    struct Project(PathBuf);

    impl Project {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("generator-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("old.txt"), "old\n").unwrap();
            Self(folder)
        }

        fn files(&self) -> Vec<(String, String)> {
            fn below(folder: &Path) -> Vec<(String, String)> {
                let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
                let text = |path: &Path| fs::read_to_string(path).unwrap();
                let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
                entries
                    .flat_map(|path| {
                        if path.is_dir() {
                            [vec![(name(&path), String::new())], below(&path)].concat()
                        } else {
                            vec![(name(&path), text(&path))]
                        }
                    })
                    .collect()
            }
            let mut files = below(&self.0);
            files.sort();
            files
        }
    }

    impl Drop for Project {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn all_files_are_written_and_no_temporary_file_is_left() {
        let project = Project::new("written");
        let mut draft = Draft::new(&project.0);
        draft.create("new/folder/new.txt".to_owned(), "new\n".to_owned()).unwrap();
        draft.edit("old.txt", |text| Ok(format!("{text}more\n"))).unwrap();
        assert_eq!(draft.line_of("old.txt", "more"), Some(2));
        assert_eq!(draft.paths(), (vec!["new/folder/new.txt".to_owned()], vec!["old.txt".to_owned()]));
        draft.write().unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(
            project.files(),
            [file("folder", ""), file("new", ""), file("new.txt", "new\n"), file("old.txt", "old\nmore\n")]
        );
    }

    #[test]
    fn a_failed_write_is_undone() {
        let project = Project::new("taken-back");
        let before = project.files();
        let mut draft = Draft::new(&project.0);
        draft.create("a/new.txt".to_owned(), "new\n".to_owned()).unwrap();
        draft.edit("old.txt", |text| Ok(format!("{text}more\n"))).unwrap();
        draft.create("z.txt".to_owned(), "new\n".to_owned()).unwrap();
        // The rename of z.txt fails, because a folder has its path now. The other files are renamed before this error.
        fs::create_dir_all(project.0.join("z.txt/full")).unwrap();
        let refusal = draft.write().unwrap_err();
        assert!(
            matches!(&refusal, GeneratorError::File { path, .. } if path.ends_with("z.txt")),
            "{refusal}"
        );
        fs::remove_dir_all(project.0.join("z.txt")).unwrap();
        assert_eq!(project.files(), before);
    }

    #[test]
    fn an_existing_file_and_a_missing_anchor_are_refused() {
        let project = Project::new("refused");
        let mut draft = Draft::new(&project.0);
        let refusal = draft.create("old.txt".to_owned(), String::new()).unwrap_err().to_string();
        assert_eq!(refusal, "the file exists already, in old.txt: choose another name, or remove it first");
        let refusal =
            draft.edit("old.txt", |_| Err(MissingAnchor("enum A {".to_owned()))).unwrap_err().to_string();
        assert!(refusal.starts_with("old.txt has no \"enum A {\""), "{refusal}");
        assert!(draft.lacks("old.txt", "old", "it").is_err());
        assert!(draft.lacks("old.txt", "new", "it").is_ok());
    }
}
