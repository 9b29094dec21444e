"""Draws docs/demo.svg: the trace of an order, with which `cargo local demo` ends.

    cargo local demo | python3 docs/demo.py >docs/demo.svg
"""

import html
import re
import sys

CHARACTER, LINE, MARGIN = 8.5, 20, 16
# A span: its indentation and name, its bar within the whole time, its duration.
SPAN = re.compile(r"^( *)(\S.*?) +(·*)(█+)(·*) +(\S.*)$")

title, *lines = sys.stdin.read().rstrip().split("\n\n")[-1].splitlines()
spans = [SPAN.match(line) for line in lines]
if len(spans) < 5 or None in spans:
    sys.exit("standard input does not end with the trace that `cargo local demo` prints")
width = round(max(map(len, lines)) * CHARACTER) + 2 * MARGIN
height = (len(lines) + 2) * LINE + 2 * MARGIN


def text(column, row, what, more=""):
    x, y = round(MARGIN + column * CHARACTER), MARGIN + row * LINE + 14
    print(f'<text x="{x}" y="{y}"{more}>{html.escape(what)}</text>')


# The background is the picture's own, so the picture shows on light and dark pages.
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">')
print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
print('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#e6edf3">')
text(0, 0, title)
for row, span in enumerate(spans, 2):
    indentation, name, before, bar, _, duration = span.groups()
    text(len(indentation), row, name)
    x, y = round(MARGIN + span.start(3) * CHARACTER), MARGIN + row * LINE + 3
    whole = round((span.end(5) - span.start(3)) * CHARACTER)
    start, length = round(len(before) * CHARACTER), round(len(bar) * CHARACTER)
    print(f'<rect x="{x}" y="{y}" width="{whole}" height="14" fill="#161b22"/>')
    print(f'<rect x="{x + start}" y="{y}" width="{length}" height="14" fill="#58a6ff"/>')
    text(len(span.string), row, duration, ' text-anchor="end"')
print("</g>\n</svg>")
