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
    lock: Option<File>,
}

impl DataDirectory {
    /// Opens and locks a directory, making it when it is not there; memory without one.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, DataError> {
        let Some(path) = path else {
            return Ok(Self { location: Location::Memory(Uuid::new_v4()), lock: None });
        };
        let access = |source| DataError::Access { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(access)?;
        let file = File::create(path.join("lock")).map_err(access)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { location: Location::Directory(path.to_owned()), lock: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(access(source)),
        }
    }
}

impl Drop for DataDirectory {
    /// Ends the lock itself: closing the file does not, while a process that another thread starts still has a copy of it,
    /// from its fork until its program runs.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            lock.unlock().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::{DataDirectory, DataError};

    #[test]
    fn a_directory_is_used_by_one_stack_at_a_time() {
        let path = std::env::temp_dir().join(format!("localstack-{}", uuid::Uuid::new_v4()));
        let first = DataDirectory::open(Some(&path)).unwrap();
        assert!(matches!(DataDirectory::open(Some(&path)), Err(DataError::InUse { .. })));
        let copy_of_a_fork = first.lock.as_ref().map(File::try_clone);
        drop(first);
        DataDirectory::open(Some(&path)).unwrap();
        drop(copy_of_a_fork);
        std::fs::remove_dir_all(path).unwrap();
    }
}
