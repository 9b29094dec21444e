//! The data directory. Only one stack at a time can use it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use stack_base::store::Location;
use uuid::Uuid;

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The directory cannot be created or written to.
    #[error("data directory {path}: {source}")]
    Access {
        /// Path of the directory.
        path: PathBuf,
        /// The file system's error.
        source: std::io::Error,
    },
    /// Another stack uses the directory.
    #[error("data directory {path} is in use by another stack; stop it or choose another directory")]
    InUse {
        /// Path of the directory.
        path: PathBuf,
    },
}

/// The storage of a stack. A directory is locked until this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct DataDirectory {
    /// Location of the databases.
    pub(super) location: Location,
    lock: Option<File>,
}

impl DataDirectory {
    /// Opens and locks a directory, and creates it if necessary. Without a path, the storage is in memory.
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
    /// Unlocks explicitly. Closing the file is not sufficient while a child process has a copy of the file descriptor,
    /// between its fork and its exec.
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
