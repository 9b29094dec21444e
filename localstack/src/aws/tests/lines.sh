#!/bin/sh
# A function that writes three lines and ends.
echo one
echo two
echo three
