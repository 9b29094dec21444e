//! Projection function: order-projection.
