//! The query table: views, conditional writes, pages and cursors.
