//! The HTTP contract: requests, answers and problem+json.
