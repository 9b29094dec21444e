//! The folder of a project: it is found when a program runs. The folder in which the program was compiled may be another
//! checkout of the same project, if both have one target directory.

use std::path::{Path, PathBuf};

/// The name of a project's template.
const TEMPLATE: &str = "template.yaml";
/// The name of a cargo package's or workspace's manifest.
const MANIFEST: &str = "Cargo.toml";

/// The nearest folder with a `template.yaml` and a `Cargo.toml`, from the current folder upwards. If there is none, it is
/// the current folder: the error of a file that is missing then names this folder.
#[must_use]
pub fn project() -> PathBuf {
    nearest(Path::new("."), &[TEMPLATE, MANIFEST])
}

/// The template of a project.
#[must_use]
pub fn template_of(project: &Path) -> PathBuf {
    project.join(TEMPLATE)
}

/// The folder with the functions of a template: the nearest with a `Cargo.toml`, from the template's folder upwards.
#[must_use]
pub fn project_of(template: &Path) -> PathBuf {
    nearest(template.parent().unwrap_or(Path::new("")), &[MANIFEST])
}

fn nearest(folder: &Path, files: &[&str]) -> PathBuf {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // The folder's real path, because `a/../b` has the wrong ancestors.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let has_all = |folder: &&Path| files.iter().all(|file| folder.join(file).is_file());
    folder.ancestors().find(has_all).unwrap_or(&folder).to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{project, project_of, template_of};

    /// Tests run in their package's folder, which is below the project's root and has no template of its own.
    #[test]
    fn the_project_is_found_from_a_folder_in_it() {
        let here = std::env::current_dir().unwrap();
        assert!(!template_of(&here).exists());
        assert_eq!(project(), here.ancestors().nth(2).unwrap());
    }

    #[test]
    fn the_functions_of_a_template_are_in_the_nearest_cargo_folder() {
        let here = std::env::current_dir().unwrap();
        for template in ["template.yaml", "src/template.yaml", "src/../src/tests/template.yaml"] {
            assert_eq!(project_of(Path::new(template)), here, "{template}");
        }
    }
}
