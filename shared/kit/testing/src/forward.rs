//! Reads of a fake event store that change nothing.

/// Writes methods of [`EventReader`](es_core::EventReader) that call the same method of the store in the field
/// `$inner`. A fake store that wraps another one lists the methods here that it does not change:
///
/// ```
/// # use es_core::EventReader;
/// # use testing::{InMemoryEventStore, forward_reads};
/// struct Wrapper {
///     inner: InMemoryEventStore,
/// }
///
/// impl EventReader for Wrapper {
///     forward_reads!(inner: load, commits_after, load_all);
/// }
/// ```
#[macro_export]
macro_rules! forward_reads {
    ($inner:ident: $($method:ident),+) => {
        $($crate::forward_reads!(@ $inner $method);)+
    };
    (@ $inner:ident load) => {
        async fn load(
            &self,
            load: ::es_core::Load<'_>,
        ) -> Result<Vec<::es_core::Commit>, ::es_core::StoreError> {
            self.$inner.load(load).await
        }
    };
    (@ $inner:ident commits_after) => {
        async fn commits_after(
            &self,
            stream: &::es_core::StreamId,
            after: ::es_core::StreamVersion,
            limit: ::std::num::NonZeroU16,
        ) -> Result<Vec<::es_core::Commit>, ::es_core::StoreError> {
            self.$inner.commits_after(stream, after, limit).await
        }
    };
    (@ $inner:ident load_all) => {
        async fn load_all(
            &self,
            segment: ::es_core::Segment,
            from: Option<&::es_core::ScanCursor>,
            page: ::std::num::NonZeroU16,
        ) -> Result<::es_core::ScanPage, ::es_core::StoreError> {
            self.$inner.load_all(segment, from, page).await
        }
    };
}
