//! The local stacks: the embedded one, and LocalStack.
