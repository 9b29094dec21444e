"""Draws docs/demo.svg: the last paragraph of what `cargo local demo` prints, which is the trace of an order.

    cargo local demo | python3 docs/demo.py >docs/demo.svg
"""

import html
import sys

CHARACTER, LINE, MARGIN = 8.4, 19, 16

paragraph = sys.stdin.read().rstrip().split("\n\n")[-1].splitlines()
if len(paragraph) < 5:
    sys.exit("standard input is not the output of `cargo local demo`")
width = round(max(map(len, paragraph)) * CHARACTER + 2 * MARGIN)
height = len(paragraph) * LINE + 2 * MARGIN
# Each line has its width: the columns stay in place whatever font the reader's browser has. The background is the picture's
# own, so it shows on light and dark pages.
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">')
print(f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>')
print('<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">')
for number, line in enumerate(paragraph, 1):
    y = number * LINE + MARGIN - 5
    length = f"{len(line) * CHARACTER:.1f}"
    bars = html.escape(line).replace("█", '<tspan fill="#58a6ff">█</tspan>').replace("·", '<tspan fill="#484f58">·</tspan>')
    bars = bars.replace('</tspan><tspan fill="#58a6ff">', "").replace('</tspan><tspan fill="#484f58">', "")
    print(f'<text x="{MARGIN}" y="{y}" textLength="{length}" lengthAdjust="spacingAndGlyphs">{bars}</text>')
print("</g>\n</svg>")
