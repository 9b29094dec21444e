//! Reads the workspace through cargo and the file system.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{Metadata, MetadataCommand};
use stack_template::Template;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace's root")
}

/// What cargo says about the workspace. Cargo is asked once for all tests.
pub(crate) fn metadata() -> &'static Metadata {
    static METADATA: LazyLock<Metadata> =
        LazyLock::new(|| MetadataCommand::new().current_dir(root()).exec().expect("cargo metadata"));
    &METADATA
}

/// The issuer that [`template`] trusts.
pub(crate) const ISSUER: &str = "http://127.0.0.1:1";

/// The parameters with which the template has all of its functions.
pub(crate) fn parameters() -> BTreeMap<String, String> {
    [("EventBusName".to_owned(), "default".to_owned())].into()
}

/// The template with all of its functions, and with the default of each other parameter. It is read once for all tests.
pub(crate) fn template() -> Template {
    static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
        Template::read(&root().join("template.yaml"), &parameters(), ISSUER).expect("a template")
    });
    TEMPLATE.clone()
}

/// The names of the folders in the workspace's folder `name`.
pub(crate) fn folders(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(name)).expect("a folder");
    let folders = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect()
}

/// All files below `folder` whose names end with `suffix`, without build output.
pub(crate) fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, suffix));
        } else if path.is_file() && name.ends_with(suffix) {
            found.push(path);
        }
    }
    found
}
