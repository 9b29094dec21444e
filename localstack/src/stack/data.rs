//! The data directory, used by one stack at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use stack_base::store::Location;
use uuid::Uuid;

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It cannot be made or written to.
    #[error("data directory {path}: {source}")]
    Access {
        /// The directory.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// Another stack uses it.
    #[error("data directory {path} is in use by another stack")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
}

/// Where a stack keeps what it keeps; a directory is locked until this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct DataDirectory {
    /// Where the databases are.
    pub(super) location: Location,
    _lock: Option<File>,
}

impl DataDirectory {
    /// Opens and locks a directory, making it when it is not there; memory without one.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, DataError> {
        let Some(path) = path else {
            return Ok(Self { location: Location::Memory(Uuid::new_v4()), _lock: None });
        };
        let access = |source| DataError::Access { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(access)?;
        let file = File::create(path.join("lock")).map_err(access)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { location: Location::Directory(path.to_owned()), _lock: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(access(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DataDirectory, DataError};

    #[test]
    fn a_directory_is_used_by_one_stack_at_a_time() {
        let path = std::env::temp_dir().join(format!("localstack-{}", uuid::Uuid::new_v4()));
        let first = DataDirectory::open(Some(&path)).unwrap();
        assert!(matches!(DataDirectory::open(Some(&path)), Err(DataError::InUse { .. })));
        drop(first);
        DataDirectory::open(Some(&path)).unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }
}
