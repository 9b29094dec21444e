//! AWS clients tuned for Lambda: ring, Amazon's roots, bounded time and retries.
