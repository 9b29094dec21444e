#!/bin/sh
# The function under test: the test binary itself, told to run its `function` entry.
exec "$FIXTURE" --exact function --nocapture
